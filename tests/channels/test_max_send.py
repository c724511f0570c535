"""Messages to MAX, what its refusals mean, and files from it."""

import logging
import traceback
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from apps.channels.connectors import max as max_bots
from apps.channels.contract import MediaKind, Outgoing, OutgoingFile
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
