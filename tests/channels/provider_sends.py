"""A number of each provider on its peer, and messages to send through it, for tests."""

from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from apps.channels.contract import MediaKind, Outgoing, OutgoingFile
from tests.channels.whatsapp_providers import ALL, BIRD, GREEN, IVAN, TWILIO, opened

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
