"""An operator's voice: recorded in the page, made what the channel carries, sent once and in its turn."""

import io
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from apps.appeals.models import Attachment, Conversation, Message
from apps.channels import converting, delivery
from apps.channels.connectors import avito, instagram, max, messenger, telegram, vk, whatsapp
from apps.channels.contract import Limits, MediaKind, OutgoingFile
from apps.channels.converting import target
from apps.channels.models import Delivery
from apps.core.audio import M4A, OGG, probe
from apps.core.models import State
from apps.core.work.recover import recover
from tests.channels.outbox import let_pass
from tests.peers.telegram import TelegramPeer
from tests.sounds import picture, sound
from tests.work import drain

Arrive = Callable[..., None]
Page = Callable[[Conversation], str]

pytestmark = pytest.mark.django_db


@pytest.fixture
def conversation(arrive: Arrive) -> Conversation:
    arrive("text")
    return Conversation.objects.get()


def say(
    desk: Client, conversation: Conversation, *, content: bytes | None = None, text: str = "", **values: str
) -> Any:
    upload = SimpleUploadedFile("voice.webm", content or sound("webm", 2.0), content_type="audio/webm")
    form = {"key": str(uuid.uuid4()), "text": text, "voice": "1", "file": upload, **values}
    return desk.post(f"/admin/desk/{conversation.pk}/answer/", form)


def test_it_goes_as_a_voice_message_of_the_messengers_own_kind(
    desk: Client, conversation: Conversation, bot_peer: TelegramPeer, page: Page
) -> None:
    assert say(desk, conversation).json() == {"ok": True}
    drain()

    voice = bot_peer.sent[0]["voice"]
    assert (voice.filename, voice.content_type) == ("voice.ogg", "audio/ogg")
    found = probe(io.BytesIO(voice.content))
    assert (found.container, found.codec, found.channels) == ("ogg", "opus", 1)
    assert found.seconds == pytest.approx(2.0, abs=0.05)

    kept = Attachment.objects.get()
    assert (kept.kind, kept.content_type, kept.state) == ("voice", "audio/webm", State.DONE)
    shown = page(conversation)
    assert f'<source src="/admin/desk/file/{kept.pk}/shown/" type="audio/mp4">' in shown
    assert "расшифр" not in shown.split('id="feed"')[1].split('id="composer"')[0].lower()


def test_the_order_of_what_was_sent_is_kept(
    desk: Client, conversation: Conversation, bot_peer: TelegramPeer
) -> None:
    say(desk, conversation, text="Слова к нему")
    desk.post(f"/admin/desk/{conversation.pk}/answer/", {"text": "Потом", "key": str(uuid.uuid4())})
    for _message in range(3):
        drain()
        let_pass(1.1)  # one message a second goes into one chat
    assert ["voice" in one or one["text"] for one in bot_peer.sent] == [True, "Слова к нему", "Потом"]


def test_the_same_form_twice_is_one_message(
    desk: Client, conversation: Conversation, bot_peer: TelegramPeer
) -> None:
    key = str(uuid.uuid4())
    for _again in range(2):
        assert say(desk, conversation, key=key).json() == {"ok": True}
    drain()
    assert len(bot_peer.sent) == Message.objects.filter(author="operator").count() == 1


def test_killed_while_converting_it_is_neither_lost_nor_doubled(
    desk: Client, conversation: Conversation, bot_peer: TelegramPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def die(*_: object) -> None:
        raise Killed

    say(desk, conversation)
    for place, name in ((converting, "store"), (delivery, "_begin")):
        with monkeypatch.context() as patch:
            patch.setattr(place, name, die)
            with pytest.raises(Killed):
                drain()
        row = Delivery.objects.get()
        assert (row.state, row.tries.count()) == (State.RUNNING, 0)
        Delivery.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        recover()
        Delivery.objects.update(due_at=timezone.now())

    assert Delivery.objects.get().file["content_type"] == "audio/ogg"  # not converted anew
    drain()
    assert [one["voice"].filename for one in bot_peer.sent] == ["voice.ogg"]


def test_a_try_that_failed_is_repeated_with_the_same_file(
    desk: Client, conversation: Conversation, bot_peer: TelegramPeer
) -> None:
    bot_peer.fail("sendVoice", 429, "Too Many Requests: retry after 1", retry_after=1)
    say(desk, conversation)
    drain()
    path = Delivery.objects.get().file["path"]
    let_pass(3)
    drain()
    assert len(bot_peer.sent) == 1
    assert Delivery.objects.get().file["path"] == path


def test_what_holds_no_sound_is_refused(
    desk: Client, conversation: Conversation, bot_peer: TelegramPeer, page: Page
) -> None:
    assert say(desk, conversation, content=picture()).json()["code"] == "no_sound"
    # What only looks like a recording is found out by the worker, and told at the message.
    assert say(desk, conversation, content=b"\x1aE\xdf\xa3\x9fB\x82\x84webm" + bytes(100)).json() == {
        "ok": True
    }
    drain()
    assert bot_peer.sent == []
    assert Delivery.objects.get().state == State.FAILED
    assert "нет звука" in page(conversation)


def button(shown: str) -> str:
    """The one that records, as the page has it."""
    return shown.split('id="record"')[1].split("</button>")[0]


def test_a_channel_without_voice_says_so_at_the_button_and_takes_none(
    desk: Client, conversation: Conversation, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "data-refused" not in button(page(conversation))
    without = [one for one in telegram.SPEC.capabilities if one != "voice"]
    monkeypatch.setattr("apps.channels.gate.capabilities", lambda channel: frozenset(without))
    assert "data-refused" in button(page(conversation))


def test_sound_of_a_type_that_the_channel_does_not_carry_is_converted(
    desk: Client, conversation: Conversation, bot_peer: TelegramPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    only = Limits(types_of={MediaKind.AUDIO: frozenset({"audio/mp4"})})
    monkeypatch.setattr(telegram, "LIMITS", only)
    upload = SimpleUploadedFile("песня.ogg", sound("ogg"), content_type="audio/ogg")
    values = {"text": "", "key": str(uuid.uuid4()), "file": upload}
    assert desk.post(f"/admin/desk/{conversation.pk}/answer/", values).json() == {"ok": True}
    drain()
    sent = bot_peer.sent[0]["audio"]
    assert (sent.filename, sent.content_type) == ("песня.m4a", "audio/mp4")


@pytest.mark.parametrize(
    ("module", "expected"),
    [(telegram, OGG), (whatsapp, OGG), (vk, OGG), (max, OGG), (instagram, M4A), (messenger, M4A)],
    ids=lambda one: getattr(one, "SPEC", one).name,
)
def test_each_messenger_gets_what_it_takes(module: Any, expected: object) -> None:
    recorded = OutgoingFile(
        kind=MediaKind.VOICE, name="voice.webm", content_type="audio/webm", size=1, path="", is_recording=True
    )
    assert target(module.LIMITS, recorded) is expected
    assert "voice" in module.SPEC.capabilities
    assert "voice" not in avito.SPEC.capabilities
