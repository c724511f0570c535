"""Ordering a history: who may, by what command, and when not."""

import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from apps.appeals.models import (
    Conversation,
    Message,
)
from apps.channels.backfill import order_history
from apps.channels.models import Backfill, Channel, InboundEvent
from apps.core.errors import ConfigInvalid, Rejected, Unsupported
from apps.tenants.models import Tenant
from tests.appeals.histories import NOW, YEAR, finish, hook, say, texts
from tests.channels.outbox import make_webchat
from tests.channels.test_avito_send import make_account
from tests.peers.avito import AvitoPeer

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


def test_a_channel_without_history_says_so(shop: Tenant) -> None:
    with pytest.raises(Unsupported):
        order_history(channel=make_webchat(tenant=shop), since=NOW - YEAR)


def test_times_that_are_none_and_a_second_order_are_refused(channel: Channel) -> None:
    with pytest.raises(ConfigInvalid):
        order_history(channel=channel, since=NOW, until=NOW - YEAR)
    with pytest.raises(ConfigInvalid):
        order_history(channel=channel, since=NOW + YEAR, until=NOW + 2 * YEAR)
    order_history(channel=channel, since=NOW - YEAR)
    with pytest.raises(Rejected):
        order_history(channel=channel, since=NOW - YEAR)
    assert Backfill.objects.count() == 1


def command(*arguments: str) -> str:
    said = io.StringIO()
    call_command("backfill_messages", *arguments, stdout=said)
    return said.getvalue()


def test_the_command_orders_it_by_key_or_public_id(avito: AvitoPeer, channel: Channel) -> None:
    say(avito, 1, ago=timedelta(days=9))
    said = command(f"--channel={channel.public_id}", "--since", "2020-01-31", "--until", "2040-01-01T10:00")
    row = Backfill.objects.get()
    assert f"/admin/channels/backfill/{row.pk}/change/" in said
    assert row.since == datetime(2020, 1, 30, 21, tzinfo=UTC)
    finish(row)
    assert texts() == ["слова 1"]
    command("--channel", channel.key, "--since", "2020-01-31")
    assert Backfill.objects.count() == 2


def test_a_plan_counts_and_writes_nothing(avito: AvitoPeer, channel: Channel) -> None:
    hook(channel, say(avito, 1, ago=timedelta(days=3)))
    say(avito, 2, ago=timedelta(days=2), own=True)
    say(avito, 3, ago=timedelta(days=1))
    say(avito, 4, ago=timedelta(hours=1), type="system")
    rows: list[Any] = [Message, InboundEvent, Backfill, Conversation]
    before = [model.objects.count() for model in rows]
    avito.fail("history", 429, **{"Retry-After": "1"})
    said = command("--channel", channel.key, "--since", "2020-01-31", "--plan")
    assert "1 of clients and 1 of our own would be brought; 1 are here already, 1 hold nothing" in said
    assert [model.objects.count() for model in rows] == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--channel", "nobody", "--since", "2020-01-31"], "no channel nobody"),
        (["--channel", "site", "--since", "2020-01-31"], "не отдаёт прежнюю переписку"),
        (["--channel", "site", "--since", "31.01.2020"], "no date"),
    ],
)
def test_the_command_says_what_is_wrong(chat: Channel, arguments: list[str], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        command(*arguments)


def test_a_key_of_two_organisations_asks_for_which(channel: Channel, avito: AvitoPeer) -> None:
    make_account(avito, user_id="17")
    with pytest.raises(CommandError, match="--tenant"):
        command("--channel", channel.key, "--since", "2020-01-31")
    command("--channel", channel.key, "--tenant", "shop", "--since", "2020-01-31")
    assert Backfill.objects.get().channel == channel
