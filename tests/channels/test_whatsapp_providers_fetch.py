"""Files of clients from Twilio, Bird and Green API."""

import io

import pytest

from apps.channels.connectors import whatsapp
from apps.channels.contract import Media, MediaKind
from apps.core.errors import Rejected
from tests.channels.provider_sends import (
    _loopback,
    channel,
    every,
    number,
    only_bird,
    only_twilio,
    peer,
    provider,
)
from tests.channels.whatsapp_providers import BIRD, GREEN, TWILIO

pytestmark = pytest.mark.django_db

__all__ = ["_loopback", "channel", "number", "peer", "provider"]


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
