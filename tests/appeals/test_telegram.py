"""What Telegram brings, from the webhook to the operator's page."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.appeals.models import Appeal, Conversation, Identity, Message
from apps.channels.models import Channel, Delivery, InboundEvent, Outcome
from apps.core.models import State
from apps.tenants.models import Tenant
from tests.channels.bots import make_bot, post, update
from tests.channels.outbox import let_pass
from tests.peers.telegram import TelegramPeer
from tests.work import close_windows, drain

Arrive = Callable[..., None]


Page = Callable[[Conversation], str]


pytestmark = pytest.mark.django_db


# --- blocked


def test_a_client_who_blocks_the_bot_is_shown_so_and_who_writes_again_is_not(
    arrive: Arrive, page: Page, desk: Client
) -> None:
    arrive("text")
    conversation = Conversation.objects.get()
    arrive("blocked")
    assert Identity.objects.get().is_reachable is False
    assert "Клиент заблокировал" in page(conversation)
    assert "is-bad" in desk.get("/admin/desk/").content.decode()
    assert InboundEvent.objects.latest("pk").outcome == Outcome.STATUS

    arrive("text", message_id=1300, text="Передумал")
    assert Identity.objects.get().is_reachable is True
    assert "Клиент заблокировал" not in page(conversation)


def test_unblocking_makes_reachable_again(arrive: Arrive) -> None:
    arrive("text")
    arrive("blocked")
    arrive("unblocked")

    assert Identity.objects.get().is_reachable is True


def test_a_refusal_because_of_a_block_marks_the_client_and_a_later_success_unmarks(
    arrive: Arrive, bot_peer: TelegramPeer, desk: Client, page: Page
) -> None:
    arrive("text")
    conversation = Conversation.objects.get()
    bot_peer.fail("sendMessage", 403, "Forbidden: bot was blocked by the user")
    write(desk, conversation, "Здравствуйте!")
    drain()

    assert Identity.objects.get().is_reachable is False
    assert Delivery.objects.get().state == State.FAILED
    assert "Клиент заблокировал" in page(conversation)
    # Nobody who blocked us is listed as waiting for an answer that can't reach them.
    assert Conversation.objects.get().waiting_since is None

    let_pass(1)
    desk.post(f"/admin/desk/{conversation.pk}/resend/{Delivery.objects.get().pk}/")
    drain()
    assert Identity.objects.get().is_reachable is True


def test_an_answer_that_did_not_arrive_makes_its_client_wait_again(
    arrive: Arrive, bot_peer: TelegramPeer, desk: Client
) -> None:
    arrive("text")
    conversation = Conversation.objects.get()
    bot_peer.fail("sendMessage", 400, "Bad Request: something new")
    write(desk, conversation, "Здравствуйте!")
    assert Conversation.objects.get().waiting_since is None
    drain()

    assert Conversation.objects.get().waiting_since is not None
    listed = desk.get("/admin/desk/?view=waiting")
    assert [row.pk for row in listed.context["look"].chosen] == [conversation.pk]
    assert listed.context["look"].chosen[0].is_undelivered

    let_pass(1)
    desk.post(f"/admin/desk/{conversation.pk}/resend/{Delivery.objects.get().pk}/")
    drain()
    assert Delivery.objects.get().state == State.DONE
    assert Conversation.objects.get().waiting_since is None


# --- whose is it


def test_a_known_client_leads_to_the_one_channel_they_wrote_in_before(shop: Tenant) -> None:
    first, second = plain_bot(shop, 1), plain_bot(shop, 2)
    known_in(first)
    post("/webhook/telegram/incoming", update("text"), secret=None)
    drain()
    assert InboundEvent.objects.latest("pk").channel == first

    known_in(second)
    post("/webhook/telegram/incoming", update("reply"), secret=None)
    drain()
    ambiguous = InboundEvent.objects.latest("pk")
    assert (ambiguous.outcome, ambiguous.channel) == (Outcome.UNROUTED, None)


def test_a_client_nobody_knows_stays_unrouted(shop: Tenant) -> None:
    for number in (1, 2):
        plain_bot(shop, number)
    post("/webhook/telegram/incoming", update("text"), secret=None)
    drain()

    assert InboundEvent.objects.get().outcome == Outcome.UNROUTED
    assert Message.objects.count() == 0


# --- bad content


@pytest.mark.parametrize(
    "text",
    [
        "x" * 100_000,
        "\U0001f642\U0001f468\u200d\U0001f469\u200d\U0001f467",
        "\u202eзадом наперёд\u202c",
        "до\u0000после",
        "поло\ud83dвина",
        "<script>alert(1)</script>",
    ],
    ids=["100 KB", "emoji only", "marks", "NUL", "lone surrogate", "markup"],
)
def test_bad_text_is_kept_and_shown(arrive: Arrive, page: Page, desk: Client, text: str) -> None:
    arrive("text", text=text)
    close_windows()
    drain()

    message = Message.objects.get()
    expected = text.replace("\u0000", "\ufffd").replace("\ud83d", "\ufffd")
    assert message.text == expected
    assert "<script>alert" not in page(message.conversation)
    assert desk.get("/admin/desk/").status_code == 200
    assert Appeal.objects.count() == 1


def test_marks_in_a_name_turn_nothing_around(arrive: Arrive, page: Page, desk: Client) -> None:
    sender = {"id": 700000001, "is_bot": False, "first_name": "\u202eнаИ\u2066", "username": "\u202eeve"}
    arrive("text", **{"from": sender})

    for shown in (page(Conversation.objects.get()), desk.get("/admin/desk/").content.decode()):
        assert not {"\u202e", "\u2066"} & set(shown)


@pytest.mark.parametrize("date", [0, 1, -5, 10**18, "вчера", None])
def test_an_impossible_time_becomes_the_time_it_came(arrive: Arrive, page: Page, date: object) -> None:
    arrive("text", date=date)

    message = Message.objects.get()
    assert abs(message.sent_at - timezone.now()) < timedelta(minutes=1)
    page(message.conversation)


def test_a_time_in_milliseconds_is_understood(arrive: Arrive) -> None:
    arrive("text", date=1763700000_000)

    assert Message.objects.get().sent_at == datetime.fromtimestamp(1763700000, UTC)


def plain_bot(tenant: Tenant, number: int) -> Channel:
    """One whose webhook was set without a secret."""
    return make_bot(tenant=tenant, secret="", token=f"{number}:a")


def known_in(channel: Channel) -> None:
    post(f"/webhook/telegram/{channel.public_id}", update("sticker"), secret=None)
    drain()
    assert Identity.objects.filter(channel=channel).exists()


def write(desk: Client, conversation: Conversation, text: str, **fields: Any) -> Any:
    data = {"text": text, "key": str(uuid.uuid4()), **fields}
    return desk.post(f"/admin/desk/{conversation.pk}/answer/", data).json()
