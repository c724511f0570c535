"""Files in the web chat: stored before they are acknowledged, told by their bytes, seen by their visitor."""

import re
import uuid
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
import time_machine
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from apps.channels.connectors import webchat
from apps.channels.contract import Incoming, Limits, MediaKind, OutgoingFile
from apps.channels.delivery import queue_delivery
from apps.channels.models import Channel, ChatLine, ChatVisitor, InboundEvent
from apps.channels.reading import read_event
from apps.core.audio import probe
from apps.core.errors import Rejected
from apps.core.files.storing import store
from apps.integrations.opening import open_connection
from config.storage import backend
from tests.channels.outbox import make_tenant, make_webchat, work
from tests.sounds import sound

pytestmark = pytest.mark.django_db

JPEG = b"\xff\xd8\xff\xe0" + bytes(100)
WEBM = b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x84webm" + bytes(100)
MP4 = b"\x00\x00\x00\x1cftypiso5" + bytes(100)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(1)</script>"


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    settings.STORAGES = {**settings.STORAGES, "default": backend("", tmp_path)}


@pytest.fixture
def channel() -> Channel:
    return make_webchat()


class Browser:
    def __init__(self, channel: Channel) -> None:
        self.path, self.token, self.client = f"/chat/{channel.public_id}", "", Client()

    def headers(self) -> dict[str, str]:
        return {"X-Chat-Token": self.token} if self.token else {}

    def send(
        self, content: bytes = JPEG, name: str = "экран.jpg", named: str = "image/jpeg", **fields: str
    ) -> Any:
        values = {"key": str(uuid.uuid4()), **fields, "file": SimpleUploadedFile(name, content, named)}
        response = self.client.post(f"{self.path}/messages", values, headers=self.headers())
        self.token = self.token or response.json().get("token", "")
        return response

    def file(self) -> dict[str, Any]:
        lines = self.client.get(f"{self.path}/messages", headers=self.headers()).json()["lines"]
        found: dict[str, Any] = lines[-1]["file"]
        return found


@pytest.fixture
def browser(channel: Channel) -> Browser:
    return Browser(channel)


def stored_files() -> int:
    return len([path for path in default_storage.base_location.rglob("*") if path.is_file()])  # type: ignore[attr-defined]


def code(response: Any) -> tuple[int, str]:
    assert response.json()["error"]["message"]
    return response.status_code, response.json()["error"]["code"]


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content)


def lying(path: str) -> bytes:
    with default_storage.open(path) as content:
        return bytes(content.read())


def test_a_picture_is_stored_with_its_line_and_event_before_it_is_acknowledged(browser):
    response = browser.send(text="Вот экран", origin='{"page": "https://example.com/a"}')

    line = ChatLine.objects.get()
    assert response.json()["line"]["file"]["shown"] == "image"
    assert (line.text, line.file["kind"], line.file["name"]) == ("Вот экран", "image", "экран.jpg")
    assert lying(line.file["path"]) == JPEG
    (item,) = read_event(InboundEvent.objects.get())[1]
    assert isinstance(item, Incoming)
    (media,) = item.media
    assert (item.text, item.note) == ("Вот экран", "[https://example.com/a]")
    assert (media.kind, media.name, media.size) == (MediaKind.IMAGE, "экран.jpg", len(JPEG))
    assert line.file["path"] not in bytes(InboundEvent.objects.get().body).decode()


def test_a_file_needs_no_words(browser):
    assert browser.send(b"%PDF-1.7", "смета.pdf", "application/pdf").status_code == 200
    assert ChatLine.objects.get().text == ""


def test_killed_between_the_file_and_its_event_there_is_no_message_and_again_there_is_one(
    browser, monkeypatch
):
    def down(**_: Any) -> int:
        raise OperationalError("server closed the connection")

    key = str(uuid.uuid4())
    with monkeypatch.context() as patch:
        patch.setattr("apps.channels.chat.lines.store_event", down)
        assert code(browser.send(key=key)) == (503, "unavailable")
    assert (ChatLine.objects.count(), InboundEvent.objects.count(), stored_files()) == (0, 0, 1)

    assert browser.send(key=key).status_code == 200
    assert (ChatLine.objects.count(), InboundEvent.objects.count()) == (1, 1)


