"""Health: what a check, and what every real call, says of a connection."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone, translation

from apps.core.errors import (
    AuthFailed,
    ConfigInvalid,
    NotYet,
    OutcomeUnknown,
    OutsideError,
    RateLimited,
    Rejected,
    Scope,
    Transient,
)
from apps.integrations import jobs
from apps.integrations.cards import Light, line_of, status_of
from apps.integrations.checking import (
    check_connection,
    due_for_check,
    install_and_check,
    note_failure,
    note_success,
)
from apps.integrations.connecting import disconnect, reconfigure
from apps.integrations.models import ActionLog, Connection, Health
from apps.integrations.opening import Opened
from tests.integrations import parcels
from tests.peers.server import Peer, Reply

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def answering(service: Peer, connection: Connection, reply: Reply, **more: Any) -> Connection:
    service.script(parcels.ROUTE, [reply])
    return check_connection(connection=connection, **more)


def test_a_check_names_the_account(connection: Connection, service: Peer) -> None:
    with time_machine.travel(NOW, tick=False):
        checked = check_connection(connection=connection)
    assert (checked.health, checked.account, checked.api_shape) == (Health.OK, "Ivan's parcels", "v2")
    assert checked.checked_at == NOW
    assert service.requests[0].headers["Authorization"] == f"Bearer {parcels.KEY}"


def test_a_strange_account_name_is_no_trouble(connection: Connection, service: Peer) -> None:
    checked = answering(service, connection, Reply(json={"account": "a\x00b\ud800" + "x" * 500}))
    assert checked.health == Health.OK
    assert checked.account.startswith("a")


@pytest.mark.parametrize(
    ("status", "health"),
    [(401, Health.NEEDS_RECONNECT), (403, Health.MISCONFIGURED), (500, Health.ERROR), (404, Health.ERROR)],
)
def test_a_refusal_becomes_the_cards_colour_and_text(
    connection: Connection, service: Peer, status: int, health: Health
) -> None:
    checked = answering(service, connection, Reply(status=status, json={}))
    assert (checked.health, status_of(checked).light) == (health, Light.RED)
    assert checked.error_code
    assert status_of(checked).detail


def test_a_limit_pauses_and_blames_nobody(connection: Connection, service: Peer) -> None:
    with time_machine.travel(NOW, tick=False):
        checked = answering(service, connection, Reply(status=429, headers={"Retry-After": "60"}))
        assert checked.is_paused
    assert (checked.health, checked.paused_until) == (Health.PENDING, NOW + timedelta(seconds=60))


def test_a_service_that_hangs_is_left_in_time(connection: Connection, service: Peer) -> None:
    checked = answering(service, connection, Reply(hang=True), within=0.3)
    assert (checked.health, checked.error_code) == (Health.ERROR, "timeout")


def test_a_success_clears_the_error(connection: Connection, service: Peer) -> None:
    answering(service, connection, Reply(status=401))
    checked = check_connection(connection=connection)
    assert (checked.health, checked.error_code, checked.error_text) == (Health.OK, "", "")


def test_no_answer_does_not_take_back_that_the_key_was_refused(connection: Connection, service: Peer) -> None:
    answering(service, connection, Reply(status=401))
    assert answering(service, connection, Reply(status=503)).health == Health.NEEDS_RECONNECT


def test_our_own_error_is_shown_and_logged(
    connection: Connection, service: Peer, caplog: pytest.LogCaptureFixture
) -> None:
    checked = answering(service, connection, Reply(json={"unexpected": 1}))
    assert [record.msg["event"] for record in caplog.records] == ["connection.check_broke"]  # type: ignore[index]
    assert (checked.health, checked.error_code) == (Health.ERROR, "internal")


def test_a_connector_that_is_gone_is_shown_as_such(connection: Connection) -> None:
    Connection.objects.update(connector="gone")
    checked = check_connection(connection=Connection.objects.get())
    assert (checked.health, checked.error_code) == (Health.MISCONFIGURED, "unknown_connector")


def test_warnings_are_kept_in_every_language(connection: Connection, service: Peer) -> None:
    checked = answering(service, connection, Reply(json={"account": "Ivan", "ending": True}))
    with translation.override("en"):
        assert line_of(checked).warnings == ["The account ends soon."]
    assert set(checked.warnings[0]) == {"ru", "en"}


def test_a_check_of_former_settings_says_nothing_of_the_new_ones(
    connection: Connection, service: Peer
) -> None:
    stale = Connection.objects.get(pk=connection.pk)
    reconfigure(connection=connection, values={"api_key": "another-key-entirely"})
    checked = answering(service, stale, Reply(status=401))
    assert (checked.health, checked.checked_at) == (Health.PENDING, None)


def test_a_check_that_ends_after_disconnecting_revives_nothing(connection: Connection) -> None:
    stale = Connection.objects.get(pk=connection.pk)
    disconnect(connection=connection)
    assert check_connection(connection=stale).health == Health.PENDING
    assert not stale.is_active


def test_checks_leave_no_history(connection: Connection) -> None:
    check_connection(connection=connection)
    assert connection.history.count() == 1


def test_every_request_is_in_the_action_log_without_secrets(connection: Connection, service: Peer) -> None:
    answering(service, connection, Reply(status=401))
    row = ActionLog.objects.get()
    assert (row.tenant, row.method, row.path, row.status) == (connection.tenant, "GET", "/me", 401)
    assert row.error_code == "auth_failed"


@pytest.mark.parametrize(
    ("error", "health"),
    [(AuthFailed(), Health.NEEDS_RECONNECT), (ConfigInvalid(field="shop_id"), Health.MISCONFIGURED)],
)
def test_a_real_calls_failure_turns_the_card_red(
    connection: Connection, error: OutsideError, health: Health
) -> None:
    note_failure(connection, error)
    assert Connection.objects.get().health == health


@pytest.mark.parametrize("error", [Transient(), OutcomeUnknown(), Rejected()])
def test_one_messages_own_trouble_says_nothing_of_the_connection(
    connection: Connection, error: OutsideError
) -> None:
    check_connection(connection=connection)
    note_failure(connection, error)
    assert Connection.objects.get().health == Health.OK


def test_a_real_calls_limit_pauses_and_a_call_that_was_under_way_does_not_end_the_pause(
    connection: Connection,
) -> None:
    under_way = Connection.objects.get()
    note_failure(connection, RateLimited(after=timedelta(minutes=5)))
    note_success(under_way)
    assert Connection.objects.get().is_paused
    assert Connection.objects.get().health == Health.OK


def test_a_shorter_limit_does_not_shorten_the_pause(connection: Connection) -> None:
    note_failure(connection, RateLimited(after=timedelta(minutes=5)))
    note_failure(connection, RateLimited(after=timedelta(seconds=5)))
    until = Connection.objects.get().paused_until
    assert until is not None
    assert until > timezone.now() + timedelta(minutes=4)


@pytest.mark.parametrize("error", [RateLimited(scope=Scope.DIALOGUE), NotYet()])
def test_a_limit_of_one_dialogue_and_our_own_pace_pause_nothing(
    connection: Connection, error: OutsideError
) -> None:
    note_failure(connection, error)
    assert Connection.objects.get().paused_until is None


def test_during_a_pause_a_check_asks_nobody_and_learns_nothing(connection: Connection, service: Peer) -> None:
    checked = check_connection(connection=connection)
    note_failure(connection, RateLimited(after=timedelta(minutes=5)))
    again = check_connection(connection=connection, within=5)
    assert again.checked_at == checked.checked_at
    assert len(service.requests) == 1
    assert status_of(again).light == Light.YELLOW


def test_other_settings_end_a_pause(connection: Connection, service: Peer) -> None:
    note_failure(connection, RateLimited(after=timedelta(minutes=5)))
    changed = reconfigure(connection=connection, values={"api_key": "another-key-entirely"})
    assert check_connection(connection=changed).checked_at is not None
    assert len(service.requests) == 1


def test_a_success_that_is_no_news_asks_the_database_nothing(
    connection: Connection, django_assert_num_queries: Any
) -> None:
    note_success(connection)
    with django_assert_num_queries(0):
        note_success(connection)


def test_the_service_is_told_what_it_must_know_before_it_is_checked(
    connection: Connection, service: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.route("POST /hook", lambda _request: Reply(json={}))

    def install(opened: Opened[Any]) -> None:
        with opened.http(opened.config.base_url) as http:
            http.post("/hook", json={})

    monkeypatch.setattr(parcels, "install", install, raising=False)
    checked = install_and_check(connection=connection, within=5)
    assert [one.path for one in service.requests] == ["/hook", "/me"]
    assert checked.health == Health.OK


def test_what_cannot_be_installed_is_still_checked(
    connection: Connection, service: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def install(opened: Opened[Any]) -> None:
        raise AuthFailed

    monkeypatch.setattr(parcels, "install", install, raising=False)
    service.script(parcels.ROUTE, [Reply(status=401)])
    assert install_and_check(connection=connection, within=5).health == Health.NEEDS_RECONNECT


def test_each_is_due_a_day_after_its_last_check(connection: Connection) -> None:
    assert list(due_for_check()) == [connection]
    check_connection(connection=connection)
    assert not due_for_check().exists()
    with time_machine.travel(timezone.now() + timedelta(hours=24, seconds=1)):
        assert due_for_check().exists()


def test_the_disconnected_are_not_checked(connection: Connection) -> None:
    disconnect(connection=connection)
    assert not due_for_check().exists()


def test_the_daily_round_checks_each_once(
    connection: Connection, service: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[tuple[str, int]] = []
    monkeypatch.setattr(jobs, "async_task", lambda func, pk, **_options: rung.append((func, pk)))
    jobs.check_due()
    jobs.check_due()
    assert rung == [("apps.integrations.jobs.check_one", connection.pk)] * 2
    for _func, pk in rung:
        jobs.check_one(pk)
    assert len(service.requests) == 1
    assert Connection.objects.get().health == Health.OK
