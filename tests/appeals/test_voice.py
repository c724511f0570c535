"""Voice messages become words of the message, its batch and its appeal; and what happens where they don't."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.appeals.listening import PATIENCE
from apps.appeals.models import Appeal, Attachment, Batch, Conversation, Message, Reading, Transcription
from apps.channels.models import Channel
from apps.core.models import State
from apps.integrations.connecting import connect
from apps.integrations.models import Connection
from apps.tenants.models import Tenant
from tests.peers.anthropic import AnthropicPeer
from tests.peers.openai import TRANSCRIPTIONS, OpenAIPeer
from tests.peers.server import Reply
from tests.peers.telegram import TelegramPeer
from tests.sounds import sound
from tests.work import close_windows, drain

Arrive = Callable[..., None]
Page = Callable[[Conversation], str]

pytestmark = pytest.mark.django_db

OGG = sound("ogg")
VOICE = "voice/AwACAgIAAxkBAAIxxx..."
SAID = "Здравствуйте, не держит батарея"


@pytest.fixture
def openai(shop: Tenant, bot_peer: TelegramPeer) -> Iterator[OpenAIPeer]:
    bot_peer.files[VOICE] = OGG
    with OpenAIPeer() as peer:
        connect(tenant=shop, connector="openai", values={"api_key": peer.key, "base_url": peer.url})
        yield peer
        peer.assert_clean()


@pytest.fixture
def claude(shop: Tenant, bot_peer: TelegramPeer) -> Iterator[AnthropicPeer]:
    with AnthropicPeer() as peer:
        values = {"api_key": peer.key, "base_url": peer.url}
        connect(tenant=shop, connector="anthropic", values=values)
        yield peer


def test_what_was_said_is_words_of_the_message_and_read(
    openai: OpenAIPeer, claude: AnthropicPeer, arrive: Arrive, page: Page
) -> None:
    arrive("voice")
    close_windows()
    drain()

    message = Message.objects.get(author="client")
    assert (message.text, message.attachments.get().transcript) == (SAID, SAID)
    assert SAID in page(Conversation.objects.get())
    assert any(SAID in request.body.decode() for request in claude.requests)


def test_the_batch_waits_for_the_words(openai: OpenAIPeer, arrive: Arrive, page: Page) -> None:
    openai.script(TRANSCRIPTIONS, [Reply(status=503)] * 20)
    arrive("voice")
    Batch.objects.update(opened_at=timezone.now() - timedelta(seconds=31))
    close_windows()
    drain()

    batch = Batch.objects.get()
    assert (batch.state, batch.error_code, batch.failures) == (State.QUEUED, "listening", 0)
    assert not Appeal.objects.exists()

    openai._scripts.clear()
    make_due()
    assert Appeal.objects.get().messages.get().text == SAID


def make_due() -> None:
    for model in (Transcription, Batch, Reading):
        model.objects.filter(state=State.QUEUED).update(due_at=timezone.now())
    drain()
    Batch.objects.filter(state=State.QUEUED).update(due_at=timezone.now())
    drain()


def test_it_does_not_wait_for_ever_and_catches_up(
    openai: OpenAIPeer, claude: AnthropicPeer, arrive: Arrive
) -> None:
    openai.script(TRANSCRIPTIONS, [Reply(status=503)] * 20)
    arrive("voice")
    Batch.objects.update(opened_at=timezone.now() - timedelta(seconds=31) - PATIENCE)
    close_windows()
    drain()
    assert Appeal.objects.get().messages.get().text == ""

    openai._scripts.clear()
    make_due()
    assert Appeal.objects.get().messages.get().text == SAID
    assert Reading.objects.count() == 2
    assert any(SAID in request.body.decode() for request in claude.requests)


def test_who_does_not_wait_is_not_made_to(openai: OpenAIPeer, arrive: Arrive, desk: Any) -> None:
    openai.script(TRANSCRIPTIONS, [Reply(status=503)] * 20)
    arrive("voice")
    desk.post(f"/admin/desk/{Conversation.objects.get().pk}/now/")
    drain()
    assert Appeal.objects.exists()


def test_silence_is_told_and_no_words_are_made_up(openai: OpenAIPeer, arrive: Arrive, page: Page) -> None:
    openai.says = "Продолжение следует..."
    arrive("voice")

    assert Transcription.objects.get().is_silent
    assert Message.objects.get().text == ""
    assert "Ничего не удалось расслышать" in page(Conversation.objects.get())


def test_without_a_listener_the_page_says_what_one_would_add(
    bot: Channel, bot_peer: TelegramPeer, arrive: Arrive, page: Page
) -> None:
    bot_peer.files[VOICE] = OGG
    arrive("voice")
    close_windows()
    drain()

    assert not Transcription.objects.exists()
    assert Appeal.objects.exists()
    assert "ИИ, который слушает" in page(Conversation.objects.get())


def test_a_refused_key_is_told_at_the_message_which_can_be_played(
    openai: OpenAIPeer, arrive: Arrive, page: Page
) -> None:
    openai.key = "another"
    arrive("voice")
    close_windows()
    drain()

    assert Transcription.objects.get().state == State.FAILED
    shown = page(Conversation.objects.get())
    assert "<audio" in shown
    assert "Не удалось превратить в текст" in shown
    assert Appeal.objects.exists()


def test_what_came_before_anybody_could_listen_is_turned_into_text_by_hand(
    bot: Channel, bot_peer: TelegramPeer, arrive: Arrive, page: Page, desk: Any
) -> None:
    bot_peer.files[VOICE] = OGG
    arrive("voice")
    close_windows()
    drain()
    conversation = Conversation.objects.get()
    assert "не подключён" in refusal(press(desk, conversation))
    assert "data-post" not in voice_on(page(conversation))

    with OpenAIPeer() as peer:
        connect(
            tenant=conversation.tenant,
            connector="openai",
            values={"api_key": peer.key, "base_url": peer.url},
        )
        assert "Расшифровать" in voice_on(page(conversation))
        for _ in range(2):
            assert press(desk, conversation).status_code == 200
        drain()
        assert len(peer.heard) == 1
    assert Appeal.objects.get().messages.get(author="client").text == SAID
    assert press(desk, conversation).status_code == 404


def test_what_could_not_be_heard_is_tried_again_by_hand(
    openai: OpenAIPeer, arrive: Arrive, page: Page, desk: Any
) -> None:
    key, openai.key = openai.key, "another"
    arrive("voice")
    conversation = Conversation.objects.get()
    assert "data-post" not in voice_on(page(conversation))

    openai.key = key
    Connection.objects.filter(connector="openai").update(health="ok")
    assert "Повторить" in voice_on(page(conversation))
    assert press(desk, conversation).status_code == 200
    drain()
    assert Message.objects.get(author="client").text == SAID


def press(desk: Any, conversation: Conversation) -> Any:
    voice = Attachment.objects.get(message__conversation=conversation)
    return desk.post(f"/admin/desk/{conversation.pk}/files/{voice.pk}/listen/")


def refusal(answer: Any) -> str:
    assert answer.status_code == 422
    return str(answer.json()["error"])


def voice_on(shown: str) -> str:
    return shown.partition("<audio")[2].partition("</article>")[0].partition("<footer")[0]


def test_words_that_the_messenger_heard_itself_are_taken(openai: OpenAIPeer, arrive: Arrive) -> None:
    arrive("text", text="слова")
    attachment = Attachment(kind="voice", transcript="уже текст", tenant=Tenant.objects.get())
    from apps.appeals.listening import order

    order(attachment)
    assert not Transcription.objects.exists()
    assert Connection.objects.filter(connector="openai").exists()