def test_a_file_whose_answer_was_lost_is_sent_again_and_neither_stored_nor_counted_twice(browser):
    key = str(uuid.uuid4())
    first = browser.send(key=key)
    browser.token = ""
    second = browser.send(key=key)

    assert first.json() == second.json()
    assert (ChatLine.objects.count(), ChatVisitor.objects.count(), stored_files()) == (1, 1, 1)
    assert InboundEvent.objects.get().deliveries == 1


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", (400, "empty_file")),
        (b"MZ\x90\x00" + bytes(60), (400, "program")),
        (b"\x7fELF" + bytes(60), (400, "program")),
        (b"#!/bin/sh\n", (400, "program")),
    ],
)
@pytest.mark.parametrize("language", ["ru", "en"])
def test_what_is_refused_says_why_and_nothing_is_kept(channel, browser, content, expected, language):
    type(channel.tenant).objects.update(language=language)

    refused = browser.send(content, "фото.jpg")

    assert code(refused) == expected
    assert bool(re.search("[а-я]", refused.json()["error"]["message"])) == (language == "ru")
    assert (stored_files(), ChatLine.objects.count(), InboundEvent.objects.count()) == (0, 0, 0)


def test_a_file_over_the_limit_is_refused(browser, monkeypatch):
    monkeypatch.setattr("apps.channels.chat.files.LIMITS", Limits(file_bytes=1024 * 1024))

    assert code(browser.send(JPEG + bytes(1024 * 1024))) == (413, "file_too_large")
    assert code(browser.send(JPEG + bytes(2 * 1024 * 1024))) == (413, "file_too_large")
    assert stored_files() == 0


@pytest.mark.parametrize(
    ("broken", "kind"),
    [
        (b"", "multipart/form-data; boundary=x"),
        (b"--x\r\nnonsense", "multipart/form-data; boundary=x"),
        (b"--x--", "multipart/form-data"),
    ],
)
def test_a_broken_form_is_told_so(browser, broken, kind):
    response = browser.client.post(f"{browser.path}/messages", broken, content_type=kind)

    assert response.status_code == 400
    assert response.json()["error"]["message"]


def test_a_flood_of_files_is_slowed_down_and_what_is_refused_is_not_stored(browser, monkeypatch):
    monkeypatch.setattr("apps.channels.chat.limits.SENDING", (0.1, 2))
    browser.send()
    answers = [browser.send() for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 429, 429]
    assert int(answers[-1].headers["Retry-After"]) >= 1
    assert stored_files() == ChatLine.objects.count() == 3


def test_a_storage_that_is_away_is_told_and_the_page_tries_again(browser, settings, tmp_path):
    away = backend("s3+http://key:secret@127.0.0.1:1/bucket", tmp_path)
    settings.STORAGES = {**settings.STORAGES, "default": away}

    assert code(browser.send()) == (503, "storage")
    assert InboundEvent.objects.count() == 0


@pytest.mark.parametrize(
    ("content", "named", "kept"),
    [
        (WEBM, "audio/webm;codecs=opus", "audio/webm"),
        (MP4, "audio/mp4", "audio/mp4"),
        (b"OggS" + bytes(60), "audio/ogg", "audio/ogg"),
    ],
)
def test_a_recording_is_a_voice_message_whatever_the_browser_records(browser, content, named, kept):
    browser.send(content, "voice", named, voice="1", seconds="7")

    (item,) = read_event(InboundEvent.objects.get())[1]
    assert isinstance(item, Incoming)
    (media,) = item.media
    assert (media.kind, media.content_type, media.seconds) == (MediaKind.VOICE, kept, 7)


@pytest.mark.parametrize("content", [JPEG, HTML])
def test_what_is_no_sound_is_no_voice_message(browser, content):
    assert code(browser.send(content, "voice.webm", "audio/webm", voice="1")) == (400, "not_sound")


@pytest.mark.parametrize("seconds", ["", "-1", "x", "9" * 40, "١"])
def test_a_strange_length_is_none(browser, seconds):
    browser.send(WEBM, "voice.webm", "audio/webm", voice="1", seconds=seconds)

    assert ChatLine.objects.get().file["seconds"] is None


def test_the_connector_hands_the_file_to_whoever_reads_the_message(channel, browser):
    browser.send()
    (item,) = read_event(InboundEvent.objects.get())[1]
    assert isinstance(item, Incoming)
    to = BytesIO()

    named = webchat.fetch(open_connection(channel.connection), item.media[0], to)

    assert (to.getvalue(), named) == (JPEG, "image/jpeg")


def test_a_file_of_another_chat_is_not_handed_out_by_the_connector(browser):
    browser.send()
    (item,) = read_event(InboundEvent.objects.get())[1]
    assert isinstance(item, Incoming)
    other = open_connection(make_webchat(tenant=make_tenant()).connection)

    with pytest.raises(Rejected):
        webchat.fetch(other, item.media[0], BytesIO())


def test_a_picture_is_shown_to_its_visitor_and_kept_by_their_browser(browser):
    browser.send()
    address = browser.file()["url"]
    response = browser.client.get(address)

    assert body(response) == JPEG
    assert response.headers["Content-Type"] == "image/jpeg"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response.headers["Content-Disposition"].startswith("inline")
    assert browser.file()["url"] == address


