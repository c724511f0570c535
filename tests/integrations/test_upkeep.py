"""What keeps connections alive: when it runs, that one process does it, and what people hear of it."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

import pytest
import time_machine
from django.db import connection as database
from django.test import Client
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy

from apps.core.alarms import raised
from apps.core.errors import AuthFailed, RateLimited, Rejected, Transient
from apps.integrations import jobs, upkeep
from apps.integrations.cards import Light, line_of
from apps.integrations.connecting import disconnect, reconfigure
from apps.integrations.contract import Tended
from apps.integrations.models import Connection, Health, Upkeep
from apps.integrations.opening import Opened
from apps.tenants.models import Tenant
from tests.integrations import parcels
from tests.peers.server import Peer

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
# Texts of our own, so that they have both languages.
LOST, ENDING = gettext_lazy("Something went wrong outside."), gettext_lazy("reconnect it")


class Keeper:
    """The made-up connector's upkeep: answers what it is told to, and counts."""

    def __init__(self) -> None:
        self.runs = 0
        self.answer: Tended | BaseException = Tended()

    def __call__(self, opened: Opened[Any]) -> Tended:
        self.runs += 1
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer


@pytest.fixture
def keeper(connector: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Keeper:
    keeper = Keeper()
    monkeypatch.setattr(parcels, "upkeep", keeper, raising=False)
    monkeypatch.setattr(parcels, "UPKEEP_EVERY", HOUR, raising=False)
    monkeypatch.setattr(upkeep, "connectors", lambda: {"parcels": parcels})
    return keeper


@pytest.fixture
def made(connection: Connection) -> Connection:
    Connection.objects.update(health=Health.OK)
    connection.refresh_from_db()
    return connection


def round_(at: datetime = NOW) -> None:
    """What the clock calls, done at once."""
    with time_machine.travel(at, tick=False):
        upkeep.enrol()
        for pk in upkeep.due_for_upkeep().values_list("pk", flat=True):
            jobs.tend_one(pk)


def row() -> Upkeep:
    return Upkeep.objects.select_related("connection").get()


def alarms(connection: Connection) -> list[str]:
    with translation.override("en"):
        return [str(alarm.text) for alarm in raised(connection.tenant_id)]


def test_it_runs_at_the_connectors_own_interval(made: Connection, keeper: Keeper) -> None:
    for minutes in (0, 5, 55, 60, 65, 120):
        round_(NOW + timedelta(minutes=minutes))
    assert keeper.runs == 3
    assert row().done_at == NOW + 2 * HOUR


def test_the_clock_rings_for_what_is_due(made: Connection, keeper: Keeper, rung: list[Any]) -> None:
    jobs.tend_due()
    assert rung == [("apps.integrations.jobs.tend_one", row().pk)]
    jobs.tend_one(row().pk)
    rung.clear()
    jobs.tend_due()
    assert rung == []


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    rung: list[Any] = []
    monkeypatch.setattr(jobs, "async_task", lambda func, pk, task_name: rung.append((func, pk)))
    return rung


def test_a_connection_without_upkeep_or_disconnected_is_left_alone(
    made: Connection, keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    disconnect(connection=made)
    round_()
    assert keeper.runs == 0
    monkeypatch.delattr(parcels, "upkeep")
    reconfigure(connection=made, values={"api_key": parcels.KEY})
    round_()
    assert not Upkeep.objects.exists()


def test_after_a_failure_it_runs_again_soon_then_ever_later_but_never_later_than_usually(
    made: Connection, keeper: Keeper
) -> None:
    keeper.answer = Transient()
    pauses, at = [], NOW
    for _failure in range(6):
        round_(at)
        pauses.append(row().due_at - at)
        at = row().due_at
    assert pauses == [timedelta(minutes=minutes) for minutes in (5, 10, 20, 40, 60, 60)]
    keeper.answer = Tended()
    round_(at)
    assert (row().failures, row().failing_since, row().due_at) == (0, None, at + HOUR)


def test_a_limit_is_waited_for(made: Connection, keeper: Keeper) -> None:
    keeper.answer = RateLimited(after=timedelta(minutes=17))
    round_()
    assert row().due_at == NOW + timedelta(minutes=17)


def test_a_passing_failure_alarms_nobody_and_a_lasting_one_does(made: Connection, keeper: Keeper) -> None:
    keeper.answer = Rejected()
    for hour in range(2):
        round_(NOW + hour * HOUR)
    assert alarms(made) == []
    round_(NOW + 2 * HOUR)
    (text,) = alarms(made)
    assert "The service refused it." in text
    assert "3" in text


def test_a_refusal_of_the_key_turns_the_card_red_and_is_not_repeated_until_a_person_acts(
    made: Connection, keeper: Keeper
) -> None:
    keeper.answer = AuthFailed(LOST)
    round_()
    made.refresh_from_db()
    assert (made.health, made.error_text) == (Health.NEEDS_RECONNECT, "Something went wrong outside.")
    round_(NOW + HOUR)
    assert keeper.runs == 1
    keeper.answer = Tended()
    reconfigure(connection=made, values={"shop_id": "other"})
    round_(NOW + HOUR)
    assert keeper.runs == 2


def test_a_crash_of_ours_is_no_end(made: Connection, keeper: Keeper) -> None:
    keeper.answer = ZeroDivisionError()
    round_()
    assert (row().failures, row().due_at) == (1, NOW + HOUR)


def test_warnings_hold_until_the_next_time_and_turn_the_card_yellow(made: Connection, keeper: Keeper) -> None:
    keeper.answer = Tended(warnings=(ENDING,), again_in=timedelta(minutes=15))
    round_()
    assert row().due_at == NOW + timedelta(minutes=15)
    assert alarms(made) == ["reconnect it"]
    assert line_of(made).status.light == Light.YELLOW
    assert [alarm.text for alarm in line_of(made).alarms] == ["нужно переподключить"]
    keeper.answer = Tended()
    round_(NOW + timedelta(minutes=15))
    assert alarms(made) == []
    assert line_of(made).status.light == Light.GREEN


def test_what_the_check_said_already_is_not_said_twice(made: Connection, keeper: Keeper) -> None:
    keeper.answer = Tended(warnings=(ENDING,))
    round_()
    made.warnings = [{"ru": "нужно переподключить", "en": "reconnect it"}]
    line = line_of(made)
    assert (line.warnings, line.alarms) == (["нужно переподключить"], [])


def test_what_was_mended_is_told_with_its_times_until_somebody_has_read_it(
    made: Connection, keeper: Keeper, boss: Client, service: Peer
) -> None:
    round_()
    keeper.answer = Tended(mended=LOST)
    round_(NOW + HOUR)
    assert len(service.requests) == 1  # what the last check warned of may be over
    keeper.answer = Tended()
    round_(NOW + 2 * HOUR)
    (text,) = alarms(made)
    assert text.startswith("Something went wrong outside.")
    assert "11/21/2026 3 p.m." in text  # 12:00 UTC in Moscow
    page = boss.get(reverse("admin:integrations_cards")).content.decode()
    address = reverse("admin:integrations_read", args=[made.pk])
    assert address in page
    assert boss.get(address).status_code == 405
    assert boss.post(address).status_code == 302
    assert alarms(made) == []


def test_mended_twice_before_it_is_read_counts_from_the_first_time(made: Connection, keeper: Keeper) -> None:
    round_()
    keeper.answer = Tended(mended=LOST)
    round_(NOW + HOUR)
    round_(NOW + 2 * HOUR)
    assert (row().intact_at, row().mended_at) == (NOW, NOW + 2 * HOUR)


def test_what_was_never_in_order_was_not_mended(made: Connection, keeper: Keeper) -> None:
    """The first time after it was connected merely finishes what connecting began."""
    keeper.answer = Tended(mended=LOST)
    round_()
    assert alarms(made) == []


def test_other_settings_begin_anew(made: Connection, keeper: Keeper) -> None:
    keeper.answer = Tended(warnings=(ENDING,))
    round_()
    reconfigure(connection=made, values={"shop_id": "other"})
    assert alarms(made) == []
    round_()
    assert keeper.runs == 2


def test_alarms_stay_within_their_organisation(
    made: Connection, keeper: Keeper, other_tenant: Tenant
) -> None:
    keeper.answer = Tended(warnings=(ENDING,))
    round_()
    assert len(raised(made.tenant_id)) == len(raised(None)) == 1
    assert raised(other_tenant.pk) == []


def test_a_killed_process_leaves_a_row_that_is_soon_due_again(made: Connection, keeper: Keeper) -> None:
    keeper.answer = SystemExit()
    with pytest.raises(SystemExit):
        round_()
    assert row().due_at == NOW + upkeep.LEASE
    keeper.answer = Tended()
    round_(NOW + upkeep.LEASE)
    assert row().done_at == NOW + upkeep.LEASE


def test_one_whose_lease_ended_writes_nothing_over_the_next_ones(
    made: Connection, keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(opened: Opened[Any]) -> Tended:
        monkeypatch.setattr(parcels, "upkeep", keeper)
        round_(NOW + upkeep.LEASE)
        return Tended(warnings=(ENDING,))

    monkeypatch.setattr(parcels, "upkeep", slow)
    round_()
    assert (row().warnings, row().done_at) == ([], NOW + upkeep.LEASE)


@pytest.mark.django_db(transaction=True)
def test_of_several_processes_one_does_it(
    connector: ModuleType, keeper: Keeper, tenant: Tenant, service: Peer
) -> None:
    parcels.connect_to(service.url, tenant)
    upkeep.enrol()
    pk = row().pk
    together = threading.Barrier(4)

    def tend(_number: int) -> None:
        try:
            together.wait()
            upkeep.tend(pk=pk)
        finally:
            database.close()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(tend, range(4)))
    assert keeper.runs == 1
