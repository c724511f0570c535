"""The gate: one reason, the same for people and machines, in their language."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone, translation

from apps.channels.connectors import telegram, webchat
from apps.channels.contract import Capability, Limits, MediaKind, OutgoingFile
from apps.channels.gate import closed, refusal, split
from apps.channels.models import Channel
from apps.core.models import State
from apps.integrations.models import Connection, Health
from tests.channels.outbox import bot_peer, make_bot, make_webchat, put, work

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


def test_a_file_the_service_cannot_carry_is_refused(channel, monkeypatch):
    words_alone = replace(webchat.SPEC, capabilities=frozenset({Capability.TEXT}))
    monkeypatch.setattr(webchat, "SPEC", words_alone)
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


@pytest.fixture
def limited(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A bot of a service with these limits."""

    def make(**limits: Any) -> Channel:
        monkeypatch.setattr(telegram, "LIMITS", Limits(**limits))
        return make_bot("http://127.0.0.1:9")

    return make


HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("quiet_for", "by_human", "passes"),
    [
        (23 * HOUR, False, True),
        (25 * HOUR, False, False),
        (25 * HOUR, True, True),
        (8 * DAY, True, False),
        (None, False, True),
    ],
)
def test_the_window_is_longer_for_people_than_for_machines(limited, quiet_for, by_human, passes):
    channel = limited(window=DAY, human_window=7 * DAY)
    reason = refusal(channel, text="Да", quiet_for=quiet_for, by_human=by_human)
    assert (reason is None) is passes
    assert reason == closed(channel, quiet_for=quiet_for, by_human=by_human)
    if reason:
        assert str(168 if by_human else 24) in reason


def test_a_window_that_closed_while_a_message_waited_keeps_it_from_going(monkeypatch, settings):
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    monkeypatch.setattr(telegram, "LIMITS", Limits(window=DAY))
    with bot_peer() as peer:
        delivery = put(make_bot(peer.url), client_wrote_at=timezone.now() - 23 * HOUR)
        type(delivery).objects.update(client_wrote_at=timezone.now() - 25 * HOUR)
        done = work(delivery)
    assert (done.state, done.error_code, peer.requests) == (State.FAILED, "refused", [])


def test_text_under_a_file_has_its_own_limit(limited):
    channel = limited(caption=0)
    assert refusal(channel, text="", file=file()) is None
    assert refusal(channel, text="Прайс", file=file()) is not None


def test_a_file_fits_the_limits_of_its_kind(limited):
    channel = limited(
        bytes_of={MediaKind.IMAGE: 5}, types_of={MediaKind.DOCUMENT: frozenset({"application/pdf"})}
    )
    assert refusal(channel, text="", file=file()) is None
    assert refusal(channel, text="", file=file(kind=MediaKind.IMAGE)) is not None
    channel = limited(types_of={MediaKind.DOCUMENT: frozenset({"text/plain"})})
    assert "application/pdf" in (refusal(channel, text="", file=file()) or "")


def test_a_long_text_is_several_messages_where_the_service_splits(limited):
    channel = limited(text=10, in_bytes=True, splits=True)
    assert split(channel, "один два") == ["один", "два"]
    assert refusal(channel, text="один два") is not None
    assert split(limited(text=10, in_bytes=True), "один два") == ["один два"]
