"""The storage is looked at by itself, and what is wrong is told to whoever runs the server."""

from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.test import Client

from apps.core.alarms import raised
from apps.core.files.watching import watch
from apps.core.models import StorageCheck
from config.storage import backend

pytestmark = pytest.mark.django_db
AWAY = "s3+http://key:the-secret@127.0.0.1:1/media"


def stored_at(settings: Any, address: str, folder: Path) -> None:
    settings.STORAGES = {**settings.STORAGES, "default": backend(address, folder)}


def told(tenant_id: int | None = None) -> list[Any]:
    return [alarm for alarm in raised(tenant_id) if alarm.subject == "storage"]


def test_the_second_failure_in_a_row_is_told_and_its_end_as_well(settings: Any, tmp_path: Path) -> None:
    with time_machine.travel("2026-11-29T10:00:00Z", tick=False) as clock:
        stored_at(settings, AWAY, tmp_path)
        watch()
        assert told() == []
        clock.shift(300)
        watch()
        (alarm,) = told()
        assert (str(alarm.since.time()), "the-secret" in alarm.text) == ("10:00:00", False)
        assert "STORAGE_URL" in alarm.text
        stored_at(settings, "", tmp_path / "files")
        watch()
        assert told() == []
    assert StorageCheck.objects.get().code == ""


def test_it_is_no_matter_of_an_organisation(settings: Any, tmp_path: Path) -> None:
    stored_at(settings, AWAY, tmp_path)
    watch()
    watch()
    assert len(told()) == 1
    assert told(tenant_id=1) == []


def test_readyz_tells_it_and_stays_ready_since_nothing_is_lost(
    client: Client, settings: Any, tmp_path: Path
) -> None:
    assert client.get("/readyz").json()["storage"] is None
    stored_at(settings, "", tmp_path / "files")
    watch()
    assert client.get("/readyz").json()["storage"] == "ok"
    stored_at(settings, AWAY, tmp_path)
    watch()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["storage"]) == (200, "unreachable")
