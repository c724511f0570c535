"""Messages to MAX, what its refusals mean, and files from it."""

import io
import logging
import traceback
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from apps.channels.connectors import max as max_bots
from apps.channels.contract import Media, MediaKind, Outgoing, OutgoingFile
from apps.core.errors import (
    AuthFailed,
    ConfigInvalid,
    OutcomeUnknown,
    OutsideError,
    RateLimited,
    Rejected,
    Transient,
)
from apps.integrations.models import ActionLog
from tests.channels.max_bots import make_bot, opened
from tests.peers.max import TOKEN, MaxPeer
from tests.peers.server import Reply

pytestmark = pytest.mark.django_db

MODULE = "apps.channels.connectors.max"


@pytest.fixture(autouse=True)
def _loopback(settings, tmp_path):
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def waited(monkeypatch) -> list[float]:
    """The pauses that would have been made."""
    pauses: list[float] = []
    monkeypatch.setattr(f"{MODULE}.outbound._wait", pauses.append)
    return pauses


@pytest.fixture
def peer() -> Iterator[MaxPeer]:
    with MaxPeer() as peer:
        yield peer


@pytest.fixture
def bot(peer):
    return opened(make_bot(base_url=peer.url))


def say(text="Здравствуйте", **fields) -> Outgoing:
    given = {"external_chat_id": "512345678", "external_user_id": "700000001"} | fields
    return Outgoing(key="k", text=text, **given)


def upload(kind, name, content_type, content=b"content") -> OutgoingFile:
    path = default_storage.save(name, ContentFile(content))
    return OutgoingFile(kind=kind, name=name, content_type=content_type, size=len(content), path=path)


def photo() -> OutgoingFile:
    return upload(MediaKind.IMAGE, "a.jpg", "image/jpeg")


# --- texts


def test_a_text_goes_to_the_chat_as_it_is(peer, bot):
    sent = max_bots.send(bot, say("Замена *батареи* стоит 3500 рублей."))

    assert peer.sent == [{"chat_id": 512345678, "text": "Замена *батареи* стоит 3500 рублей."}]
    assert sent.external_message_id == f"mid.{1:032x}"


@pytest.mark.parametrize("name", ["markdown", "html"])
def test_formatting_is_named_where_it_is_set(peer, name):
    max_bots.send(opened(make_bot(base_url=peer.url, format=name)), say())
    assert peer.sent[0]["format"] == name


def test_without_a_chat_it_goes_to_the_client(peer, bot):
    max_bots.send(bot, say(external_chat_id=""))
    assert peer.sent[0]["user_id"] == 700000001


def test_a_reply_names_the_message(peer, bot):
    max_bots.send(bot, say(reply_to=f"mid.{5:032x}"))
    assert peer.sent[0]["link"] == {"type": "reply", "mid": f"mid.{5:032x}"}


@pytest.mark.parametrize("pressed", ["callback:1763700119123:f9LH", "started:1763700000123:512345678"])
def test_what_is_no_message_there_cannot_be_replied_to(peer, bot, pressed):
    max_bots.send(bot, say(reply_to=pressed))
    assert "link" not in peer.sent[0]


def test_what_cannot_be_sent_is_not_even_tried(peer, bot):
    for message in (
        say(external_chat_id="@someone"),
        say("  "),
        say("б" * 4001),
        say("б" * 4001, file=photo()),
    ):
        with pytest.raises(Rejected):
            max_bots.send(bot, message)
    assert peer.requests == []


@pytest.mark.parametrize(
    ("status", "code", "words", "raised", "ours"),
    [
        (403, "chat.denied", "Key: error.dialog.suspended, args: [5,].", Rejected, "recipient_gone"),
        (403, "error.dialog.suspended", "", Rejected, "recipient_gone"),
        (404, "chat.not.found", "Chat 5 not found", Rejected, "recipient_gone"),
        (404, "not.found", "Key: error.dialog.notfound", Rejected, "recipient_gone"),
        (403, "access.denied", "something new", Rejected, "forbidden"),
        (404, "not.found", "something new", Rejected, "not_found"),
        (400, "proto.payload", "something new", Rejected, "bad_request"),
        (413, "too.large", "", Rejected, "too_large"),
        (401, "verify.token", "Invalid access_token", AuthFailed, "auth_failed"),
        (400, "verify.token", "Invalid access_token", AuthFailed, "auth_failed"),
        (405, "not.allowed", "", ConfigInvalid, "not_max"),
        (500, "internal", "", OutcomeUnknown, "http_500"),
        (503, "service.unavailable", "", Transient, "http_503"),
    ],
)
def test_a_refusal_means_what_max_means_by_it(peer, bot, status, code, words, raised, ours):
    peer.fail("messages", status, code, words)
    with pytest.raises(raised) as caught:
        max_bots.send(bot, say())

    assert caught.value.code == ours
    assert peer.sent == []
    assert "args" not in str(caught.value)


