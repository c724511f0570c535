"""Recordings go when their time is over, and files that belong to nothing; words and figures stay."""

import io
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from apps.callanalysis.jobs import sweep_recordings
from apps.callanalysis.models import AnalysisSettings, Call
from apps.core.files.storing import store
from apps.integrations.models import Connection
from apps.tenants.models import Tenant
from tests.callanalysis.conftest import Receive
from tests.callanalysis.tones import talk
from tests.work import drain

pytestmark = pytest.mark.django_db


def test_old_recordings_are_deleted_and_what_was_said_stays(
    receive: Receive, listening: Connection, tenant_a: Tenant
) -> None:
    wanted = AnalysisSettings.objects.create(tenant=tenant_a)
    old, new = receive(talk()), receive(talk())
    drain()
    Call.objects.filter(pk=old.pk).update(received_at=timezone.now() - timedelta(days=31))
    waiting = receive(received_at=timezone.now() - timedelta(days=31), file="tenants/1/calls/waiting.mp3")
    sweep_recordings()
    assert kept() == {old.pk, new.pk, waiting.pk}

    wanted.keep_audio_days = 30
    wanted.save()
    old.refresh_from_db()
    path = str(old.file.name)
    sweep_recordings()
    sweep_recordings()
    assert kept() == {new.pk, waiting.pk}
    assert not default_storage.exists(path)
    old.refresh_from_db()
    assert old.audio_deleted_at is not None
    assert len(old.transcript.segments) == 4


def kept() -> set[int]:
    return set(Call.objects.exclude(file="").values_list("pk", flat=True))


def test_what_a_killed_download_left_is_deleted_once_nothing_can_own_it(
    receive: Receive, tenant_a: Tenant
) -> None:
    today = timezone.now().date()
    folders = [f"tenants/{tenant_a.pk}/calls/{today - timedelta(days=days)}" for days in (0, 1, 3)]
    fresh, late, orphan = [store(f"{folder}/orphan.mp3", io.BytesIO(b"x")) for folder in folders]
    owned = receive(file=store(f"{folders[2]}/owned.mp3", io.BytesIO(b"x"))).file
    sweep_recordings()
    assert all(default_storage.exists(path) for path in (fresh, late, str(owned)))
    assert not default_storage.exists(orphan)
