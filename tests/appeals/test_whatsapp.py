"""What WhatsApp brings, from the webhook to the operator's page and back."""

import json
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.appeals.models import Appeal, Attachment, Author, Conversation, Identity, Message
from apps.channels.models import Channel, Delivery, InboundEvent, Outcome
from apps.core.models import State
from apps.tenants.models import Tenant
from tests.channels.test_whatsapp_parse import event
from tests.channels.whatsapp_numbers import make_number, post
from tests.peers.server import Reply
from tests.peers.whatsapp import WhatsAppPeer
from tests.work import close_windows, drain

Come = Callable[..., None]
Page = Callable[[Conversation], str]

pytestmark = pytest.mark.django_db


@pytest.fixture
def meta(settings: Any, tmp_path: Path) -> Iterator[WhatsAppPeer]:
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    settings.MEDIA_ROOT = tmp_path
    with WhatsAppPeer() as peer:
        yield peer


@pytest.fixture
def number(shop: Tenant, meta: WhatsAppPeer) -> Channel:
    return make_number(tenant=shop, base_url=meta.url)


@pytest.fixture
def come(number: Channel) -> Come:
    """An event comes in at the spec's address, signed, and is read."""

    def take(name: str, **fields: Any) -> None:
        """One of the fixtures, its first message or status of this moment and with other fields."""
        fields = {"timestamp": str(int(timezone.now().timestamp()))} | fields
        body = json.loads(event(name))
        value = body["entry"][0]["changes"][0]["value"]
        next(value[kind] for kind in ("messages", "statuses", "message_echoes") if kind in value)[0].update(
            fields
        )
        assert post("/webhook/whatsapp/incoming", json.dumps(body).encode()).status_code == 200
        drain()

    return take


def write(desk: Client, text: str) -> Any:
    conversation = Conversation.objects.get()
    data = {"text": text, "key": str(uuid.uuid4())}
    return desk.post(f"/admin/desk/{conversation.pk}/answer/", data).json()


def reached() -> tuple[str, str]:
    delivery = Delivery.objects.get()
    return str(delivery.state), str(delivery.reached)


def test_a_client_writes_is_answered_and_the_answer_is_seen_to_be_read(
    come: Come, meta: WhatsAppPeer, desk: Client, page: Page
) -> None:
    come("text")
    close_windows()
    drain()
    appeal = Appeal.objects.get()
    said = appeal.messages.get(author=Author.CLIENT)
    assert said.text == "Здравствуйте! Можно заменить батарею на iPhone 14?"
    assert "Иван Петров" in page(said.conversation)

    write(desk, "Да, 3500 рублей.")
    drain()
    (sent,) = meta.sent
    assert (sent["to"], sent["text"]["body"]) == ("79009876543", "Да, 3500 рублей.")
    delivery = Delivery.objects.get()
    assert (delivery.external_message_id, sent["biz_opaque_callback_data"]) == (
        "wamid.SENT1",
        str(delivery.key),
    )
    assert reached() == (State.DONE, "sent")

    # Out of order, and twice, as statuses come.
    for name, shown in (("read", "read"), ("delivered", "read"), ("read", "read"), ("sent", "read")):
        come(f"status_{name}", id="wamid.SENT1", biz_opaque_callback_data="")
        assert reached() == (State.DONE, shown)


def test_the_same_event_twice_is_one_message(come: Come) -> None:
    for timestamp in ("1700000000", "1700000000", "1700000001"):
        come("text", timestamp=timestamp)

    assert Message.objects.count() == 1
    assert InboundEvent.objects.latest("pk").outcome == Outcome.DUPLICATE


def test_a_lost_answer_is_found_by_our_key_in_the_status(
    come: Come, meta: WhatsAppPeer, desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.channels.connectors.whatsapp.client.TIMEOUT", (1.0, 0.3))
    come("text")
    meta.next("messages", Reply(hang=True))
    write(desk, "Да")
    drain()
    assert reached()[0] == State.UNKNOWN
    assert len(meta.sent) == 1

    come("status_delivered", id="wamid.LOST", biz_opaque_callback_data=str(Delivery.objects.get().key))
    assert reached() == (State.DONE, "delivered")
    assert Delivery.objects.get().external_message_id == "wamid.LOST"


def test_a_failure_told_by_webhook_makes_the_client_wait_again(
    come: Come, meta: WhatsAppPeer, desk: Client
) -> None:
    come("text")
    write(desk, "Да")
    drain()
    come("status_gone", id="wamid.SENT1")

    assert reached() == (State.FAILED, "failed")
    assert Delivery.objects.get().error_code == "131026"
    assert Identity.objects.get().is_reachable is False


def test_after_24_hours_nothing_leaves_and_the_operator_is_told_why(
    come: Come, meta: WhatsAppPeer, desk: Client, page: Page
) -> None:
    come("text", timestamp=str(int((timezone.now() - timedelta(hours=25)).timestamp())))
    write(desk, "Вы ещё ждёте?")
    drain()
    assert meta.sent == []
    assert "24" in page(Conversation.objects.get())


def test_a_voice_message_is_fetched_and_played(come: Come, meta: WhatsAppPeer, page: Page) -> None:
    meta.files["1479537139650976"] = (b"OggS" + bytes(100), "audio/ogg; codecs=opus")
    come("voice")

    file = Attachment.objects.get()
    assert (file.kind, file.content_type, file.size) == ("voice", "audio/ogg", 104)
    assert "<audio" in page(Conversation.objects.get())


def test_an_edit_a_reaction_and_a_withdrawal_change_the_message(come: Come, page: Page) -> None:
    come("text", id="wamid.FIRST", text={"body": "iPhone 14"})
    come("edit")
    come("reaction", reaction={"message_id": "wamid.FIRST", "emoji": "👍"})
    message = Message.objects.get()
    assert (message.text, message.reaction) == ("iPhone 14 Pro", "👍")
    assert "👍" in page(message.conversation)

    come("revoke")
    message.refresh_from_db()
    assert message.deleted_at is not None


def test_what_was_written_in_the_phones_app_is_shown_and_our_own_echo_is_not_doubled(
    come: Come, meta: WhatsAppPeer, desk: Client
) -> None:
    come("text")
    come("echo")
    own = Message.objects.get(author=Author.OPERATOR)
    assert (own.text, Conversation.objects.get().waiting_since) == ("Приезжайте до семи", None)

    write(desk, "Ждём")
    drain()
    come("echo", id="wamid.SENT1", text={"body": "Ждём"})
    assert Message.objects.filter(author=Author.OPERATOR).count() == 2


def test_a_client_who_hides_the_number_is_answered_all_the_same(
    come: Come, meta: WhatsAppPeer, desk: Client
) -> None:
    come("hidden_number")
    write(desk, "Здравствуйте, Ольга")
    drain()

    assert meta.sent[0]["recipient"] == "RU.1349120865530274"
    assert reached() == (State.DONE, "sent")


def test_a_changed_number_is_told_and_the_old_one_leads_nowhere(come: Come, page: Page) -> None:
    come("text")
    come("changed_number", id="wamid.SYS")

    assert Identity.objects.get().is_reachable is False
    assert "79005550101" in page(Conversation.objects.get())
