"""An operator sends a file: judged, stored once, sent once, shown; or refused with the reason first."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from apps.appeals.models import Attachment, Conversation, Message
from apps.channels.connectors import telegram
from apps.channels.contract import Limits
from apps.channels.models import Delivery
from apps.core.models import State
from config.storage import backend
from tests.channels.outbox import let_pass
from tests.peers.telegram import TelegramPeer
from tests.sounds import picture
from tests.work import drain

Arrive = Callable[..., None]
Page = Callable[[Conversation], str]

pytestmark = pytest.mark.django_db

JPEG = picture()


@pytest.fixture
def conversation(arrive: Arrive) -> Conversation:
    arrive("text")
    return Conversation.objects.get()


def send(
    desk: Client,
    conversation: Conversation,
    *,
    text: str = "",
    content: bytes = JPEG,
    name: str = "экран.jpg",
    key: uuid.UUID | None = None,
) -> Any:
    upload = SimpleUploadedFile(name, content, content_type="image/jpeg")
    values = {"text": text, "key": str(key or uuid.uuid4()), "file": upload}
    return desk.post(f"/admin/desk/{conversation.pk}/answer/", values)


def test_a_picture_goes_with_its_words_and_is_shown(
    desk: Client, conversation: Conversation, bot_peer: TelegramPeer, page: Page
) -> None:
    assert send(desk, conversation, text="Вот экран").json() == {"ok": True}
    drain()

    (sent,) = bot_peer.sent
    assert (sent["caption"], sent["photo"].filename, sent["photo"].content) == (
        "Вот экран",
        "экран.jpg",
        JPEG,
    )
    file = Attachment.objects.get()
    assert (file.state, file.kind, file.size) == (State.DONE, "image", len(JPEG))
    assert str(file.file.name).startswith(f"tenants/{conversation.tenant_id}/sent/")
    shown = page(conversation)
    assert f'<a href="/admin/desk/file/{file.pk}/" target="_blank"' in shown
    assert f'<img src="/admin/desk/file/{file.pk}/shown/"' in shown


def test_a_file_needs_no_words(desk: Client, conversation: Conversation, bot_peer: TelegramPeer) -> None:
    send(desk, conversation, content=b"%PDF-1.7 smeta", name="смета.pdf")
    drain()
    assert bot_peer.sent[0]["document"].filename == "смета.pdf"


def test_words_too_long_for_a_caption_follow_the_file(
    desk: Client, conversation: Conversation, bot_peer: TelegramPeer
) -> None:
    text = "слово " * 300
    assert send(desk, conversation, text=text).json() == {"ok": True}
    drain()
    let_pass(1)  # the chat takes one message a second
    drain()
    assert ["photo" in one for one in bot_peer.sent] == [True, False]
    assert bot_peer.sent[1]["text"] == text.strip()


def test_a_long_answer_goes_in_parts_where_the_service_splits(
    desk: Client, conversation: Conversation, bot_peer: TelegramPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telegram, "LIMITS", Limits(text=10, splits=True))
    key = uuid.uuid4()
    for _again in range(2):
        desk.post(f"/admin/desk/{conversation.pk}/answer/", {"text": "один два три четыре", "key": str(key)})
    drain()
    assert [one["text"] for one in bot_peer.sent] == ["один два", "три четыре"]


def test_an_answer_of_too_many_parts_is_refused_whole(
    desk: Client, conversation: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telegram, "LIMITS", Limits(text=10, splits=True))
    values = {"text": "девять зн " * 60, "key": str(uuid.uuid4())}
    answer = desk.post(f"/admin/desk/{conversation.pk}/answer/", values)
    assert (answer.status_code, answer.json()["code"]) == (422, "too_many_parts")
    assert not Delivery.objects.exists()


def test_the_same_form_twice_is_one_message_and_one_stored_file(
    desk: Client, conversation: Conversation, bot_peer: TelegramPeer
) -> None:
    key = uuid.uuid4()
    assert send(desk, conversation, text="Да", key=key).json() == {"ok": True}
    assert send(desk, conversation, text="Да", key=key).json() == {"ok": True}
    drain()
    assert len(bot_peer.sent) == Attachment.objects.count() == Delivery.objects.count() == 1


@pytest.mark.parametrize("other", [{"name": "other.jpg"}, {"content": JPEG + b"1"}, {"text": "и слова"}])
def test_another_file_after_a_lost_answer_does_not_vanish_as_a_repetition(
    desk: Client, conversation: Conversation, other: dict[str, Any]
) -> None:
    key = uuid.uuid4()
    send(desk, conversation, key=key)
    assert send(desk, conversation, key=key, **other).json()["code"] == "sent_before"


def test_what_the_channel_does_not_carry_is_refused_and_not_stored(
    desk: Client, conversation: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telegram, "LIMITS", Limits(file_bytes=50))
    answer = send(desk, conversation, text="Вот")
    assert (answer.status_code, answer.json()["code"]) == (422, "refused")
    assert send(desk, conversation, content=b"").json()["code"] == "empty_file"
    assert not Message.objects.filter(author="operator").exists()


def test_a_storage_that_is_away_is_told_and_nothing_is_sent(
    desk: Client, conversation: Conversation, settings: Any
) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "default": backend("s3+http://key:secret@127.0.0.1:1/bucket", settings.MEDIA_ROOT),
    }
    answer = send(desk, conversation, text="Вот")
    assert (answer.status_code, answer.json()["code"]) == (422, "storage")
    assert not Delivery.objects.exists()


def test_markup_named_a_picture_goes_as_a_document(
    desk: Client, conversation: Conversation, bot_peer: TelegramPeer
) -> None:
    send(desk, conversation, content=b"<html><script>alert(1)</script>", name="x.jpg")
    drain()
    assert bot_peer.sent[0]["document"].content_type == "application/octet-stream"
