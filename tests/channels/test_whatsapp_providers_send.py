"""Messages through Twilio, Bird and Green API, and what their refusals mean."""

import io
import logging
import traceback
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import translation

from apps.channels import gate
from apps.channels.connectors import whatsapp
from apps.channels.contract import Capability, Media, MediaKind, Outgoing, OutgoingFile
from apps.channels.registering import webhook_url
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
from tests.channels.whatsapp_numbers import make_number
from tests.channels.whatsapp_providers import ALL, BIRD, GREEN, IVAN, TWILIO, opened
from tests.peers.server import Reply

pytestmark = pytest.mark.django_db
every = pytest.mark.parametrize("provider", ALL, ids=lambda one: one.name, indirect=True)
only_twilio = pytest.mark.parametrize("provider", [TWILIO], indirect=True)
only_bird = pytest.mark.parametrize("provider", [BIRD], indirect=True)
only_green = pytest.mark.parametrize("provider", [GREEN], indirect=True)
KEY = str(uuid4())
FILES = "https://crm.example.com/files/"


@pytest.fixture(autouse=True)
def _loopback(settings, tmp_path):
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    settings.PUBLIC_URL = "https://crm.example.com"
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def provider(request):
    return request.param


@pytest.fixture
def peer(provider):
    with provider.peer() as peer:
        yield peer


@pytest.fixture
def channel(provider, peer):
    return provider.make(base_url=peer.url)


@pytest.fixture
def number(channel):
    return opened(channel)


def say(text="Здравствуйте", to=IVAN, **fields) -> Outgoing:
    return Outgoing(key=KEY, external_chat_id=to, external_user_id=to, text=text, **fields)


def stored(kind, name, content_type, content=b"content") -> OutgoingFile:
    path = default_storage.save(name, ContentFile(content))
    return OutgoingFile(kind=kind, name=name, content_type=content_type, size=len(content), path=path)


PHOTO = (MediaKind.IMAGE, "screen.jpg", "image/jpeg")
VOICE = (MediaKind.VOICE, "voice.ogg", "audio/ogg")
CHECK = (MediaKind.DOCUMENT, "Чек.pdf", "application/pdf")


@only_twilio
def test_a_text_goes_to_twilio_with_the_address_for_its_statuses(peer, channel, number):
    sent = whatsapp.send(number, say("Да, 3500 рублей."))
    assert peer.sent == [
        {
            "From": "whatsapp:+14155238886",
            "To": f"whatsapp:+{IVAN}",
            "Body": "Да, 3500 рублей.",
            "StatusCallback": webhook_url(channel),
        }
    ]
    assert sent.external_message_id == "SM_SENT1"


@only_twilio
def test_twilio_itself_is_not_told_an_address_it_cannot_reach(peer, number, settings, monkeypatch):
    settings.PUBLIC_URL = "http://127.0.0.1:8000"
    monkeypatch.setattr("apps.channels.connectors.whatsapp.spec.ADDRESSES", {"twilio": peer.url})
    whatsapp.send(number, say())
    assert "StatusCallback" not in peer.sent[0]


@only_twilio
def test_twilio_writes_to_a_client_who_hides_the_number(peer, number):
    whatsapp.send(number, say(to="RU.1349120865530274"))
    assert peer.sent[0]["To"] == "whatsapp:RU.1349120865530274"


@only_bird
def test_a_text_goes_to_bird_with_our_key(peer, number):
    sent = whatsapp.send(number, say("Да, 3500 рублей."))
    assert peer.sent == [
        {
            "receiver": {"contacts": [{"identifierKey": "phonenumber", "identifierValue": f"+{IVAN}"}]},
            "body": {"type": "text", "text": {"text": "Да, 3500 рублей."}},
            "reference": KEY,
        }
    ]
    assert sent.external_message_id == "bird-1"


