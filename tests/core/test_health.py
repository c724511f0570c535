"""What an installation says of itself to those who watch over it."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from apps.core import health
from apps.core.models import State
from tests.core.workapp.models import Chore

pytestmark = [pytest.mark.urls("apps.core.urls"), pytest.mark.usefixtures("workapp")]

TOKEN = "a-long-token"


@pytest.fixture(autouse=True)
def migrated(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test app has no migrations, and a run may leave out those of the others."""
    monkeypatch.setattr(health, "_count_missing", lambda: 0)
    health._applied_once.cache_clear()


@pytest.fixture
def no_database(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any, **options: Any) -> None:
        raise OperationalError("connection to secret-host refused")

    monkeypatch.setattr("django.db.backends.base.base.BaseDatabaseWrapper.ensure_connection", refuse)


def test_healthz_asks_nobody(client: Client) -> None:
    assert client.get("/healthz").status_code == 200


@pytest.mark.django_db
def test_readyz_is_ready_while_nothing_waits_long(client: Client) -> None:
    Chore.objects.create(due_at=timezone.now() - timedelta(seconds=30))
    answer = client.get("/readyz")
    assert answer.status_code == 200
    figures = answer.json()
    assert 30 <= figures.pop("oldest_due_seconds") < 40
    assert figures == {"ready": True, "database": True, "migrations_missing": 0, "storage": None}


@pytest.mark.django_db
def test_readyz_is_not_ready_when_due_work_waits_over_a_minute(client: Client) -> None:
    Chore.objects.create(due_at=timezone.now() - timedelta(seconds=61))
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["oldest_due_seconds"] >= 61


@pytest.mark.django_db
def test_readyz_does_not_mind_work_that_backs_off_or_has_failed(client: Client) -> None:
    long_ago = timezone.now() - timedelta(hours=1)
    Chore.objects.create(due_at=timezone.now() + timedelta(hours=1), lane="a")
    Chore.objects.create(due_at=long_ago, lane="a")
    Chore.objects.create(due_at=long_ago, state=State.FAILED)
    assert client.get("/readyz").json()["oldest_due_seconds"] == 0


@pytest.mark.django_db
def test_readyz_waits_for_migrations_and_remembers_only_that_they_are_applied(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = iter([2, 2, 0])
    monkeypatch.setattr(health, "_count_missing", lambda: next(missing))
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["migrations_missing"]) == (503, 2)
    assert [client.get("/readyz").status_code for _ in range(3)] == [200, 200, 200]


@pytest.mark.django_db
@pytest.mark.usefixtures("no_database")
def test_without_a_database_it_is_alive_and_not_ready(client: Client) -> None:
    assert client.get("/healthz").status_code == 200
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {
        "ready": False,
        "database": False,
        "migrations_missing": None,
        "oldest_due_seconds": None,
        "storage": None,
    }


def test_metrics_are_nowhere_without_a_token(client: Client, settings: Any) -> None:
    settings.METRICS_TOKEN = ""
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


@pytest.mark.parametrize("sent", ["", "Bearer wrong", TOKEN, f"Basic {TOKEN}"])
def test_metrics_refuse_a_wrong_token(client: Client, settings: Any, sent: str) -> None:
    settings.METRICS_TOKEN = TOKEN
    assert client.get("/metrics", headers={"Authorization": sent}).status_code == 401


@pytest.mark.django_db
def test_metrics_tell_what_waits_and_what_went_wrong_by_kind(client: Client, settings: Any) -> None:
    settings.METRICS_TOKEN = TOKEN
    now = timezone.now()
    Chore.objects.create(due_at=now - timedelta(minutes=2))
    Chore.objects.create(due_at=now + timedelta(minutes=2))
    for made in (State.RUNNING, State.FAILED, State.FAILED, State.UNKNOWN, State.DONE):
        Chore.objects.create(state=made)
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    lines = dict(line.rsplit(" ", 1) for line in answer.content.decode().splitlines() if line[0] != "#")
    kind = 'kind="workapp.Chore"'
    for state, count in {"due": 1, "running": 1, "failed": 2, "unknown": 1}.items():
        assert float(lines[f'batterycrm_work_rows{{{kind},state="{state}"}}']) == count
    assert float(lines[f"batterycrm_work_oldest_due_seconds{{{kind}}}"]) >= 120
    assert float(lines['batterycrm_work_oldest_due_seconds{kind="workapp.Errand"}']) == 0
    assert float(lines["batterycrm_queue_entries"]) == 0
