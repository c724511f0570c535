"""What clients change in Telegram after they have said it, and in which order it stands."""

import json
from collections.abc import Callable, Iterator

import pytest
from django.utils import timezone

from apps.appeals.models import Appeal, AppealStatus, Author, Batch, Conversation, Device, Message
from apps.channels.models import Channel, InboundEvent, Outcome
from apps.core.models import State
from apps.core.work.perform import run
from apps.integrations.connecting import connect
from apps.tenants.models import Tenant
from tests.channels.bots import changed, post
from tests.peers.anthropic import AnthropicPeer
from tests.peers.telegram import TelegramPeer
from tests.work import close_windows, drain

Arrive = Callable[..., None]


Page = Callable[[Conversation], str]


pytestmark = pytest.mark.django_db


def test_an_edit_is_shown_with_the_earlier_words(arrive: Arrive, page: Page) -> None:
    arrive("text", message_id=2039, text="Айфон 14, батарея")
    arrive("edited", text="iPhone 14 Pro, батарея")

    message = Message.objects.get()
    assert (message.text, message.earlier[0]["text"]) == ("iPhone 14 Pro, батарея", "Айфон 14, батарея")
    shown = page(message.conversation)
    assert "iPhone 14 Pro, батарея" in shown
    assert "Айфон 14, батарея" in shown


def test_an_edit_that_came_late_does_not_bring_old_words_back(arrive: Arrive) -> None:
    arrive("text", message_id=2039, text="раз")
    arrive("edited", text="три", edit_date=1763700090)
    arrive("edited", text="два", edit_date=1763700060)

    assert Message.objects.get().text == "три"


@pytest.fixture
def thinker(bot_peer: TelegramPeer, shop: Tenant) -> Iterator[AnthropicPeer]:
    with AnthropicPeer() as peer:
        connect(
            tenant=shop,
            connector="anthropic",
            key="claude",
            name="Claude",
            values={"api_key": peer.key, "base_url": peer.url},
        )
        yield peer


def test_after_routing_an_edit_is_read_again_for_the_same_appeal(
    arrive: Arrive, thinker: AnthropicPeer
) -> None:
    arrive("text", message_id=2039, text="экран треснул")
    arrive("text", message_id=2040, text="и жду ответа")
    close_windows()
    drain()
    thinker.extraction = {
        "appeal_type": "repair",
        "devices": [{"brand": "Google", "model": "Pixel 9", "repairs": []}],
    }
    arrive("edited", text="экран треснул на Pixel 9")
    close_windows()
    drain()

    appeal = Appeal.objects.get()
    assert Device.objects.filter(appeal=appeal, model="Pixel 9").exists()
    assert appeal.messages.filter(author=Author.CLIENT).count() == 2
    # And the reply that is proposed now is to the new words.
    assert [draft.fate for draft in appeal.drafts.order_by("-pk")] == ["waiting", "outdated"]


def test_an_edit_of_an_ended_appeals_message_opens_no_new_one(arrive: Arrive) -> None:
    arrive("text", message_id=2039, text="Айфон")
    close_windows()
    drain()
    Appeal.objects.update(status=AppealStatus.CLOSED)
    Conversation.objects.update(waiting_since=None)
    arrive("edited", text="iPhone")
    close_windows()
    drain()

    message = Message.objects.get()
    assert (message.text, message.appeal) == ("iPhone", Appeal.objects.get())
    assert Conversation.objects.get().waiting_since is not None


def test_an_edit_that_overtook_its_message_waits_for_it(arrive: Arrive) -> None:
    arrive("edited", text="новые слова")
    assert Message.objects.count() == 0
    arrive("text", message_id=2039, text="старые слова")
    make_due()
    drain()

    message = Message.objects.get()
    assert (message.text, message.earlier[0]["text"]) == ("новые слова", "старые слова")


def test_an_edit_whose_message_never_comes_is_a_message_of_its_own(arrive: Arrive) -> None:
    arrive("edited", text="новые слова")
    for _round in range(2):
        make_due()
        drain()

    assert Message.objects.get().text == "новые слова"
    arrive("text", message_id=2039, text="старые слова")
    assert Message.objects.count() == 1
    assert InboundEvent.objects.latest("pk").outcome == Outcome.DUPLICATE


def test_messages_of_one_second_stay_in_the_order_in_which_they_came(bot: Channel, page: Page) -> None:
    """Two workers may read them the other way round."""
    for number, text in enumerate(["сначала", "потом"], start=1):
        body = json.loads(changed("text", message_id=number, text=text))
        post(f"/webhook/telegram/{bot.public_id}", json.dumps(body | {"update_id": number}))
    for event in InboundEvent.objects.order_by("-pk"):
        run("channels.InboundEvent", event.pk)

    assert [message.text for message in Message.objects.all()] == ["сначала", "потом"]
    shown = page(Conversation.objects.get())
    assert shown.index("сначала") < shown.index("потом")
    close_windows()
    drain()
    assert [message.text for message in Batch.objects.get().messages.all()] == ["сначала", "потом"]


def make_due() -> None:
    InboundEvent.objects.filter(state=State.QUEUED).update(due_at=timezone.now())