@pytest.mark.parametrize(("headers", "seconds"), [({"Retry-After": "17"}, 17), ({}, 5)])
def test_a_limit_says_when_to_come_back(peer, bot, headers, seconds):
    body = {"code": "too.many.requests", "message": ""}
    peer.next("messages", Reply(status=429, json=body, headers=headers))
    with pytest.raises(RateLimited) as caught:
        max_bots.send(bot, say())
    assert caught.value.after == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(hang=True),
        Reply(close=True),
        Reply(body="<html>welcome</html>"),
        Reply(json={"success": True}),
        Reply(json={"message": {"body": {}}}),
        Reply(json={"message": "odd"}),
        Reply(status=502, body="bad gateway"),
    ],
)
def test_when_no_readable_answer_came_nobody_knows_whether_it_was_sent(peer, bot, reply, monkeypatch):
    monkeypatch.setattr(f"{MODULE}.client.TIMEOUT", (1.0, 0.3))
    peer.next("messages", reply)
    with pytest.raises(OutcomeUnknown):
        max_bots.send(bot, say())


def test_a_server_that_is_not_there_leaves_the_message_for_later():
    with pytest.raises(Transient):
        max_bots.send(opened(make_bot(base_url="http://127.0.0.1:9")), say())


# --- files


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
    file = upload(kind, name, content_type, b"bytes")
    max_bots.send(bot, say("Ваш чек", file=file, reply_to=f"mid.{7:032x}"))

    (made,) = peer.sent
    assert made["attachments"] == [{"type": sent_as, "payload": {"token": "token+/1="}}]
    assert (made["file"].content, made["file"].content_type) == (b"bytes", content_type)
    assert (made["text"], made["link"]["mid"]) == ("Ваш чек", f"mid.{7:032x}")


def test_a_file_goes_without_a_text_or_with_a_long_one(peer, bot):
    max_bots.send(bot, say("", file=photo()))
    max_bots.send(bot, say("б" * 4000, file=photo()))

    assert "text" not in peer.sent[0]
    assert len(peer.sent[1]["text"]) == 4000
    assert max_bots.LIMITS.caption == 4000


def test_while_max_processes_the_file_the_same_upload_is_offered_again(peer, bot, waited):
    peer.processing = 3
    max_bots.send(bot, say(file=photo()))

    assert waited == [1.0, 2.0, 4.0]
    assert len(peer.sent) == 1
    assert len(peer.to("POST /uploads")) == 1


def test_a_file_that_is_never_ready_is_left_for_later_and_nothing_is_sent(peer, bot, waited):
    peer.processing = 100
    with pytest.raises(Transient) as caught:
        max_bots.send(bot, say(file=photo()))

    assert (caught.value.code, caught.value.after) == ("attachment_not_ready", timedelta(seconds=30))
    assert sum(waited) < 45
    assert peer.sent == []


def test_waiting_ends_in_time_however_slow_max_answers(peer, bot, waited, monkeypatch):
    clock = iter(range(0, 10_000, 30))
    monkeypatch.setattr(f"{MODULE}.outbound.time.monotonic", lambda: float(next(clock)))
    peer.processing = 100
    with pytest.raises(Transient):
        max_bots.send(bot, say(file=photo()))
    assert len(waited) < 2


def test_a_lost_answer_after_a_wait_is_not_tried_again(peer, bot, waited):
    peer.fail("messages", 400, "attachment.not.ready")
    peer.next("messages", Reply(close=True))
    with pytest.raises(OutcomeUnknown):
        max_bots.send(bot, say(file=photo()))
    assert len(peer.to("POST /messages")) == 2


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
        max_bots.send(bot, say(file=photo()))
    assert caught.value.code == code
    assert peer.to("POST /messages") == []


@pytest.mark.parametrize("ticket", [{}, {"url": 5}, {"url": "file:///etc/passwd"}, {"url": "upload/1"}, []])
def test_an_upload_goes_nowhere_without_an_address(peer, bot, ticket):
    peer.next("uploads", Reply(json=ticket))
    with pytest.raises(ConfigInvalid):
        max_bots.send(bot, say(file=photo()))


def test_an_upload_to_an_address_inside_is_refused(peer, bot):
    peer.next("uploads", Reply(json={"url": "http://169.254.169.254/latest"}))
    with pytest.raises(Rejected) as caught:
        max_bots.send(bot, say(file=photo()))
    assert caught.value.code == "address_blocked"


