"""A history that is being brought can be stopped, and gone on with."""

import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from apps.appeals.models import Message
from apps.channels.connectors import avito as connector
from apps.channels.halting import A_WHILE, resume_history, stop_history
from apps.channels.histories import Stage, histories_of
from apps.channels.models import Backfill, Channel
from apps.core.errors import Rejected
from apps.core.models import State
from apps.core.work.perform import run
from apps.integrations.models import Connection
from apps.tenants.models import Tenant
from tests.appeals.histories import begun, bring, finish, one_step, say
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


def stage(channel: Channel) -> Stage:
    return histories_of(channel)[0].stage


# --- stopping


def test_a_stopped_one_asks_nothing_more_and_keeps_what_it_has(avito: AvitoPeer, channel: Channel) -> None:
    row = begun(avito, channel)
    assert stop_history(channel=channel)
    assert stage(channel) == Stage.STOPPING
    asked = len(avito.requests)
    one_step(row)
    assert (row.state, row.finished_at, row.found, len(avito.requests)) == (State.DONE, None, 1, asked)
    assert stage(channel) == Stage.STOPPED
    assert not stop_history(channel=channel)


def test_a_stop_during_a_step_keeps_the_page_in_hand(
    avito: AvitoPeer, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = begun(avito, channel)
    monkeypatch.setattr("apps.channels.backfill.pause_of", lambda module: timedelta())
    read = connector.history

    def read_while_somebody_stops_it(*args: Any, **options: Any) -> Any:
        stop_history(channel=channel)
        return read(*args, **options)

    monkeypatch.setattr(connector, "history", read_while_somebody_stops_it)
    one_step(row)
    assert (row.state, row.found, row.events.count()) == (State.DONE, 2, 2)
    assert stage(channel) == Stage.STOPPED


def test_one_that_waits_for_the_service_stops_at_once(avito: AvitoPeer, channel: Channel) -> None:
    row = begun(avito, channel)
    avito.fail("history", 429, **{"Retry-After": "3600"})
    one_step(row)
    assert stage(channel) == Stage.WAITING
    stop_history(channel=channel)
    run("channels.Backfill", row.pk)
    assert stage(channel) == Stage.STOPPED


def test_a_refusal_while_it_is_being_stopped_does_not_keep_it_going(
    avito: AvitoPeer, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = begun(avito, channel)
    avito.fail("history", 503)
    read = connector.history

    def read_while_somebody_stops_it(*args: Any, **options: Any) -> Any:
        stop_history(channel=channel)
        return read(*args, **options)

    monkeypatch.setattr(connector, "history", read_while_somebody_stops_it)
    one_step(row)
    assert (row.state, stage(channel)) == (State.DONE, Stage.STOPPED)


# --- going on


def test_it_goes_on_where_it_was(avito: AvitoPeer, channel: Channel) -> None:
    row = begun(avito, channel)
    stop_history(channel=channel)
    one_step(row)
    assert resume_history(channel=channel) == row
    finish(row)
    row.refresh_from_db()
    assert (row.state, row.found, row.stored, row.stopped_at) == (State.DONE, 3, 3, None)
    assert Message.objects.count() == 3
    assert stage(channel) == Stage.DONE


def test_after_a_while_the_chats_have_moved_on_and_it_begins_anew_without_doubling(
    avito: AvitoPeer, channel: Channel
) -> None:
    """The chat that has come to the top meanwhile would be passed over from the old place."""
    row = begun(avito, channel)
    stop_history(channel=channel)
    one_step(row)
    say(avito, 7, ago=timedelta(hours=1), chat="u2i-0")
    Backfill.objects.update(stopped_at=timezone.now() - A_WHILE - timedelta(seconds=1))
    resume_history(channel=channel)
    finish(row)
    row.refresh_from_db()
    assert (row.found, row.stored, Message.objects.count()) == (4, 4, 4)


def test_whoever_stops_it_by_mistake_takes_that_back_at_once(avito: AvitoPeer, channel: Channel) -> None:
    row = begun(avito, channel)
    stop_history(channel=channel)
    resume_history(channel=channel)
    one_step(row)
    assert (row.state, row.found) == (State.QUEUED, 2)


def test_a_failed_one_goes_on_once_it_is_mended(avito: AvitoPeer, channel: Channel) -> None:
    row = begun(avito, channel)
    avito.fail("chats", 402)
    one_step(row)
    assert stage(channel) == Stage.FAILED
    resume_history(channel=channel)
    finish(row)
    assert stage(channel) == Stage.DONE


def test_what_is_finished_or_switched_off_does_not_go_on(avito: AvitoPeer, channel: Channel) -> None:
    row = begun(avito, channel)
    stop_history(channel=channel)
    one_step(row)
    Connection.objects.update(is_active=False)
    with pytest.raises(Rejected):
        resume_history(channel=Channel.objects.get())
    Connection.objects.update(is_active=True)
    bring(channel)
    with pytest.raises(Rejected):
        resume_history(channel=channel)


def test_the_command_stops_it_and_goes_on(avito: AvitoPeer, channel: Channel) -> None:
    def command(*arguments: str) -> str:
        said = io.StringIO()
        call_command("backfill_messages", "--channel", channel.key, *arguments, stdout=said)
        return said.getvalue()

    row = begun(avito, channel)
    assert "stops after the page in hand" in command("--stop")
    one_step(row)
    assert "nothing is under way" in command("--stop")
    assert "goes on as" in command("--resume")
    finish(row)
    with pytest.raises(CommandError, match="нет"):
        command("--resume")
    with pytest.raises(CommandError):
        command("--stop", "--since", "2020-01-31")
