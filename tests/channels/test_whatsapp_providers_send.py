"""Messages and files through Twilio, Bird and Green API, each within its own limits."""

from datetime import timedelta

import pytest
from django.utils import translation

from apps.channels import gate
from apps.channels.connectors import whatsapp
from apps.channels.contract import Capability, MediaKind, OutgoingFile
from apps.channels.registering import webhook_url
from apps.core.errors import Rejected
from tests.channels.provider_sends import (
    CHECK,
    FILES,
    KEY,
    PHOTO,
    VOICE,
    _loopback,
    channel,
    every,
    number,
    only_bird,
    only_green,
    only_twilio,
    peer,
    provider,
    say,
    stored,
)
from tests.channels.whatsapp_numbers import make_number
from tests.channels.whatsapp_providers import ALL, GREEN, IVAN, TWILIO

pytestmark = pytest.mark.django_db

__all__ = ["_loopback", "channel", "number", "peer", "provider"]


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
