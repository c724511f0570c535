"""Schedules are declared in code; settings that would spoil the queue are found before it starts."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from django.utils.module_loading import import_string
from django_q.models import Schedule

from apps.core.checks import queue_settings, schedules
from apps.core.processes.schedules import declared, sync_schedules
from tests.core.workapp import jobs


def names() -> set[str]:
    return set(Schedule.objects.values_list("name", flat=True))


@pytest.mark.django_db
@pytest.mark.usefixtures("workapp")
class TestSchedules:
    def test_what_apps_declare_is_written_once(self) -> None:
        sync_schedules()
        sync_schedules()
        row = Schedule.objects.get(name="code:workapp.tidy")
        assert (row.func, row.minutes, row.repeats) == ("tests.core.workapp.jobs.tidy", 15, -1)

    def test_what_is_declared_can_be_called(self) -> None:
        assert all(callable(import_string(values["func"])) for values in declared().values())

    def test_a_restart_neither_hurries_nor_delays_the_next_run(self) -> None:
        sync_schedules()
        soon = timezone.now() + timedelta(minutes=7)
        Schedule.objects.filter(name="code:workapp.tidy").update(next_run=soon)
        sync_schedules()
        assert Schedule.objects.get(name="code:workapp.tidy").next_run == soon

    def test_what_was_changed_in_code_or_by_hand_follows_the_code(self) -> None:
        sync_schedules()
        Schedule.objects.filter(name="code:workapp.tidy").update(minutes=1, func="elsewhere", repeats=3)
        sync_schedules()
        row = Schedule.objects.get(name="code:workapp.tidy")
        assert (row.func, row.minutes, row.repeats) == ("tests.core.workapp.jobs.tidy", 15, -1)

    def test_what_is_not_declared_any_more_goes_and_what_people_made_stays(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        sync_schedules()
        Schedule.objects.create(name="by hand", func="x.y")
        monkeypatch.setattr(jobs, "SCHEDULES", ())
        sync_schedules()
        assert "code:workapp.tidy" not in names()
        assert "by hand" in names()

    @pytest.mark.parametrize(
        "times", [{}, {"minutes": 5, "cron": "* * * * *"}], ids=["neither minutes nor cron", "both"]
    )
    def test_a_schedule_that_does_not_say_when_is_reported(
        self, monkeypatch: pytest.MonkeyPatch, times: dict[str, Any]
    ) -> None:
        monkeypatch.setattr(jobs, "SCHEDULES", ({"name": "odd", "func": "x.y", **times},))
        assert [problem.id for problem in schedules(None)] == ["core.E003"]


def test_the_projects_own_settings_pass() -> None:
    assert queue_settings(None) == []
    assert schedules(None) == []


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"retry": 599}, "core.E001"),
        ({"timeout": 10**6}, "core.E001"),
        ({"queue_limit": 100}, "core.E001"),
        ({"max_attempts": 3}, "core.E002"),
        ({"ack_failures": False}, "core.E002"),
        ({"save_limit": 250}, "core.E002"),
    ],
)
def test_queue_settings_that_would_run_work_twice_are_refused(
    settings: Any, changed: dict[str, Any], problem: str
) -> None:
    settings.Q_CLUSTER = settings.Q_CLUSTER | changed
    assert [found.id for found in queue_settings(None)] == [problem]
