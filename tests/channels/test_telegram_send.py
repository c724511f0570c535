"""Messages to Telegram, and what its refusals mean."""

import io
import logging
import traceback
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from apps.channels.connectors import telegram
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
from tests.channels.bots import make_bot, opened
from tests.peers.server import Reply
from tests.peers.telegram import TOKEN, TelegramPeer

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _loopback(settings, tmp_path):
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def peer():
    with TelegramPeer() as peer:
        yield peer


@pytest.fixture
def bot(peer):
    return opened(make_bot(base_url=peer.url))


def say(text="Здравствуйте", **fields) -> Outgoing:
    return Outgoing(key="k", external_chat_id="700000001", external_user_id="700000001", text=text, **fields)


def upload(kind, name, content_type, content=b"content") -> OutgoingFile:
    path = default_storage.save(name, ContentFile(content))
    return OutgoingFile(kind=kind, name=name, content_type=content_type, size=len(content), path=path)


def test_a_text_goes_out_as_the_customers_example_has_it(peer, bot):
    sent = telegram.send(bot, say("Замена батареи стоит 3500 рублей."))

    assert peer.sent == [
        {"chat_id": 700000001, "text": "Замена батареи стоит 3500 рублей.", "parse_mode": "Markdown"}
    ]
    assert (sent.external_message_id, sent.note) == ("5001", "")


def test_a_reply_names_the_message_and_goes_even_if_that_one_is_gone(peer, bot):
    telegram.send(bot, say(reply_to="1234"))
    assert peer.sent[0]["reply_parameters"] == {"message_id": 1234, "allow_sending_without_reply": True}


def test_formatting_that_telegram_cannot_read_goes_as_plain_text_once(peer, bot):
    peer.refuse_markup()
    sent = telegram.send(bot, say("snake_case и цена*"))

    assert peer.sent == [{"chat_id": 700000001, "text": "snake_case и цена*"}]
    assert sent.external_message_id == "5001"
    assert sent.note


def test_a_chat_that_moved_gets_the_message_at_its_new_id(peer, bot):
    peer.fail(
        "sendMessage",
        400,
        "Bad Request: group chat was upgraded to a supergroup chat",
        migrate_to_chat_id=-1001234567890,
    )
    sent = telegram.send(bot, say())

    assert [values["chat_id"] for values in peer.sent] == [-1001234567890]
    assert "-1001234567890" in sent.note


@pytest.mark.parametrize(
    ("status", "description", "raised", "code"),
    [
        (403, "Forbidden: bot was blocked by the user", Rejected, "recipient_gone"),
        (403, "Forbidden: user is deactivated", Rejected, "recipient_gone"),
        (403, "Forbidden: bot can't initiate conversation with a user", Rejected, "recipient_gone"),
        (400, "Bad Request: chat not found", Rejected, "recipient_gone"),
        (403, "Forbidden: something new", Rejected, "forbidden"),
        (400, "Bad Request: message is too long", Rejected, "too_long"),
        (400, "Bad Request: something new", Rejected, "bad_request"),
        (401, "Unauthorized", AuthFailed, "auth_failed"),
        (404, "Not Found", AuthFailed, "auth_failed"),
        (409, "Conflict: terminated by other getUpdates request", ConfigInvalid, "two_consumers"),
        (500, "Internal Server Error", OutcomeUnknown, "http_500"),
        (503, "Service Unavailable", Transient, "http_503"),
    ],
)
def test_a_refusal_means_what_telegram_means_by_it(peer, bot, status, description, raised, code):
    peer.fail("sendMessage", status, description)
    with pytest.raises(raised) as caught:
        telegram.send(bot, say())

    assert caught.value.code == code
    assert peer.sent == []


def test_a_flood_limit_says_when_to_come_back(peer, bot):
    peer.fail("sendMessage", 429, "Too Many Requests: retry after 17", retry_after=17)
    with pytest.raises(RateLimited) as caught:
        telegram.send(bot, say())
    assert caught.value.after == timedelta(seconds=17)


@pytest.mark.parametrize("value", ["17", None, -4, 0, 10**12, True])
def test_a_strange_pause_is_kept_within_reason(peer, bot, value):
    peer.fail("sendMessage", 429, "Too Many Requests", retry_after=value)
    with pytest.raises(RateLimited) as caught:
        telegram.send(bot, say())
    assert timedelta(seconds=1) <= caught.value.after <= timedelta(days=1)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(hang=True),
        Reply(close=True),
        Reply(body="<html>welcome</html>"),
        Reply(json={"hello": 1}),
        Reply(json={"ok": True, "result": {}}),
        Reply(status=502, body="bad gateway"),
    ],
)
def test_when_no_readable_answer_came_nobody_knows_whether_it_was_sent(peer, bot, reply, monkeypatch):
    monkeypatch.setattr("apps.channels.connectors.telegram.client.TIMEOUT", (1.0, 0.3))
    peer.next("sendMessage", reply)
    with pytest.raises(OutcomeUnknown):
        telegram.send(bot, say())


