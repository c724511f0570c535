"""The gate: one reason, the same for people and machines, in their language."""

import pytest
from django.utils import translation

from apps.channels.contract import MediaKind, OutgoingFile
from apps.channels.gate import closed, refusal
from apps.channels.models import Channel
from apps.integrations.models import Connection, Health
from tests.channels.outbox import make_bot, make_webchat

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


@pytest.fixture
def channel() -> Channel:
    return make_webchat()


def file(kind: MediaKind = MediaKind.DOCUMENT, size: int = 10) -> OutgoingFile:
    return OutgoingFile(kind=kind, name="a.pdf", content_type="application/pdf", size=size, path="a.pdf")


def test_what_can_go_is_not_refused(channel):
    assert refusal(channel, text="Да") is None


@pytest.mark.parametrize("text", ["", "  \n\t "])
def test_nothing_to_say_is_refused(channel, text):
    assert refusal(channel, text=text) == "Write a message first."


def test_a_text_over_the_services_limit_is_refused_with_both_figures(channel):
    assert refusal(channel, text="я" * 4000) is None
    reason = refusal(channel, text="я" * 4001)
    assert reason is not None
    assert "4000" in reason
    assert "4001" in reason


def test_a_file_the_service_cannot_carry_is_refused(channel):
    assert refusal(channel, text="", file=file()) == "This service carries no files of this kind."


def test_a_file_needs_no_words_but_fits_the_size():
    channel = make_bot("http://127.0.0.1:9")
    assert refusal(channel, text="", file=file()) is None
    reason = refusal(channel, text="", file=file(size=60 * 1024 * 1024))
    assert reason is not None
    assert "50 MB" in reason


@pytest.mark.parametrize(
    ("rows", "change"),
    [
        (Channel, {"is_active": False}),
        (Connection, {"is_active": False}),
        (Connection, {"health": Health.NEEDS_RECONNECT}),
        (Connection, {"connector": "gone"}),
    ],
)
def test_a_channel_that_can_carry_nothing_says_so_before_a_word_is_typed(channel, rows, change):
    rows.objects.update(**change)

    assert closed(Channel.objects.get())
    assert refusal(Channel.objects.get(), text="Да") == closed(Channel.objects.get())
