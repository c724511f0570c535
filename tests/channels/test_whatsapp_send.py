"""Messages to WhatsApp, and what Meta's refusals mean."""

import base64
import hashlib
import io
import logging
import traceback
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from apps.channels.connectors import whatsapp
from apps.channels.contract import Media, MediaKind, Outgoing, OutgoingFile
from apps.core.errors import (
    AuthFailed,
    ConfigInvalid,
    OutcomeUnknown,
    OutsideError,
    RateLimited,
    Rejected,
    Scope,
    Transient,
)
from apps.integrations.models import ActionLog
from tests.channels.whatsapp_numbers import make_number, opened
from tests.peers.server import Reply
from tests.peers.whatsapp import TOKEN, WhatsAppPeer

pytestmark = pytest.mark.django_db

KEY = str(uuid4())
IVAN = "79009876543"


@pytest.fixture(autouse=True)
def _loopback(settings, tmp_path):
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def peer():
    with WhatsAppPeer() as peer:
        yield peer


@pytest.fixture
def number(peer):
    return opened(make_number(base_url=peer.url))


def say(text="Здравствуйте", to=IVAN, **fields) -> Outgoing:
    return Outgoing(key=KEY, external_chat_id=to, external_user_id=to, text=text, **fields)


def stored(kind, name, content_type, content=b"content") -> OutgoingFile:
    path = default_storage.save(name, ContentFile(content))
    return OutgoingFile(kind=kind, name=name, content_type=content_type, size=len(content), path=path)


def test_a_text_goes_out_as_the_customers_example_has_it_with_our_key(peer, number):
    sent = whatsapp.send(number, say("Замена батареи стоит 3500 рублей."))

    assert peer.sent == [
        {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": IVAN,
            "type": "text",
            "text": {"preview_url": False, "body": "Замена батареи стоит 3500 рублей."},
            "biz_opaque_callback_data": KEY,
        }
    ]
    assert sent.external_message_id == "wamid.SENT1"


def test_the_version_of_the_settings_is_the_one_that_is_called():
    with WhatsAppPeer(version="v18.0") as peer:
        whatsapp.send(opened(make_number(base_url=peer.url, api_version="v18.0")), say())
        assert [request.path.split("/")[1] for request in peer.requests] == ["v18.0"]


def test_a_reply_names_the_message(peer, number):
    whatsapp.send(number, say(reply_to="wamid.FIRST"))
    assert peer.sent[0]["context"] == {"message_id": "wamid.FIRST"}


def test_a_client_without_a_number_is_written_to_by_metas_id(peer, number):
    whatsapp.send(number, say(to="RU.1349120865530274"))
    assert peer.sent[0]["recipient"] == "RU.1349120865530274"
    assert "to" not in peer.sent[0]


@pytest.mark.parametrize(
    ("kind", "name", "content_type", "sent_as", "text", "also"),
    [
        (MediaKind.IMAGE, "screen.jpg", "image/jpeg", "image", "Ваш экран", {"caption": "Ваш экран"}),
        (MediaKind.IMAGE, "a.svg", "image/svg+xml", "document", "", {"filename": "a.svg"}),
        (MediaKind.VIDEO, "film.mp4", "video/mp4", "video", "Тест", {"caption": "Тест"}),
        (MediaKind.VOICE, "voice.ogg", "audio/ogg", "audio", "", {"voice": True}),
        (MediaKind.VOICE, "voice.opus", "audio/opus", "audio", "", {"voice": True}),
        (MediaKind.VOICE, "voice.m4a", "audio/mp4", "audio", "", {}),
        (MediaKind.VOICE, "voice.wav", "audio/wav", "document", "", {"filename": "voice.wav"}),
        (MediaKind.AUDIO, "sound.mp3", "audio/mpeg", "audio", "", {}),
        (
            MediaKind.DOCUMENT,
            "Чек.pdf",
            "application/pdf",
            "document",
            "Чек",
            {"filename": "Чек.pdf", "caption": "Чек"},
        ),
    ],
)
def test_a_file_is_uploaded_first_and_sent_as_what_whatsapp_takes_it_for(
    peer, number, kind, name, content_type, sent_as, text, also
):
    whatsapp.send(number, say(text, file=stored(kind, name, content_type, b"bytes"), reply_to="wamid.A"))

    (values,) = peer.sent
    assert values["type"] == sent_as
    assert values[sent_as] == {"id": "9000", **also}
    assert values["context"] == {"message_id": "wamid.A"}
    assert peer.uploads["9000"].content == b"bytes"


