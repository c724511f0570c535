"""Clients' files from Telegram: stored, shown to those who see the conversation, and never run."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from apps.appeals.models import Attachment, Conversation
from apps.core.models import State
from apps.tenants.membership import add_member
from apps.tenants.models import Role, Tenant
from config.storage import backend
from tests.peers.telegram import TelegramPeer
from tests.sounds import picture

Arrive = Callable[..., None]


Page = Callable[[Conversation], str]


pytestmark = pytest.mark.django_db


OGG, JPEG = b"OggS" + bytes(100), picture()


def test_a_voice_message_is_stored_and_played_to_those_who_see_the_conversation(
    arrive: Arrive, bot_peer: TelegramPeer, desk: Client, page: Page
) -> None:
    bot_peer.files["voice/AwACAgIAAxkBAAIxxx..."] = OGG
    arrive("voice")

    file = Attachment.objects.get()
    assert (file.kind, file.seconds, file.content_type, file.size) == ("voice", 5, "audio/ogg", len(OGG))
    assert f'<source src="/admin/desk/file/{file.pk}/" type="audio/ogg">' in page(Conversation.objects.get())
    answer = desk.get(f"/admin/desk/file/{file.pk}/")
    assert b"".join(answer) == OGG
    assert answer["Content-Type"] == "audio/ogg"
    assert answer["Content-Disposition"].startswith("inline")


def test_a_file_is_handed_out_in_parts_as_players_ask(
    arrive: Arrive, bot_peer: TelegramPeer, desk: Client
) -> None:
    bot_peer.files["voice/AwACAgIAAxkBAAIxxx..."] = OGG
    arrive("voice")
    address = f"/admin/desk/file/{Attachment.objects.get().pk}/"

    part = desk.get(address, headers={"Range": "bytes=0-3"})
    assert (part.status_code, part.content, part["Content-Range"]) == (206, b"OggS", "bytes 0-3/104")
    assert part["Content-Type"] == "audio/ogg"
    assert len(desk.get(address, headers={"Range": "bytes=100-"}).content) == 4
    assert desk.get(address, headers={"Range": "bytes=-8"})["Content-Range"] == "bytes 96-103/104"
    for senseless in ("bytes=5-2", "bytes=-", "chunks=0-3"):
        assert b"".join(desk.get(address, headers={"Range": senseless})) == OGG
    assert desk.get(address, headers={"Range": "bytes=104-"}).status_code == 416


def test_a_photo_is_shown_in_the_page(arrive: Arrive, bot_peer: TelegramPeer, page: Page) -> None:
    bot_peer.files["photos/large"] = JPEG
    arrive("photo")

    file = Attachment.objects.get()
    shown = page(Conversation.objects.get())
    assert f'<img src="/admin/desk/file/{file.pk}/shown/"' in shown
    assert 'width="40" height="30"' in shown


def test_strangers_get_no_file(arrive: Arrive, bot_peer: TelegramPeer, client: Client) -> None:
    bot_peer.files["photos/large"] = JPEG
    arrive("photo")
    address = f"/admin/desk/file/{Attachment.objects.get().pk}/"
    assert client.get(address).status_code == 302

    other = Tenant.objects.create(slug="other", name="Другая")
    client.force_login(add_member(tenant=other, username="eve", role=Role.ADMIN, name="Ева").user)
    assert client.get(address).status_code == 404
    client.force_login(User.objects.create_user("nobody", is_staff=True))
    assert client.get(address).status_code == 403


def test_markup_disguised_as_a_picture_is_only_ever_downloaded(
    arrive: Arrive, bot_peer: TelegramPeer, desk: Client, page: Page
) -> None:
    bot_peer.files["photos/large"] = b"<html><script>alert(1)</script>"
    arrive("photo")

    file = Attachment.objects.get()
    answer = desk.get(f"/admin/desk/file/{file.pk}/")
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert b"alert" in b"".join(answer)
    assert '<img src="/admin/desk/file/' not in page(Conversation.objects.get())


def test_a_file_too_large_to_be_had_leaves_its_place_and_the_reason(
    arrive: Arrive, bot_peer: TelegramPeer, page: Page
) -> None:
    arrive("voice", voice={"file_id": "huge", "duration": 9, "file_size": 21 * 1024 * 1024})

    file = Attachment.objects.get()
    assert (file.state, file.error_code, bool(file.file)) == (State.FAILED, "too_large", False)
    shown = page(Conversation.objects.get())
    assert "20 МБ" in shown or "20 MB" in shown
    assert Conversation.objects.get().messages.count() == 1


@pytest.mark.parametrize("address", ["s3+http://key:secret@127.0.0.1:1/bucket", "file:///proc/nowhere"])
def test_a_storage_that_is_away_is_tried_again(
    arrive: Arrive, bot_peer: TelegramPeer, settings: Any, address: str
) -> None:
    bot_peer.files["photos/large"] = JPEG
    settings.STORAGES = {**settings.STORAGES, "default": backend(address, settings.MEDIA_ROOT)}
    arrive("photo")

    file = Attachment.objects.get()
    assert (file.state, file.error_code, file.failures) == (State.QUEUED, "storage", 1)
    assert file.due_at > timezone.now()


def test_a_file_may_live_in_a_bucket_and_is_handed_out_to_those_who_see_it(
    arrive: Arrive, bot_peer: TelegramPeer, settings: Any, s3: str, desk: Client, client: Client
) -> None:
    bot_peer.files["photos/large"] = JPEG
    settings.STORAGES = {**settings.STORAGES, "default": backend(s3, settings.MEDIA_ROOT)}
    arrive("photo")

    file = Attachment.objects.get()
    assert (file.state, str(file.file.name).split("/")[:2]) == (State.DONE, ["tenants", str(file.tenant_id)])
    address = f"/admin/desk/file/{file.pk}/"
    whole, part = desk.get(address), desk.get(address, headers={"Range": "bytes=1-2"})
    assert (whole.status_code, b"".join(whole)) == (200, JPEG)
    assert (part.status_code, part.content) == (206, JPEG[1:3])
    assert client.get(address).status_code == 302


def test_a_document_keeps_the_kind_it_was_sent_as(arrive: Arrive, bot_peer: TelegramPeer) -> None:
    bot_peer.files["documents/doc"] = b"no signature"
    arrive("document")

    assert Attachment.objects.get().content_type == "application/pdf"


def test_a_file_gone_from_the_storage_is_not_found(
    arrive: Arrive, bot_peer: TelegramPeer, desk: Client
) -> None:
    bot_peer.files["photos/large"] = JPEG
    arrive("photo")
    file = Attachment.objects.get()
    file.file.delete(save=False)

    assert desk.get(f"/admin/desk/file/{file.pk}/").status_code == 404