@pytest.mark.parametrize(
    ("content", "name", "named"),
    [
        (SVG, "a.svg", "image/svg+xml"),
        (HTML, "a.html", "text/html"),
        (HTML, "a.jpg", "image/jpeg"),
        (SVG, "a.png", "image/png"),
    ],
)
def test_markup_is_never_shown_whatever_it_calls_itself(browser, content, name, named):
    browser.send(content, name, named)
    file = browser.file()
    response = browser.client.get(file["url"])

    assert (file["shown"], file["kind"]) == ("", "document")
    assert body(response) == content
    assert response.headers["Content-Type"] == "application/octet-stream"
    assert response.headers["Content-Disposition"].startswith("attachment")


def test_a_player_gets_the_part_it_asks_for(browser):
    browser.send(WEBM, "voice.webm", "audio/webm", voice="1", seconds="3")
    response = browser.client.get(browser.file()["url"], headers={"Range": "bytes=4-9"})

    assert (response.status_code, response.content) == (206, WEBM[4:10])
    assert response.headers["Content-Range"] == f"bytes 4-9/{len(WEBM)}"


def test_nobody_else_gets_at_it(channel, browser):
    browser.send()
    address = browser.file()["url"]
    plain, _question, seal = address.partition("?pass=")
    other = Browser(channel)
    other.send()
    until, _dot, digest = seal.partition(".")

    for forged in (
        plain,
        f"{plain}?pass=",
        f"{plain}?pass={until}.{'0' * 40}",
        f"{plain}?pass={int(until) + 1}.{digest}",
        f"{plain}?pass=x.y",
        f"{plain}?pass={other.file()['url'].partition('pass=')[2]}",
        other.file()["url"].partition("?")[0] + f"?pass={seal}",
        address.replace(channel.public_id, make_webchat(tenant=make_tenant()).public_id),
    ):
        assert browser.client.get(forged).status_code == 404, forged


def test_an_address_is_good_for_a_day_at_most(browser):
    browser.send()
    address = browser.file()["url"]

    with time_machine.travel(timezone.now() + timedelta(hours=24, minutes=1), tick=False):
        assert browser.client.get(address).status_code == 404
        assert body(browser.client.get(browser.file()["url"])) == JPEG


@pytest.mark.parametrize("odd", ["9" * 30, "0", "..%2f..%2fetc%2fpasswd", "1/../../x", "-1", "%00"])
def test_a_path_in_place_of_a_file_is_404(browser, odd):
    browser.send()

    assert browser.client.get(f"{browser.path}/files/{odd}?pass=1.2").status_code == 404


@pytest.mark.parametrize(
    "name", ["../../../etc/passwd", "..\\..\\x.jpg", "/etc/passwd", "a\x00b.jpg", "." * 300]
)
def test_a_name_leads_nowhere(browser, name):
    assert browser.send(name=name).status_code in (200, 400)
    for line in ChatLine.objects.all():
        assert re.fullmatch(r"tenants/\d+/chat/\d+/[0-9a-f]{32}(\.[^/\\]{0,11})?", line.file["path"])


def test_a_file_that_is_gone_is_404(browser):
    browser.send()
    default_storage.delete(ChatLine.objects.get().file["path"])

    assert browser.client.get(browser.file()["url"]).status_code == 404


def answer_with(channel: Channel, content: bytes, kind: MediaKind, content_type: str) -> OutgoingFile:
    path = store(f"tenants/{channel.tenant_id}/sent/{uuid.uuid4().hex}", BytesIO(content))
    file = OutgoingFile(kind=kind, name="ответ", content_type=content_type, size=len(content), path=path)
    visitor = ChatVisitor.objects.get()
    delivery = queue_delivery(
        channel=channel,
        external_chat_id=visitor.external_id,
        external_user_id=visitor.external_id,
        text="",
        file=file,
    )
    assert work(delivery).reached == "sent"
    return file


def test_an_answer_with_a_file_reaches_the_page_and_is_stored_once(channel, browser):
    browser.send()
    answer_with(channel, JPEG, MediaKind.IMAGE, "image/jpeg")
    file = browser.file()

    assert (file["kind"], file["shown"]) == ("image", "image")
    assert body(browser.client.get(file["url"])) == JPEG
    assert stored_files() == 2


def test_a_recording_becomes_one_that_every_browser_plays(channel, browser):
    browser.send()
    answer_with(channel, sound("webm"), MediaKind.VOICE, "audio/webm")
    file = browser.file()

    assert (file["kind"], file["shown"], file["type"]) == ("voice", "audio", "audio/mp4")
    assert probe(BytesIO(body(browser.client.get(file["url"])))).codec == "aac"