def test_a_lost_answer_to_an_upload_is_asked_for_again_later(peer, number):
    peer.next("media", Reply(status=502, body="bad gateway"))
    with pytest.raises(Transient):
        whatsapp.send(number, say("", file=stored(MediaKind.IMAGE, "a.jpg", "image/jpeg")))
    assert peer.sent == []


def test_what_cannot_be_sent_is_not_even_tried(peer, number):
    image = stored(MediaKind.IMAGE, "a.jpg", "image/jpeg")
    voice = stored(MediaKind.VOICE, "a.ogg", "audio/ogg")
    refused = {
        "bad_chat": say(to="@someone"),
        "empty": say("  "),
        "too_long": say("б" * 4097),
        "caption_too_long": say("б" * 1025, file=image),
        "no_caption": say("б", file=voice),
    }
    for code, message in refused.items():
        with pytest.raises(Rejected) as caught:
            whatsapp.send(number, message)
        assert caught.value.code == code
    assert peer.requests == []


def test_a_file_that_left_the_storage_is_a_plain_refusal(peer, number):
    file = OutgoingFile(kind=MediaKind.DOCUMENT, name="a", content_type="text/plain", size=1, path="gone.txt")
    with pytest.raises(Rejected) as caught:
        whatsapp.send(number, say(file=file))
    assert (caught.value.code, peer.requests) == ("file_gone", [])


@pytest.mark.parametrize(
    ("status", "meta_code", "raised", "code"),
    [
        (400, 131047, Rejected, "window_closed"),
        (400, 131026, Rejected, "recipient_gone"),
        (400, 131021, Rejected, "own_number"),
        (400, 131030, Rejected, "not_a_test_recipient"),
        (400, 131050, Rejected, "marketing_stopped"),
        (400, 131062, Rejected, "needs_phone"),
        (400, 131049, Rejected, "not_now"),
        (400, 130472, Rejected, "not_now"),
        (400, 130497, Rejected, "country"),
        (400, 100, Rejected, "bad_request"),
        (400, 131009, Rejected, "bad_request"),
        (400, 132001, Rejected, "template_gone"),
        (400, 999999, Rejected, "bad_request"),
        (401, 190, AuthFailed, "auth_failed"),
        (401, 0, AuthFailed, "auth_failed"),
        (403, 10, ConfigInvalid, "no_rights"),
        (403, 200, ConfigInvalid, "no_rights"),
        (403, 131005, ConfigInvalid, "no_rights"),
        (403, 131031, ConfigInvalid, "account_locked"),
        (400, 131037, ConfigInvalid, "name_not_approved"),
        (400, 131042, ConfigInvalid, "billing"),
        (400, 131045, ConfigInvalid, "not_registered"),
        (403, 368, ConfigInvalid, "policy"),
        (500, 131000, Transient, "meta_down"),
        (503, 131016, Transient, "meta_down"),
        (500, 2, Transient, "meta_down"),
        (400, 131053, Transient, "meta_down"),
        (500, 999999, OutcomeUnknown, "http_500"),
    ],
)
def test_a_refusal_means_what_meta_means_by_it(peer, number, status, meta_code, raised, code):
    peer.fail("messages", status, meta_code)
    with pytest.raises(raised) as caught:
        whatsapp.send(number, say())

    assert (caught.value.code, peer.sent) == (code, [])


def test_a_number_that_meta_does_not_know_is_the_settings_fault(peer, number):
    peer.fail("messages", 400, 100, error_subcode=33)
    with pytest.raises(ConfigInvalid) as caught:
        whatsapp.send(number, say())
    assert caught.value.field == "phone_number_id"


def test_what_meta_calls_passing_is_tried_again(peer, number):
    peer.fail("messages", 400, 999999, is_transient=True)
    with pytest.raises(Transient):
        whatsapp.send(number, say())


