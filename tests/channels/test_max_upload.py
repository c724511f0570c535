"""Files to MAX: uploaded ahead of the message that names them."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from apps.channels.connectors import max as max_bots
from apps.channels.contract import MediaKind, Outgoing, OutgoingFile, Sent, StillProcessing
from apps.core.errors import ConfigInvalid, Rejected, Scope, Transient
from tests.channels.max_bots import CHAT, make_bot, opened
from tests.peers.max import MaxPeer
from tests.peers.server import Reply

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _loopback(settings, tmp_path):
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def peer() -> Iterator[MaxPeer]:
    with MaxPeer() as peer:
        yield peer


@pytest.fixture
def bot(peer):
    return opened(make_bot(base_url=peer.url))


def say(text="Здравствуйте", **fields) -> Outgoing:
    given = {"external_chat_id": CHAT, "external_user_id": "700000001"} | fields
    return Outgoing(key="k", text=text, **given)


def file_of(kind, name, content_type, content=b"content") -> OutgoingFile:
    path = default_storage.save(name, ContentFile(content))
    return OutgoingFile(kind=kind, name=name, content_type=content_type, size=len(content), path=path)


def photo() -> OutgoingFile:
    return file_of(MediaKind.IMAGE, "a.jpg", "image/jpeg")


def send(bot, message: Outgoing) -> Sent:
    return max_bots.send(bot, replace(message, upload=max_bots.upload(bot, message)))


@pytest.mark.parametrize(
    ("kind", "name", "content_type", "sent_as"),
    [
        (MediaKind.IMAGE, "screen.jpg", "image/jpeg", "image"),
        (MediaKind.IMAGE, "drawing.svg", "image/svg+xml", "file"),
        (MediaKind.VOICE, "voice.ogg", "audio/ogg", "audio"),
        (MediaKind.AUDIO, "sound.mp3", "audio/mpeg", "audio"),
        (MediaKind.AUDIO, "sound.mid", "audio/midi", "file"),
        (MediaKind.VIDEO, "film.mp4", "video/mp4", "video"),
        (MediaKind.VIDEO, "film.avi", "video/x-msvideo", "file"),
        (MediaKind.DOCUMENT, "Чек.pdf", "application/pdf", "file"),
        (MediaKind.DOCUMENT, "screen.jpg", "image/jpeg", "file"),
    ],
)
def test_a_file_is_uploaded_as_what_max_takes_it_for(peer, bot, kind, name, content_type, sent_as):
    file = file_of(kind, name, content_type, b"bytes")
    send(bot, say("Ваш чек", file=file, reply_to=f"mid.{7:032x}"))

    (made,) = peer.sent
    assert made["attachments"] == [{"type": sent_as, "payload": {"token": "token+/1="}}]
    assert (made["file"].content, made["file"].content_type) == (b"bytes", content_type)
    assert (made["text"], made["link"]["mid"]) == ("Ваш чек", f"mid.{7:032x}")


def test_a_file_goes_without_a_text_or_with_a_long_one(peer, bot):
    send(bot, say("", file=photo()))
    send(bot, say("б" * 4000, file=photo()))

    assert "text" not in peer.sent[0]
    assert len(peer.sent[1]["text"]) == 4000
    assert max_bots.LIMITS.caption == 4000


def test_a_file_that_max_still_processes_made_no_message(peer, bot):
    peer.processing = 1
    with pytest.raises(StillProcessing) as caught:
        send(bot, say(file=photo()))

    assert caught.value.scope is Scope.DIALOGUE
    assert peer.sent == []


def test_what_would_be_refused_anyway_is_not_uploaded(peer, bot):
    for message in (say(file=photo(), external_chat_id="@someone"), say("б" * 4001, file=photo())):
        with pytest.raises(Rejected):
            max_bots.upload(bot, message)
    assert peer.requests == []


@pytest.mark.parametrize(
    ("reply", "raised", "code"),
    [
        (Reply(status=400, body="File extension is forbidden"), Rejected, "upload_refused"),
        (Reply(status=401, body="no"), Rejected, "upload_refused"),
        (Reply(status=403, body="no"), Rejected, "upload_refused"),
        (Reply(status=413, body="no"), Rejected, "too_large"),
        (Reply(json={"photos": {}}), Rejected, "upload_refused"),
        (Reply(body="odd"), Rejected, "upload_refused"),
        (Reply(status=500, body="no"), Transient, "http_500"),
        (Reply(close=True), Transient, "connection_broken"),
    ],
)
def test_an_upload_that_failed_sent_no_message_and_says_nothing_of_the_token(peer, bot, reply, raised, code):
    peer.next("upload", reply)
    with pytest.raises(raised) as caught:
        send(bot, say(file=photo()))
    assert caught.value.code == code
    assert peer.to("POST /messages") == []


@pytest.mark.parametrize("ticket", [{}, {"url": 5}, {"url": "file:///etc/passwd"}, {"url": "upload/1"}, []])
def test_an_upload_goes_nowhere_without_an_address(peer, bot, ticket):
    peer.next("uploads", Reply(json=ticket))
    with pytest.raises(ConfigInvalid):
        send(bot, say(file=photo()))


def test_an_upload_to_an_address_inside_is_refused(peer, bot):
    peer.next("uploads", Reply(json={"url": "http://169.254.169.254/latest"}))
    with pytest.raises(Rejected) as caught:
        send(bot, say(file=photo()))
    assert caught.value.code == "address_blocked"


def test_a_file_that_left_the_storage_is_a_plain_refusal(bot):
    file = OutgoingFile(kind=MediaKind.DOCUMENT, name="a", content_type="text/plain", size=1, path="gone.txt")
    with pytest.raises(Rejected) as caught:
        send(bot, say(file=file))
    assert caught.value.code == "file_gone"