@only_green
def test_a_text_goes_to_green_api_with_the_message_it_answers(peer, number):
    sent = whatsapp.send(number, say("Да, 3500 рублей.", reply_to="FIRST1"))
    whatsapp.send(number, say("Да", to="253184690122931@lid"))
    assert peer.sent == [
        {"chatId": f"{IVAN}@c.us", "message": "Да, 3500 рублей.", "quotedMessageId": "FIRST1"},
        {"chatId": "253184690122931@lid", "message": "Да"},
    ]
    assert sent.external_message_id == "GREEN1"


@only_twilio
def test_files_go_to_twilio_by_a_signed_address(peer, number):
    whatsapp.send(number, say("Ваш экран", file=stored(*PHOTO)))
    whatsapp.send(number, say("", file=stored(*CHECK)))
    photo, check = peer.sent
    assert photo["MediaUrl"].startswith(FILES)
    assert check["MediaUrl"].startswith(FILES)
    assert (photo["Body"], "Body" in check) == ("Ваш экран", False)


@only_bird
def test_files_go_to_bird_as_pictures_or_files(peer, number):
    whatsapp.send(number, say("Ваш экран", file=stored(*PHOTO)))
    whatsapp.send(number, say("", file=stored(*VOICE)))
    whatsapp.send(number, say("Чек", file=stored(*CHECK)))
    photo, voice, check = (values["body"] for values in peer.sent)
    assert photo["image"]["images"][0]["mediaUrl"].startswith(FILES)
    assert photo["image"]["text"] == "Ваш экран"
    assert (voice["file"]["files"][0]["contentType"], "text" in voice["file"]) == ("audio/ogg", False)
    assert (check["file"]["files"][0]["filename"], check["file"]["text"]) == ("Чек.pdf", "Чек")


@only_green
def test_files_go_to_green_api_by_a_signed_address(peer, number):
    whatsapp.send(number, say("Ваш экран", file=stored(*PHOTO), reply_to="FIRST1"))
    whatsapp.send(number, say("", file=stored(*VOICE)))
    photo, voice = peer.sent
    assert photo["urlFile"].startswith(FILES)
    assert (photo["fileName"], photo["caption"], photo["quotedMessageId"]) == (
        "screen.jpg",
        "Ваш экран",
        "FIRST1",
    )
    assert voice.keys() == {"chatId", "urlFile", "fileName"}


@every
def test_without_a_public_address_no_file_is_promised(provider, peer, number, settings, monkeypatch):
    settings.PUBLIC_URL = "http://127.0.0.1:8000"
    monkeypatch.setattr("apps.channels.connectors.whatsapp.spec.ADDRESSES", {provider.name: peer.url})
    with pytest.raises(Rejected) as caught:
        whatsapp.send(number, say("", file=stored(*PHOTO)))
    assert (caught.value.code, peer.sent) == ("no_public_address", [])


@every
def test_what_cannot_be_sent_is_not_even_tried(peer, number):
    refused = {
        "bad_chat": say(to="@someone"),
        "empty": say("  "),
        "too_long": say("б" * 4097),
        "caption_too_long": say("б", file=stored(*VOICE)),
    }
    for code, message in refused.items():
        with pytest.raises(Rejected) as caught:
            whatsapp.send(number, message)
        assert caught.value.code == code
    assert peer.requests == []


# --- refusals


@pytest.mark.parametrize(
    ("status", "twilio_code", "raised", "code"),
    [
        (401, 20003, AuthFailed, "auth_failed"),
        (404, 20404, ConfigInvalid, "no_such_account"),
        (400, 21211, Rejected, "bad_chat"),
        (400, 63024, Rejected, "recipient_gone"),
        (400, 63003, Rejected, "recipient_gone"),
        (400, 21610, Rejected, "recipient_gone"),
        (400, 63007, ConfigInvalid, "no_such_number"),
        (400, 21617, Rejected, "too_long"),
        (400, 63016, Rejected, "window_closed"),
        (400, 63019, Rejected, "bad_file"),
        (403, 21408, Rejected, "country"),
        (403, 30002, ConfigInvalid, "account_locked"),
        (429, 63018, RateLimited, "rate_limited"),
        (429, 20429, RateLimited, "rate_limited"),
        (400, 99999, Rejected, "bad_request"),
        (503, 20503, Transient, "http_503"),
        (500, 20500, OutcomeUnknown, "http_500"),
    ],
)
@only_twilio
def test_a_refusal_means_what_twilio_means_by_it(peer, number, status, twilio_code, raised, code):
    peer.fail(status, twilio_code)
    with pytest.raises(raised) as caught:
        whatsapp.send(number, say())
    assert (caught.value.code, peer.sent) == (code, [])