@pytest.mark.parametrize(
    ("status", "meta_code", "after", "scope"),
    [
        (400, 131056, timedelta(seconds=6), Scope.DIALOGUE),
        (429, 130429, timedelta(seconds=30), Scope.ACCOUNT),
        (400, 80007, timedelta(minutes=1), Scope.ACCOUNT),
        (400, 131048, timedelta(hours=1), Scope.ACCOUNT),
    ],
)
def test_each_limit_says_when_to_come_back_and_who_waits(peer, number, status, meta_code, after, scope):
    peer.fail("messages", status, meta_code)
    with pytest.raises(RateLimited) as caught:
        whatsapp.send(number, say())
    assert (caught.value.after, caught.value.scope) == (after, scope)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(hang=True),
        Reply(close=True),
        Reply(body="<html>welcome</html>"),
        Reply(json={"hello": 1}),
        Reply(json={"messages": []}),
        Reply(json={"messages": [{"id": ""}]}),
        Reply(json={"error": {"code": "odd"}}),
        Reply(status=502, body="bad gateway"),
    ],
)
def test_when_no_readable_answer_came_nobody_knows_whether_it_was_sent(peer, number, reply, monkeypatch):
    monkeypatch.setattr("apps.channels.connectors.whatsapp.client.TIMEOUT", (1.0, 0.3))
    peer.next("messages", reply)
    with pytest.raises(OutcomeUnknown):
        whatsapp.send(number, say())


def test_a_server_that_is_not_there_leaves_the_message_for_later():
    with pytest.raises(Transient):
        whatsapp.send(opened(make_number(base_url="http://127.0.0.1:9")), say())


# --- files of clients


VOICE_ID = "1479537139650976"


def voice(ref=VOICE_ID, **fields) -> Media:
    return Media(kind=MediaKind.VOICE, ref=ref, content_type="audio/ogg", **fields)


def test_a_voice_message_is_fetched_whole(peer, number):
    peer.files[VOICE_ID] = (b"OggS" * 1000, "audio/ogg; codecs=opus")
    to = io.BytesIO()

    assert whatsapp.fetch(number, voice(), to) == "audio/ogg"
    assert to.getvalue() == b"OggS" * 1000


def test_a_sum_in_base64_is_as_good(peer, number):
    peer.files[VOICE_ID] = (b"OggS", "audio/ogg")
    peer.sums[VOICE_ID] = base64.b64encode(hashlib.sha256(b"OggS").digest()).decode()
    assert whatsapp.fetch(number, voice(), io.BytesIO()) == "audio/ogg"


def test_a_file_with_another_sum_is_fetched_again(peer, number):
    peer.files[VOICE_ID] = (b"OggS", "audio/ogg")
    peer.sums[VOICE_ID] = hashlib.sha256(b"other").hexdigest()
    with pytest.raises(Transient) as caught:
        whatsapp.fetch(number, voice(), io.BytesIO())
    assert caught.value.code == "damaged"


@pytest.mark.parametrize("ref", ["1", "", "../106540352242922", "1?access_token=a"])
def test_a_file_that_is_not_there_is_a_plain_refusal(peer, number, ref):
    with pytest.raises(Rejected) as caught:
        whatsapp.fetch(number, voice(ref), io.BytesIO())
    assert caught.value.code == "file_gone"
    assert [request.path for request in peer.requests] == (["/v25.0/1"] if ref == "1" else [])


def test_a_file_over_100_mb_is_not_asked_for(peer, number):
    with pytest.raises(Rejected) as caught:
        whatsapp.fetch(number, voice(size=100 * 1024 * 1024 + 1), io.BytesIO())
    assert (caught.value.code, peer.requests) == ("too_large", [])


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/file",
        "https://evilfbsbx.com/file",
        "http://lookaside.fbsbx.com/file",
        "https://lookaside.fbsbx.com@evil.example/file",
        "file:///etc/passwd",
        "https://[",
    ],
)
def test_the_token_goes_to_no_address_but_metas(peer, number, url):
    peer.next("file", Reply(json={"url": url, "file_size": 4}))
    with pytest.raises(Rejected) as caught:
        whatsapp.fetch(number, voice(), io.BytesIO())
    assert (caught.value.code, len(peer.requests)) == ("foreign_file", 1)


def test_no_secret_is_in_an_exception_or_a_log(peer, number, caplog):
    caplog.set_level(logging.DEBUG)
    for fail in (
        lambda: peer.fail("messages", 400, 100),
        lambda: peer.fail("messages", 401, 190),
        lambda: peer.next("messages", Reply(close=True)),
    ):
        fail()
        with pytest.raises(OutsideError) as caught:
            whatsapp.send(number, say())
        assert TOKEN not in "".join(traceback.format_exception(caught.value))
    assert TOKEN not in caplog.text
    assert ActionLog.objects.count() == 3
