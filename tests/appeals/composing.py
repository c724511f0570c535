"""The composer's form as the page sends it, for tests."""

import uuid
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from apps.appeals.models import Conversation, PlannedAnswer
from apps.core.models import State
from apps.tenants.models import Tenant
from tests.sounds import picture


def send(desk: Client, chat: Conversation, text: str = "Готово, приходите", **fields: Any) -> dict[str, Any]:
    form = {"text": text, "key": str(uuid.uuid4()), **fields}
    answer: dict[str, Any] = desk.post(f"/admin/desk/{chat.pk}/answer/", form).json()
    return answer


def on_the_wall(tenant: Tenant, *, ahead: timedelta) -> str:
    """A time as the page's field has it."""
    at: datetime = (timezone.now() + ahead).astimezone(ZoneInfo(tenant.timezone))
    return at.strftime("%Y-%m-%dT%H:%M")


def plan(desk: Client, chat: Conversation, *, hours: float = 2, **fields: Any) -> PlannedAnswer:
    at = on_the_wall(chat.tenant, ahead=timedelta(hours=hours))
    assert send(desk, chat, at=at, **fields) == {"ok": True}
    return PlannedAnswer.objects.latest("pk")


def back(desk: Client, planned: PlannedAnswer) -> dict[str, Any]:
    address = f"/admin/desk/{planned.conversation_id}/planned/{planned.pk}/back/"
    answer: dict[str, Any] = desk.post(address).json()
    return answer


def let_undo(tenant: Tenant, seconds: int = 5) -> None:
    Tenant.objects.filter(pk=tenant.pk).update(undo_seconds=seconds)


def its_time_comes() -> None:
    """As if the time of all that is planned had come."""
    PlannedAnswer.objects.filter(state=State.QUEUED).update(due_at=timezone.now())


def put(desk: Client, chat: Conversation, name: str = "экран.jpg", key: str = "", body: bytes = b"") -> Any:
    file = SimpleUploadedFile(name, body or picture(), content_type="image/jpeg")
    form = {"file": file, "key": key or str(uuid.uuid4())}
    answer = desk.post(f"/admin/desk/{chat.pk}/uploads/", form).json()
    return answer["file"] if answer["ok"] else answer
