"""Bringing what was said before: nothing is stored or shown twice."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from apps.appeals.models import (
    Author,
    Conversation,
    Message,
)
from apps.channels.accounting import tally
from apps.channels.models import Channel, InboundEvent, Outcome
from apps.tenants.models import Tenant
from tests.appeals.histories import NOW, YEAR, bring, hook, say, texts
from tests.channels.test_avito_send import make_account
from tests.peers.avito import AvitoPeer
from tests.work import drain

pytestmark = pytest.mark.django_db


@pytest.fixture
def avito(settings: Any, tmp_path: Path) -> Iterator[AvitoPeer]:
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    settings.MEDIA_ROOT = tmp_path
    with AvitoPeer() as peer:
        yield peer


@pytest.fixture
def channel(shop: Tenant, avito: AvitoPeer) -> Channel:
    return make_account(avito, tenant=shop)


def test_what_webhooks_brought_is_a_duplicate_and_all_of_it_adds_up(
    avito: AvitoPeer, channel: Channel
) -> None:
    for number in (1, 2, 3):
        hook(channel, say(avito, number, ago=timedelta(hours=9 - number), own=number == 2))
    say(avito, 4, ago=timedelta(hours=1))
    row = bring(channel)

    assert sorted(texts()) == ["слова 1", "слова 2", "слова 3", "слова 4"]
    assert (row.found, row.stored) == (4, 4)
    outcomes = list(row.events.values_list("outcome", flat=True))
    assert (outcomes.count(Outcome.DUPLICATE), outcomes.count(Outcome.MESSAGE)) == (3, 1)
    (line,) = tally(InboundEvent.objects.all(), begin=NOW - YEAR)
    assert line.adds_up
    assert (line.received, line.ended["message"], line.ended["duplicate"]) == (7, 4, 3)


def test_a_second_run_only_counts_repetitions(avito: AvitoPeer, channel: Channel) -> None:
    for number in (1, 2):
        say(avito, number, ago=timedelta(days=9 - number))
    bring(channel)
    row = bring(channel)
    assert (row.found, row.stored, Message.objects.count()) == (2, 0, 2)
    (line,) = tally(InboundEvent.objects.all(), begin=NOW - YEAR)
    assert line.adds_up
    assert (line.received, line.ended["duplicate"]) == (4, 2)


def test_what_this_service_sent_comes_back_as_an_echo(
    avito: AvitoPeer, channel: Channel, desk: Client
) -> None:
    hook(channel, say(avito, 1, ago=timedelta(hours=1)))
    data = {"text": "3500 рублей", "key": "6a5a9d0e-59a8-4d6c-9c9c-9d1f0c3b7f11"}
    desk.post(f"/admin/desk/{Conversation.objects.get().pk}/answer/", data)
    drain()
    say(avito, 2, ago=timedelta(minutes=1), own=True, id="sent-1")
    bring(channel)
    assert Message.objects.filter(author=Author.OPERATOR).count() == 1