def test_a_file_that_left_the_storage_is_a_plain_refusal(bot):
    file = OutgoingFile(kind=MediaKind.DOCUMENT, name="a", content_type="text/plain", size=1, path="gone.txt")
    with pytest.raises(Rejected) as caught:
        max_bots.send(bot, say(file=file))
    assert caught.value.code == "file_gone"


# --- files from MAX


def fetch(bot, ref, kind=MediaKind.VOICE, **fields) -> tuple[str, bytes]:
    to = io.BytesIO()
    return max_bots.fetch(bot, Media(kind=kind, ref=ref, **fields), to), to.getvalue()


def test_a_file_is_fetched_whole_with_the_type_its_server_names(peer, bot):
    url = peer.keep("/audio/1", b"ID3" * 1000, "audio/mpeg")
    assert fetch(bot, url) == ("audio/mpeg", b"ID3" * 1000)


def test_a_video_is_fetched_by_its_token_as_sharp_as_there_is(peer, bot):
    sharp, small = peer.keep("/v/720", b"sharp"), peer.keep("/v/240", b"small")
    peer.videos["video+token/1="] = {"mp4_240": small, "mp4_720": sharp, "hls": "https://x.example.com"}
    assert fetch(bot, "video:video+token/1=", MediaKind.VIDEO) == ("video/mp4", b"sharp")


def test_of_a_large_video_a_smaller_one_is_taken(peer, bot, monkeypatch):
    monkeypatch.setattr(f"{MODULE}.files.MAX_BYTES", 10)
    peer.videos["t"] = {"mp4_720": peer.keep("/v/720", b"x" * 11), "mp4_240": peer.keep("/v/240", b"small")}
    assert fetch(bot, "video:t", MediaKind.VIDEO) == ("video/mp4", b"small")
    del peer.videos["t"]["mp4_240"]
    with pytest.raises(Rejected) as caught:
        fetch(bot, "video:t", MediaKind.VIDEO)
    assert caught.value.code == "too_large"


def test_of_a_video_that_turned_out_too_large_nothing_stays_in_the_smaller_one(peer, bot, monkeypatch):
    monkeypatch.setattr(f"{MODULE}.files.MAX_BYTES", 150_000)
    endless = Reply(raw=b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b"x" * 400_000)
    peer.cdn.route("GET /v/720", lambda request: endless)
    peer.videos["t"] = {"mp4_720": f"{peer.cdn.url}/v/720", "mp4_240": peer.keep("/v/240", b"small")}
    assert fetch(bot, "video:t", MediaKind.VIDEO) == ("video/mp4", b"small")


def test_a_video_without_addresses_is_asked_for_again_later(peer, bot):
    peer.videos["t"] = {}
    with pytest.raises(Transient) as caught:
        fetch(bot, "video:t", MediaKind.VIDEO)
    assert caught.value.code == "video_not_ready"


@pytest.mark.parametrize("ref", ["video:unknown", "file:///etc/passwd", ""])
def test_what_max_has_not_is_a_plain_refusal(bot, ref):
    with pytest.raises(Rejected) as caught:
        fetch(bot, ref)
    assert caught.value.code == "file_gone"


def test_an_address_that_died_says_nothing_of_the_token(peer, bot):
    url = peer.keep("/audio/1", b"x").partition("?")[0]
    with pytest.raises(Rejected):
        fetch(bot, url)


def test_a_file_that_is_too_large_is_not_asked_for(peer, bot):
    with pytest.raises(Rejected) as caught:
        fetch(bot, "https://files.example.com/f", MediaKind.DOCUMENT, size=50 * 1024 * 1024 + 1)
    assert caught.value.code == "too_large"
    assert peer.requests == peer.cdn.requests == []


def test_an_address_inside_is_not_followed(settings, bot):
    with pytest.raises(Rejected) as caught:
        fetch(bot, "http://10.0.0.1/secret")
    assert caught.value.code == "address_blocked"


# --- what must not get out


def test_the_token_is_in_no_exception_and_no_log(peer, bot, caplog):
    caplog.set_level(logging.DEBUG)
    for fail in (
        lambda: peer.fail("messages", 400, "odd", f"{TOKEN} is odd"),
        lambda: peer.fail("messages", 401, "verify.token", TOKEN),
        lambda: peer.next("messages", Reply(close=True)),
    ):
        fail()
        with pytest.raises(OutsideError) as caught:
            max_bots.send(bot, say())
        assert TOKEN not in "".join(traceback.format_exception(caught.value))
    assert TOKEN not in caplog.text
    assert ActionLog.objects.count() == 3
    assert not [log for log in ActionLog.objects.all() if TOKEN in f"{log.path}{log.error_code}"]