@only_twilio
def test_twilios_own_pause_is_heeded(peer, number):
    peer.fail(429, 20429, Retry_After="7")
    with pytest.raises(RateLimited) as caught:
        whatsapp.send(number, say())
    assert caught.value.after == timedelta(seconds=7)


@pytest.mark.parametrize(
    ("status", "raised", "code"),
    [
        (401, AuthFailed, "auth_failed"),
        (402, ConfigInvalid, "billing"),
        (403, ConfigInvalid, "no_such_channel"),
        (404, ConfigInvalid, "no_such_channel"),
        (422, Rejected, "bad_request"),
        (429, RateLimited, "rate_limited"),
        (503, Transient, "http_503"),
        (500, OutcomeUnknown, "http_500"),
    ],
)
@only_bird
def test_a_refusal_means_what_bird_means_by_it(peer, number, status, raised, code):
    peer.fail(status)
    with pytest.raises(raised) as caught:
        whatsapp.send(number, say())
    assert (caught.value.code, peer.sent) == (code, [])


@pytest.mark.parametrize(
    ("status", "raised", "code"),
    [
        (400, Rejected, "bad_request"),
        (401, AuthFailed, "auth_failed"),
        (403, ConfigInvalid, "no_such_instance"),
        (429, RateLimited, "rate_limited"),
        (466, Rejected, "quota"),
        (500, OutcomeUnknown, "http_500"),
        (502, OutcomeUnknown, "http_502"),
    ],
)
@only_green
def test_a_refusal_means_what_green_api_means_by_it(peer, number, status, raised, code):
    peer.fail(status)
    with pytest.raises(raised) as caught:
        whatsapp.send(number, say())
    assert (caught.value.code, peer.sent) == (code, [])


@every
@pytest.mark.parametrize(
    "reply",
    [
        Reply(hang=True),
        Reply(close=True),
        Reply(body="<html>welcome</html>"),
        Reply(json={"hello": 1}),
        Reply(json=[]),
        Reply(status=502, body="bad gateway"),
    ],
    ids=["hangs", "hangs up", "page", "object", "list", "502"],
)
def test_when_no_readable_answer_came_nobody_knows_whether_it_was_sent(
    provider, peer, number, reply, monkeypatch
):
    folder = "bird" if provider is BIRD else provider.name
    monkeypatch.setattr(f"apps.channels.connectors.whatsapp.{folder}.client.TIMEOUT", (1.0, 0.3))
    peer.script(provider.send, [reply])
    with pytest.raises(OutcomeUnknown):
        whatsapp.send(number, say())


@every
def test_a_server_that_is_not_there_leaves_the_message_for_later(provider):
    with pytest.raises(Transient):
        whatsapp.send(opened(provider.make(base_url="http://127.0.0.1:9")), say())


@every
def test_no_secret_is_in_an_exception_or_a_log(provider, peer, number, caplog):
    caplog.set_level(logging.DEBUG)
    echo = {"code": 1, "message": " ".join(provider.secrets)}
    for reply in (Reply(status=400, json=echo), Reply(status=401, json=echo), Reply(close=True)):
        peer.script(provider.send, [reply])
        with pytest.raises(OutsideError) as caught:
            whatsapp.send(number, say())
        told = "".join(traceback.format_exception(caught.value))
        assert [secret for secret in provider.secrets if secret in told] == []
    logged = caplog.text + "".join(str(row) for row in ActionLog.objects.values())
    assert [secret for secret in provider.secrets if secret in logged] == []
    assert ActionLog.objects.count() == 3


