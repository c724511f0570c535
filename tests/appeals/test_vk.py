"""A client writes to the community, an operator answers: from VK's event to what VK is told, and back."""

import json
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from apps.appeals.models import Appeal, Attachment, Conversation, Identity, Message
from apps.channels.models import Channel, Delivery, InboundEvent, Outcome
from apps.channels.receiving import store_event
from apps.core.models import State
from apps.tenants.models import Tenant
from tests.channels.vk_groups import event, make_group
from tests.peers.server import Reply
from tests.peers.vk import VkPeer
from tests.work import close_windows, drain

Bring = Callable[..., None]
Page = Callable[[Conversation], str]

pytestmark = pytest.mark.django_db
CLIENT = "987654321"


@pytest.fixture
def peer(settings: Any, tmp_path: Path) -> Iterator[VkPeer]:
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    settings.MEDIA_ROOT = tmp_path
    with VkPeer() as peer:
        yield peer


@pytest.fixture
def group(shop: Tenant, peer: VkPeer) -> Channel:
    return make_group(tenant=shop, base_url=peer.url)


@pytest.fixture
def bring(group: Channel, client: Client) -> Bring:
    """An event comes in by the Callback API and is read."""

    def take(name: str, **fields: Any) -> None:
        body = json.loads(event(name))
        what = body["object"]
        (what.get("message") or what).update(fields)
        path = f"/webhook/vk/{group.public_id}"
        answer = client.post(path, json.dumps(body), content_type="application/json")
        assert (answer.status_code, answer.content) == (200, b"ok")
        drain()

    return take


def write(desk: Client, conversation: Conversation, text: str) -> None:
    data = {"text": text, "key": str(uuid.uuid4())}
    assert desk.post(f"/admin/desk/{conversation.pk}/answer/", data).status_code == 200
    drain()


def test_a_message_becomes_an_appeal_is_answered_and_its_answer_is_read(
    bring: Bring, peer: VkPeer, desk: Client, page: Page
) -> None:
    bring("text")
    close_windows()
    drain()
    conversation = Conversation.objects.get()
    assert Appeal.objects.get().conversation == conversation
    assert "Сколько стоит экран на iPhone 13?" in page(conversation)

    write(desk, conversation, "Здравствуйте! Экран — 9900 рублей.")
    assert [one["message"] for one in peer.sent] == ["Здравствуйте! Экран — 9900 рублей."]
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.external_message_id) == (State.DONE, f"{CLIENT}_701")

    bring("read", conversation_message_id=701)
    delivery.refresh_from_db()
    assert delivery.reached == "read"


def test_what_comes_by_both_ways_is_one_message(bring: Bring, group: Channel) -> None:
    bring("text")
    polled = json.loads(event("text"))
    del polled["secret"]
    store_event(connector="vk", channel=group, body=json.dumps(polled).encode(), proof={})
    drain()

    assert Message.objects.count() == 1
    assert [event.outcome for event in InboundEvent.objects.order_by("pk")] == [
        Outcome.MESSAGE,
        Outcome.DUPLICATE,
    ]


def test_our_own_echo_is_no_second_message_even_where_the_answer_was_lost(
    bring: Bring, peer: VkPeer, desk: Client
) -> None:
    bring("text")
    peer.next("messages.send", Reply(close=True))
    write(desk, Conversation.objects.get(), "Здравствуйте!")
    delivery = Delivery.objects.get()
    assert delivery.state == State.QUEUED

    bring("own_echo", payload=peer.sent[0]["payload"], conversation_message_id=701)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.external_message_id) == (State.DONE, f"{CLIENT}_701")
    assert Message.objects.count() == 2
    assert len(peer.sent) == 1


def test_an_answer_from_vk_itself_is_shown_and_ends_the_waiting(bring: Bring, page: Page) -> None:
    bring("text")
    bring("own_from_app")

    conversation = Conversation.objects.get()
    assert conversation.waiting_since is None
    assert "Отвечаю из приложения" in page(conversation)


def test_an_edit_a_reaction_and_a_button_are_shown(bring: Bring, peer: VkPeer, desk: Client) -> None:
    bring("text")
    bring("edited")
    assert Message.objects.get().text == "Экран на iPhone 13 Pro"
    write(desk, Conversation.objects.get(), "Готово")

    bring("reaction", cmid=701)
    assert Message.objects.get(delivery__isnull=False).reaction == "👍"
    bring("press", conversation_message_id=701)
    assert "order" in Message.objects.latest("pk").note


def test_a_client_who_forbids_messages_is_shown_so(bring: Bring, peer: VkPeer, desk: Client) -> None:
    bring("text")
    bring("deny")
    assert Identity.objects.get().is_reachable is False
    bring("allow")
    assert Identity.objects.get().is_reachable is True

    peer.fail("messages.send", 901)
    write(desk, Conversation.objects.get(), "Здравствуйте!")
    assert Delivery.objects.get().state == State.FAILED
    assert Identity.objects.get().is_reachable is False


def test_a_voice_message_is_stored(bring: Bring, peer: VkPeer) -> None:
    peer.files["a.ogg"] = b"OggS" + bytes(100)
    voice = {"id": 5, "owner_id": 1, "duration": 6, "link_ogg": f"{peer.url}/files/a.ogg"}
    bring("voice", attachments=[{"type": "audio_message", "audio_message": voice}])

    file = Attachment.objects.get()
    assert (file.state, file.kind, file.seconds, file.size) == (State.DONE, "voice", 6, 104)


def test_two_chats_with_the_same_numbers_are_not_confused(bring: Bring, peer: VkPeer, desk: Client) -> None:
    bring("text")
    bring("text", from_id=111, peer_id=111, text="другой клиент")
    first = Conversation.objects.get(external_chat_id=CLIENT)
    write(desk, first, "Первому")

    bring("own_from_app", peer_id=111, conversation_message_id=701, text="второму из приложения")
    assert Message.objects.filter(text="второму из приложения").count() == 1
