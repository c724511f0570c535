"""Thumbnails and copies that Safari plays: beside the original, never instead of it, and never in its way."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from PIL import Image

from apps.appeals import renditions
from apps.appeals.models import Attachment, Conversation, Rendition
from apps.core.audio import probe
from apps.core.errors import Transient
from apps.core.models import TROUBLED, State
from apps.tenants.membership import add_member
from apps.tenants.models import Role, Tenant
from tests.peers.telegram import TelegramPeer
from tests.sounds import picture, sound
from tests.work import drain

Arrive = Callable[..., None]
Page = Callable[[Conversation], str]

pytestmark = pytest.mark.django_db

VOICE = "voice/AwACAgIAAxkBAAIxxx..."
PHOTO = "photos/large"
DOCUMENT = "documents/doc"


def body_of(answer: Any) -> bytes:
    return b"".join(answer)


def test_a_voice_message_has_a_copy_that_every_browser_plays(
    arrive: Arrive, bot_peer: TelegramPeer, desk: Client, page: Page
) -> None:
    bot_peer.files[VOICE] = original = sound("ogg", 2.0)
    arrive("voice")

    file = Attachment.objects.get()
    shown = page(Conversation.objects.get())
    first, second = shown.index(f'src="/admin/desk/file/{file.pk}/"'), shown.index(f"file/{file.pk}/shown/")
    assert first < second
    assert body_of(desk.get(f"/admin/desk/file/{file.pk}/")) == original

    copy = desk.get(f"/admin/desk/file/{file.pk}/shown/")
    assert (copy["Content-Type"], copy["X-Content-Type-Options"]) == ("audio/mp4", "nosniff")
    found = probe(io.BytesIO(body_of(copy)))
    assert found.codec == "aac"
    assert found.seconds == pytest.approx(2.0, abs=0.1)
    assert str(Rendition.objects.get().file.name).startswith(f"tenants/{file.tenant_id}/renditions/")


def test_the_copy_is_handed_out_in_parts(arrive: Arrive, bot_peer: TelegramPeer, desk: Client) -> None:
    bot_peer.files[VOICE] = sound("ogg")
    arrive("voice")
    address = f"/admin/desk/file/{Attachment.objects.get().pk}/shown/"
    whole = body_of(desk.get(address))
    part = desk.get(address, headers={"Range": "bytes=4-11"})
    assert (part.status_code, part.content) == (206, b"ftypM4A ")
    assert part["Content-Range"] == f"bytes 4-11/{len(whole)}"


@pytest.mark.parametrize(
    ("kind", "is_copied"), [("amr", True), ("webm", True), ("mp4", True), ("mp3", False)]
)
def test_odd_formats_have_a_copy_and_others_need_none(
    arrive: Arrive, bot_peer: TelegramPeer, page: Page, kind: str, is_copied: bool
) -> None:
    bot_peer.files[VOICE] = sound(kind)
    arrive("voice")
    assert "<audio" in page(Conversation.objects.get())
    assert Rendition.objects.exclude(file="").exists() == is_copied


def test_what_no_browser_plays_can_be_downloaded_besides(
    arrive: Arrive, bot_peer: TelegramPeer, page: Page
) -> None:
    bot_peer.files[VOICE] = sound("amr")
    arrive("voice")
    shown = page(Conversation.objects.get())
    assert f'href="/admin/desk/file/{Attachment.objects.get().pk}/" download' in shown
    assert "audio/amr" not in shown


def test_m4a_that_is_played_everywhere_is_not_copied(arrive: Arrive, bot_peer: TelegramPeer) -> None:
    bot_peer.files[VOICE] = sound("m4a")
    arrive("voice")
    made = Rendition.objects.get()
    assert (made.state, made.file.name) == (State.DONE, "")


def test_what_cannot_be_copied_is_nobodys_trouble(
    arrive: Arrive, bot_peer: TelegramPeer, desk: Client, page: Page
) -> None:
    bot_peer.files[VOICE] = broken = b"OggS" + bytes(100)
    arrive("voice")

    assert not Rendition.objects.filter(state__in=TROUBLED).exists()
    file = Attachment.objects.get()
    assert file.state == State.DONE
    assert "<audio" in page(Conversation.objects.get())
    assert body_of(desk.get(f"/admin/desk/file/{file.pk}/")) == broken
    assert desk.get(f"/admin/desk/file/{file.pk}/shown/").status_code == 404


def test_a_photo_is_shown_small_and_opens_whole(
    arrive: Arrive, bot_peer: TelegramPeer, desk: Client, page: Page
) -> None:
    bot_peer.files[PHOTO] = original = picture(size=(2000, 1500))
    arrive("photo")

    file = Attachment.objects.get()
    shown = page(Conversation.objects.get())
    assert f'<img src="/admin/desk/file/{file.pk}/shown/"' in shown
    assert 'loading="lazy" width="320" height="240"' in shown
    assert body_of(desk.get(f"/admin/desk/file/{file.pk}/")) == original
    small = Image.open(io.BytesIO(body_of(desk.get(f"/admin/desk/file/{file.pk}/shown/"))))
    assert small.size == (640, 480)


def test_heic_is_a_file_with_a_word_about_it(arrive: Arrive, bot_peer: TelegramPeer, page: Page) -> None:
    bot_peer.files[PHOTO] = b"\x00\x00\x00\x18ftypheic" + bytes(200)
    arrive("photo")
    shown = page(Conversation.objects.get())
    assert f'href="/admin/desk/file/{Attachment.objects.get().pk}/" download' in shown
    assert "просмотр" in shown
    assert '<img src="/admin/desk/file/' not in shown


def test_a_storage_that_is_away_is_waited_for(
    arrive: Arrive, bot_peer: TelegramPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(path: str, content: object) -> str:
        raise Transient(code="storage")

    bot_peer.files[PHOTO] = picture()
    with monkeypatch.context() as patch:
        patch.setattr(renditions, "store", away)
        arrive("photo")
    made = Rendition.objects.get()
    assert (made.state, made.error_code) == (State.QUEUED, "storage")
    Rendition.objects.update(due_at=made.attachment.message.received_at)
    drain()
    assert default_storage.exists(str(Rendition.objects.get().file.name))


def test_strangers_get_no_rendition(arrive: Arrive, bot_peer: TelegramPeer, client: Client) -> None:
    bot_peer.files[PHOTO] = picture()
    arrive("photo")
    address = f"/admin/desk/file/{Attachment.objects.get().pk}/shown/"
    assert client.get(address).status_code == 302
    other = Tenant.objects.create(slug="other", name="Другая")
    client.force_login(add_member(tenant=other, username="eve", role=Role.ADMIN, name="Ева").user)
    assert client.get(address).status_code == 404


def test_a_file_that_does_not_come_yet_says_why(arrive: Arrive, bot_peer: TelegramPeer, page: Page) -> None:
    bot_peer.fail("getFile", 502, "Bad Gateway")
    arrive("photo")
    shown = page(Conversation.objects.get())
    assert Attachment.objects.get().state == State.QUEUED
    assert "Сервис сейчас не отвечает" in shown


def test_the_first_page_of_a_document_is_shown_and_it_opens_in_a_tab(
    arrive: Arrive, bot_peer: TelegramPeer, desk: Client, page: Page
) -> None:
    bot_peer.files[DOCUMENT] = original = picture("PDF", (500, 1000))
    arrive("document")
    file = Attachment.objects.get()
    assert file.content_type == "application/pdf"

    shown = page(Conversation.objects.get())
    address = f"/admin/desk/file/{file.pk}/"
    assert f'<a href="{address}" target="_blank" rel="noopener"><img src="{address}shown/"' in shown
    assert f'href="{address}" download' in shown
    small = Image.open(io.BytesIO(body_of(desk.get(f"{address}shown/"))))
    assert (small.format, small.size[1]) == ("WEBP", 640)

    answer = desk.get(address)
    assert body_of(answer) == original
    assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == ("application/pdf", "nosniff")
    assert answer["Content-Disposition"].startswith("inline")
    assert "script-src 'none'" in answer["Content-Security-Policy"]


def test_a_document_that_can_not_be_read_is_a_file_to_download(
    arrive: Arrive, bot_peer: TelegramPeer, page: Page
) -> None:
    bot_peer.files[DOCUMENT] = b"%PDF-1.7 and nothing else"
    arrive("document")
    shown = page(Conversation.objects.get())
    assert f'/admin/desk/file/{Attachment.objects.get().pk}/"' in shown
    assert "/shown/" not in shown
    assert not Rendition.objects.filter(state__in=TROUBLED).exists()