def test_a_server_that_is_not_there_leaves_the_message_for_later():
    bot = opened(make_bot(base_url="http://127.0.0.1:9"))
    with pytest.raises(Transient):
        telegram.send(bot, say())


def test_what_cannot_be_sent_is_not_even_tried(peer, bot):
    chat = Outgoing(key="k", external_chat_id="@someone", external_user_id="", text="a")
    long = say("б" * 1025, file=upload(MediaKind.IMAGE, "a.jpg", "image/jpeg"))
    for message in (chat, say("  "), long):
        with pytest.raises(Rejected):
            telegram.send(bot, message)
    assert peer.requests == []


@pytest.mark.parametrize(
    ("kind", "name", "content_type", "field"),
    [
        (MediaKind.IMAGE, "screen.jpg", "image/jpeg", "photo"),
        (MediaKind.IMAGE, "drawing.svg", "image/svg+xml", "document"),
        (MediaKind.VOICE, "voice.ogg", "audio/ogg", "voice"),
        (MediaKind.VOICE, "voice.wav", "audio/wav", "document"),
        (MediaKind.AUDIO, "sound.mp3", "audio/mpeg", "audio"),
        (MediaKind.VIDEO, "film.mp4", "video/mp4", "video"),
        (MediaKind.DOCUMENT, "Чек.pdf", "application/pdf", "document"),
    ],
)
def test_a_file_is_uploaded_as_what_telegram_takes_it_for(peer, bot, kind, name, content_type, field):
    telegram.send(bot, say("Ваш чек", file=upload(kind, name, content_type, b"bytes"), reply_to="7"))

    (values,) = peer.sent
    assert (values[field].content, values[field].content_type) == (b"bytes", content_type)
    assert values["caption"] == "Ваш чек"
    assert values["reply_parameters"]["message_id"] == 7


def test_a_caption_with_broken_formatting_goes_as_plain_text_with_the_whole_file(peer, bot):
    peer.refuse_markup()
    telegram.send(
        bot, say("snake_case", file=upload(MediaKind.DOCUMENT, "a.pdf", "application/pdf", b"bytes"))
    )

    assert [values["document"].content for values in peer.sent] == [b"bytes"]
    assert "parse_mode" not in peer.sent[0]


def test_a_file_that_left_the_storage_is_a_plain_refusal(bot):
    file = OutgoingFile(kind=MediaKind.DOCUMENT, name="a", content_type="text/plain", size=1, path="gone.txt")
    with pytest.raises(Rejected) as caught:
        telegram.send(bot, say(file=file))
    assert caught.value.code == "file_gone"


def voice(**fields) -> Media:
    return Media(kind=MediaKind.VOICE, ref="file_1.oga", content_type="audio/ogg", **fields)


def test_a_voice_message_is_fetched_whole(peer, bot):
    peer.files["voice/file_1.oga"] = b"OggS" * 1000
    to = io.BytesIO()

    assert telegram.fetch(bot, voice(), to) == "audio/ogg"
    assert to.getvalue() == b"OggS" * 1000


def test_a_file_over_20_mb_is_not_asked_for(peer, bot):
    with pytest.raises(Rejected) as caught:
        telegram.fetch(bot, voice(size=20 * 1024 * 1024 + 1), io.BytesIO())
    assert caught.value.code == "too_large"
    assert peer.requests == []


def test_a_file_that_is_larger_than_announced_is_refused_in_plain_words(peer, bot):
    peer.fail("getFile", 400, "Bad Request: file is too big")
    with pytest.raises(Rejected) as caught:
        telegram.fetch(bot, voice(), io.BytesIO())
    assert caught.value.code == "too_large"


def test_a_file_that_telegram_lost_is_a_plain_refusal(bot):
    with pytest.raises(Rejected) as caught:
        telegram.fetch(bot, voice(), io.BytesIO())
    assert caught.value.code == "file_gone"


@pytest.mark.parametrize("path", ["/var/lib/telegram/file.oga", "../../bot1:other/getMe", "a/../../b"])
def test_a_path_that_leads_elsewhere_is_not_followed(peer, bot, path):
    peer.next("getFile", Reply(json={"ok": True, "result": {"file_id": "file_1.oga", "file_path": path}}))
    with pytest.raises(Rejected):
        telegram.fetch(bot, voice(), io.BytesIO())
    assert len(peer.requests) == 1


def test_the_token_is_in_no_exception_and_no_log(peer, bot, caplog):
    caplog.set_level(logging.DEBUG)
    for fail in (
        lambda: peer.fail("sendMessage", 400, f"Bad Request: https://api.telegram.org/bot{TOKEN}/ is odd"),
        lambda: peer.fail("sendMessage", 401, "Unauthorized"),
        lambda: peer.next("sendMessage", Reply(close=True)),
    ):
        fail()
        with pytest.raises(OutsideError) as caught:
            telegram.send(bot, say())
        assert TOKEN not in "".join(traceback.format_exception(caught.value))
    assert TOKEN not in caplog.text
    assert ActionLog.objects.count() == 3
    assert not [log for log in ActionLog.objects.all() if "made_up" in log.path]