# --- files of clients


def voice(ref: str) -> Media:
    return Media(kind=MediaKind.VOICE, ref=ref, content_type="audio/ogg")


@pytest.mark.parametrize(
    ("provider", "path"),
    [
        (TWILIO, f"/2010-04-01/Accounts/{TWILIO.values['twilio_account_sid']}/Messages/SM1/Media/ME1"),
        (BIRD, "/media/ME1"),
        (GREEN, "/storage/ME1"),
    ],
    indirect=["provider"],
)
def test_a_file_is_fetched_whole(peer, number, path):
    peer.files["ME1"] = (b"OggS" * 1000, "audio/ogg")
    to = io.BytesIO()
    assert whatsapp.fetch(number, voice(peer.url + path), to) == "audio/ogg"
    assert to.getvalue() == b"OggS" * 1000


@only_twilio
def test_a_file_that_twilio_has_no_more_is_a_plain_refusal(peer, number):
    path = f"/2010-04-01/Accounts/{TWILIO.values['twilio_account_sid']}/Messages/SM1/Media/ME9"
    with pytest.raises(Rejected):
        whatsapp.fetch(number, voice(peer.url + path), io.BytesIO())


@every
@pytest.mark.parametrize(
    "url",
    [
        "http://evil.example/file",
        "file:///etc/passwd",
        "",
        "https://[",
        "//evil.example/file",
    ],
)
def test_a_strange_address_of_a_file_is_not_asked(peer, number, url):
    with pytest.raises(Rejected):
        whatsapp.fetch(number, voice(url), io.BytesIO())
    assert peer.requests == []


@pytest.mark.parametrize(
    "url", ["https://evil.example/f", "https://eviltwilio.com/f", "https://twilio.com.evil.io/"]
)
@only_twilio
def test_twilios_token_goes_to_twilio_alone(number, url):
    with pytest.raises(Rejected) as caught:
        whatsapp.fetch(number, voice(url), io.BytesIO())
    assert caught.value.code == "foreign_file"


@only_bird
def test_birds_key_does_not_go_along_to_another_host(provider, number, settings):
    with provider.peer() as other:
        other.files["ME1"] = (b"OggS", "audio/ogg")
        with pytest.raises(Rejected) as caught:
            whatsapp.fetch(number, voice(f"{other.url}/media/ME1"), io.BytesIO())
        assert (caught.value.code, other.requests) == ("foreign_file", [])


# --- limits


def test_each_provider_has_its_own_limits_at_the_gate():
    channels = {"cloud": make_number(), **{one.name: one.make() for one in ALL}}
    long = "б" * 1700
    parts = {name: len(gate.split(channel, long)) for name, channel in channels.items()}
    assert parts == {"cloud": 1, "twilio": 2, "messagebird": 1, "green_api": 1}

    can = {name for name, channel in channels.items() if Capability.REPLY in gate.capabilities(channel)}
    assert can == {"cloud", "green_api"}

    late = timedelta(hours=25)
    with translation.override("en"):
        shut = {name for name, channel in channels.items() if gate.closed(channel, quiet_for=late)}
    assert shut == {"cloud", "twilio", "messagebird"}

    big = OutgoingFile(
        kind=MediaKind.DOCUMENT, name="a.pdf", content_type="application/pdf", size=17 * 1024**2, path="a"
    )
    assert {name for name, one in channels.items() if gate.file_refusal(one, big)} == {"twilio"}


def test_words_go_under_a_file_only_where_the_provider_shows_them():
    twilio, green = TWILIO.make(), GREEN.make()
    photo, check, voice = stored(*PHOTO), stored(*CHECK), stored(*VOICE)
    assert gate.pieces(twilio, text="Чек", file=photo) == [("Чек", photo)]
    assert gate.pieces(twilio, text="Чек", file=check) == [("", check), ("Чек", None)]
    assert gate.pieces(green, text="Чек", file=check) == [("Чек", check)]
    assert gate.pieces(green, text="Чек", file=voice) == [("", voice), ("Чек", None)]
