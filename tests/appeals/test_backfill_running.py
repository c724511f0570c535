"""Bringing what was said before: page by page, through limits, refusals and kills."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from apps.channels.backfill import order_history
from apps.channels.models import Backfill, Channel, InboundEvent
from apps.core.models import State
from apps.core.work.perform import run
from apps.core.work.recover import recover
from apps.integrations.models import Health
from apps.tenants.models import Tenant
from tests.appeals.histories import NOW, YEAR, bring, finish, say, texts
from tests.channels.outbox import worker_process
from tests.channels.test_avito_send import make_account
from tests.peers.avito import AvitoPeer
from tests.peers.server import Reply
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


def test_a_limit_in_the_middle_is_waited_out_and_counts_as_no_failure(
    avito: AvitoPeer, channel: Channel
) -> None:
    for number in range(105):
        say(avito, number, ago=timedelta(days=20) - timedelta(minutes=number))
    row = order_history(channel=channel, since=NOW - YEAR)
    run("channels.Backfill", row.pk)
    avito.fail("history", 429, **{"Retry-After": "90"})
    Backfill.objects.update(due_at=timezone.now())
    run("channels.Backfill", row.pk)

    row.refresh_from_db()
    assert (row.state, row.failures, row.error_code, row.found) == (State.QUEUED, 0, "rate_limited", 100)
    assert row.due_at > timezone.now() + timedelta(seconds=80)
    finish(row)
    row.refresh_from_db()
    assert (row.state, row.error_code, row.found, row.stored) == (State.DONE, "", 105, 105)


def test_between_its_steps_it_leaves_the_services_limit_to_others(avito: AvitoPeer, channel: Channel) -> None:
    say(avito, 1, ago=timedelta(days=9))
    row = order_history(channel=channel, since=NOW - YEAR)
    before = timezone.now()
    drain()
    row.refresh_from_db()
    assert row.state == State.QUEUED
    assert row.due_at >= before + timedelta(seconds=2)


def test_refused_keys_stop_it_and_turn_the_card_red(avito: AvitoPeer, channel: Channel) -> None:
    for _try in range(2):
        avito.fail("chats", 402)
    row = bring(channel)
    channel.connection.refresh_from_db()
    assert (row.state, row.error_code) == (State.FAILED, "tariff")
    assert channel.connection.health == Health.MISCONFIGURED


@pytest.mark.django_db(transaction=True)
def test_killed_in_the_middle_it_goes_on_where_it_was(avito: AvitoPeer, channel: Channel) -> None:
    for number in range(110):
        say(avito, number, ago=timedelta(days=20) - timedelta(minutes=number))
    row = order_history(channel=channel, since=NOW - YEAR)
    run("channels.Backfill", row.pk)
    Backfill.objects.update(due_at=timezone.now())
    asked = len(avito.requests)
    avito.next("history", Reply(hang=True))
    process = worker_process(row)
    avito.wait_for(asked + 2, timeout=60)
    process.kill()
    process.wait()

    row.refresh_from_db()
    assert (row.state, row.found, InboundEvent.objects.count()) == (State.RUNNING, 100, 100)
    Backfill.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    recover()
    finish(row)
    row.refresh_from_db()
    assert (row.state, row.found, row.stored) == (State.DONE, 110, 110)
    assert sorted(texts()) == sorted(f"слова {number}" for number in range(110))
    assert set(InboundEvent.objects.values_list("deliveries", flat=True)) == {1}
