"""Messenger, from the webhook to the operator's page and back to the client."""

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.appeals.models import Appeal, Author, Conversation, Message
from apps.channels.models import Channel, Delivery, InboundEvent, Outcome
from apps.core.models import State
from apps.integrations.models import Connection, Health
from apps.tenants.models import Member, Role, Tenant
from tests.channels.meta_accounts import body_of, fresh, make_account, post
from tests.peers.messenger import CLIENT, MessengerPeer
from tests.peers.server import Reply
from tests.work import close_windows, drain

pytestmark = pytest.mark.django_db


@pytest.fixture
def peer(settings: Any, tmp_path: Path) -> Iterator[MessengerPeer]:
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    settings.MEDIA_ROOT = tmp_path
    with MessengerPeer() as peer:
        yield peer


@pytest.fixture
def page_of_shop(shop: Tenant, peer: MessengerPeer) -> Channel:
    return make_account("messenger", tenant=shop, base_url=peer.url)


def arrive(channel: Channel, name: str, **fields: Any) -> InboundEvent:
    path = f"/webhook/messenger/{channel.public_id}"
    assert post(path, fresh("messenger", name, **fields)).status_code == 200
    drain()
    return InboundEvent.objects.latest("pk")


def write(desk: Client, text: str) -> Delivery:
    conversation = Conversation.objects.get()
    answer = desk.post(f"/admin/desk/{conversation.pk}/answer/", {"text": text, "key": str(uuid.uuid4())})
    assert answer.status_code == 200, answer.content
    drain()
    return Delivery.objects.latest("pk")


def test_integrations_are_offered_where_they_mend_what_is_closed_and_not_where_only_the_client_can(
    page_of_shop: Channel, desk: Client, anna: Member
) -> None:
    anna.role = Role.ADMIN
    anna.save()
    assert (
        post(f"/webhook/messenger/{page_of_shop.public_id}", body_of("messenger", "text")).status_code == 200
    )
    drain()

    def strip() -> str:
        shown = desk.get(f"/admin/desk/{Conversation.objects.get().pk}/").content.decode()
        return shown.partition("data-closed")[2].partition("</p>")[0]

    assert "Позвоните ему" in strip()
    assert "/integrations/connection/" not in strip()
    Connection.objects.update(health=Health.NEEDS_RECONNECT)
    assert "/integrations/connection/" in strip()


def test_a_client_writes_is_answered_and_the_answer_is_delivered_and_read(
    page_of_shop: Channel, peer: MessengerPeer, desk: Client
) -> None:
    arrive(page_of_shop, "text")
    close_windows()
    drain()
    assert Appeal.objects.get().messages.get().text == "Сколько стоит экран на Pixel 9?"

    delivery = write(desk, "9500 рублей")
    assert peer.sent == [
        {
            "recipient": {"id": CLIENT},
            "messaging_type": "RESPONSE",
            "message": {"text": "9500 рублей", "metadata": f"batterycrm:{delivery.key}"},
        }
    ]
    arrive(page_of_shop, "delivery", mids=["mid.1"])
    assert Delivery.objects.get().reached == "delivered"

    later = round(timezone.now().timestamp() * 1000) + 1000
    assert arrive(page_of_shop, "read", watermark=later).outcome == Outcome.STATUS
    assert Delivery.objects.get().reached == "read"


def test_an_answer_whose_own_answer_was_lost_is_made_good_by_its_echo(
    page_of_shop: Channel, peer: MessengerPeer, desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.channels.connectors._meta.client.TIMEOUT", (1.0, 0.3))
    arrive(page_of_shop, "text")
    peer.next("messages", Reply(hang=True))
    delivery = write(desk, "9500 рублей")
    assert delivery.state == State.UNKNOWN

    arrive(page_of_shop, "echo_of_ours", metadata=f"batterycrm:{delivery.key}")
    delivery.refresh_from_db()
    assert (delivery.state, delivery.reached, delivery.external_message_id) == (State.DONE, "sent", "m_ours")
    assert len(peer.sent) == 1
    assert Message.objects.filter(author=Author.OPERATOR).count() == 1


def test_what_was_written_in_messenger_itself_is_shown_as_ours(page_of_shop: Channel) -> None:
    arrive(page_of_shop, "text")
    arrive(page_of_shop, "echo")
    said = Message.objects.get(author=Author.OPERATOR)
    assert (said.text, said.conversation) == ("Приезжайте", Conversation.objects.get())


def test_an_advertisement_that_led_the_client_here_is_kept_with_the_appeal(page_of_shop: Channel) -> None:
    arrive(page_of_shop, "referral")
    arrive(page_of_shop, "text")
    close_windows()
    drain()
    appeal = Appeal.objects.get()
    assert appeal.ad_id == "120200000000000002"


def test_several_events_of_one_body_are_all_read(page_of_shop: Channel) -> None:
    body = json.loads(body_of("messenger", "text"))
    for name in ("image", "reply"):
        body["entry"] += json.loads(body_of("messenger", name))["entry"]
    assert post("/webhook/messenger/incoming", json.dumps(body).encode()).status_code == 200
    drain()
    assert Message.objects.count() == 3
