"""Recordings go when their time is over, and files that belong to nothing; words and figures stay."""

import io
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.callanalysis.jobs import sweep_recordings
from apps.callanalysis.models import AnalysisSettings, Call, SalesManager
from apps.callanalysis.retaining import retention
from apps.core.files.storing import store
from apps.integrations.models import Connection
from apps.tenants.models import Member, Tenant
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


def test_the_settings_tell_what_is_kept_what_is_due_and_what_was_deleted(
    tenant_a: Tenant, tenant_b: Tenant, boss: Member, signed_in: Callable[[Member], Client]
) -> None:
    now = timezone.now()
    own = AnalysisSettings.objects.create(tenant=tenant_a)
    address = reverse("admin:callanalysis_analysissettings_change", args=[own.pk])

    def shown() -> str:
        return " ".join(signed_in(boss).get(address).content.decode().replace("\xa0", " ").split())

    assert "Их нет." in shown()
    assert "Ещё ничего не удалено." in shown()
    for days, tenant in ((2, tenant_a), (40, tenant_a), (50, tenant_a), (60, tenant_b)):
        kept_call(tenant, received_at=now - timedelta(days=days), finished_at=now, file="x", size=1024**2)
    kept_call(tenant_a, received_at=now - timedelta(days=70), file="x", size=1024**2)  # on its way
    for days in (1, 1, 3):
        kept_call(tenant_a, finished_at=now, size=2 * 1024**2, audio_deleted_at=now - timedelta(days=days))
    page = shown()
    assert "4 записи, 4,0 МБ" in page
    assert "Они хранятся всегда" in page
    assert "Удалено всего: 3 записи." in page
    told = re.findall(r'<td class="bc-number">(\d+)</td><td class="bc-number">([^<]+)</td>', page)
    assert told == [("2", "4,0 МБ"), ("1", "2,0 МБ")]
    AnalysisSettings.objects.update(keep_audio_days=30)
    assert "У 2 из них срок вышел" in shown()
    with CaptureQueriesContext(connection) as queries:
        retention(own)
    assert len(queries) == 2


def kept_call(tenant: Tenant, **fields: Any) -> None:
    who, _ = SalesManager.objects.get_or_create(tenant=tenant, external_id="m")
    Call.objects.create(tenant=tenant, sales_manager=who, external_id=str(Call.objects.count()), **fields)
