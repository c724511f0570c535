"""Avito through the MCP server, from the webhook to the operator's page and back to the client."""

import copy
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone

from apps.appeals.models import Appeal, Attachment, Author, Contact, Conversation, Identity, Message
from apps.channels.connectors.avito import history
from apps.channels.contract import MediaKind, OutgoingFile
from apps.channels.delivery import queue_delivery
from apps.channels.models import Channel, Delivery, InboundEvent, Outcome
from apps.channels.receiving import store_event
from apps.core.models import State
from apps.integrations.models import Health
from apps.tenants.models import Tenant
from tests.channels.avito_servers import SECRET, body, make_channel, opened, post
from tests.peers.avito_mcp import SEND, AvitoMcpPeer
from tests.work import close_windows, drain

Page = Callable[[Conversation], str]
Arrive = Callable[..., None]

pytestmark = pytest.mark.django_db

JPEG, MP4 = b"\xff\xd8\xff\xe0" + bytes(100), b"\0\0\0\x18ftypM4A " + bytes(100)


@pytest.fixture
def server(settings: Any, tmp_path: Path) -> Iterator[AvitoMcpPeer]:
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    settings.MEDIA_ROOT = tmp_path
    with AvitoMcpPeer() as peer:
        yield peer


@pytest.fixture
def avito(shop: Tenant, server: AvitoMcpPeer) -> Channel:
    return make_channel(tenant=shop, base_url=server.url)


@pytest.fixture
def arrive(avito: Channel) -> Arrive:
    """A message comes in at the channel's own address and is read."""

    def take(found: Any) -> None:
        assert post(f"/webhook/avito/{avito.public_id}", found).status_code == 200
        drain()

    return take


def write(desk: Client, conversation: Conversation, text: str, **fields: Any) -> Any:
    data = {"text": text, "key": str(uuid.uuid4()), **fields}
    return desk.post(f"/admin/desk/{conversation.pk}/answer/", data).json()


def test_a_message_becomes_an_appeal_and_is_answered_in_its_chat(
    arrive: Arrive, server: AvitoMcpPeer, desk: Client, page: Page
) -> None:
    arrive(body("full_contact"))
    close_windows()
    drain()

    appeal, contact = Appeal.objects.get(), Contact.objects.get()
    assert (contact.name, contact.phone, contact.email) == (
        "Иван Петров",
        "+7 900 123-45-67",
        "ivan@example.com",
    )
    assert (appeal.ad_channel, appeal.ad_id) == ("avito", "item_456789")
    assert appeal.prefilled_data["model"] == "iPhone 14"

    conversation = Conversation.objects.get()
    write(desk, conversation, "Здравствуйте! Перезвоним через час.")
    drain()
    assert server.sent == [{"chat_id": "u2i-AbC~1_x", "text": "Здравствуйте! Перезвоним через час."}]
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.external_message_id) == (State.DONE, "msg_5001")
    assert "Перезвоним через час" in page(conversation)


def listed(chat: str, *, title: str, name: str) -> dict[str, Any]:
    listing = {"id": 456789, "title": title, "price_string": "2 500 ₽", "url": "https://avito.ru/456789"}
    users = [{"id": 100200300, "name": "Мастерская"}, {"id": 12345678, "name": name}]
    return {"id": chat, "users": users, "context": {"type": "item", "value": listing}}


def test_the_servers_list_of_chats_tells_which_advertisement_a_new_one_is_about(
    arrive: Arrive, server: AvitoMcpPeer
) -> None:
    first = body("full_contact") | {"external_user_id": "12345678"}
    server.chats = [
        listed("u2i-another", title="Замена стекла", name="Пётр"),
        listed(first["external_chat_id"], title="Замена батареи", name="Иван из Авито"),
    ]
    arrive(first)
    second = copy.deepcopy(first)
    second["meta"]["external_message_id"] = "msg_second"
    arrive(second)

    notes = list(Message.objects.order_by("pk").values_list("note", flat=True))
    assert notes == ["[объявление: Замена батареи, 2 500 ₽, https://avito.ru/456789]", ""]
    assert Contact.objects.get().name == "Иван Петров"  # as the message itself has it
    assert len(server.to("GET /api/chats")) == 1


@pytest.mark.parametrize("error", ["", "Avito API Error 503: Service Unavailable"])
def test_a_list_without_the_chat_or_none_at_all_holds_no_message(
    arrive: Arrive, server: AvitoMcpPeer, avito: Channel, error: str
) -> None:
    if error:
        server.refuse("GET /api/chats", error)
    arrive(body("full_contact"))

    assert Message.objects.get().note == ""
    avito.connection.refresh_from_db()
    assert avito.connection.error_code == ""


def test_our_answer_that_comes_back_is_not_a_second_one(
    arrive: Arrive, server: AvitoMcpPeer, desk: Client
) -> None:
    arrive(body("text"))
    write(desk, Conversation.objects.get(), "Добрый день! 3500 рублей.")
    drain()
    arrive(body("echo"))

    assert InboundEvent.objects.latest("pk").outcome == Outcome.DUPLICATE
    assert Message.objects.filter(author=Author.OPERATOR).count() == 1


def test_what_an_operator_wrote_in_avito_itself_is_shown_and_answers_the_client(arrive: Arrive) -> None:
    arrive(body("text"))
    assert Conversation.objects.get().waiting_since is not None
    found = body("echo")
    found["meta"]["external_message_id"] = "msg_from_the_app"
    arrive(found)

    conversation = Conversation.objects.get()
    assert conversation.waiting_since is None
    assert [message.author for message in conversation.messages.all()] == [Author.CLIENT, Author.OPERATOR]
    assert conversation.contact.name == "Иван Петров"


def test_a_message_that_came_both_raw_and_normalised_is_one(arrive: Arrive) -> None:
    arrive(body("text"))
    arrive(body("text")["meta"]["raw"])
    arrive(body("text"))

    assert Message.objects.count() == 1
    assert Identity.objects.count() == 1


def test_voice_and_picture_are_stored_and_the_servers_transcript_is_kept(
    arrive: Arrive, server: AvitoMcpPeer
) -> None:
    server.files |= {"v.mp4": MP4, "1.jpg": JPEG}
    voice, image = body("voice_transcribed"), body("image")
    voice["media"]["voice_url"] = f"{server.url}/files/v.mp4"
    image["media"]["images"] = [{"url": f"{server.url}/files/1.jpg"}]
    image["meta"]["external_message_id"] = "msg_picture"
    arrive(voice)
    arrive(image)

    files = {file.kind: file for file in Attachment.objects.all()}
    assert {kind: (file.state, file.size) for kind, file in files.items()} == {
        "voice": (State.DONE, len(MP4)),
        "image": (State.DONE, len(JPEG)),
    }
    assert files["voice"].transcript == "Сколько стоит стекло"


def test_a_voice_whose_link_died_leaves_its_place_and_the_connection_well(
    arrive: Arrive, server: AvitoMcpPeer, avito: Channel
) -> None:
    found = body("voice")
    found["media"]["voice_url"] = f"{server.url}/files/gone.mp4"
    arrive(found)

    assert Attachment.objects.get().state == State.FAILED
    avito.connection.refresh_from_db()
    assert avito.connection.health not in (Health.NEEDS_RECONNECT, Health.MISCONFIGURED)


def test_a_picture_goes_out_through_the_queue(server: AvitoMcpPeer, avito: Channel, client: Client) -> None:
    path = default_storage.save("смета.jpg", ContentFile(JPEG))
    file = OutgoingFile(
        kind=MediaKind.IMAGE, name="смета.jpg", content_type="image/jpeg", size=len(JPEG), path=path
    )
    queue_delivery(
        channel=avito, external_chat_id="u2i-AbC~1_x", external_user_id="12345678", text="", file=file
    )
    drain()

    address = urlsplit(server.sent[0]["image_url"]).path
    assert b"".join(client.get(address)) == JPEG
    assert Delivery.objects.get().state == State.DONE


def test_what_is_queued_in_bulk_goes_by_the_way_for_many(server: AvitoMcpPeer, avito: Channel) -> None:
    queue_delivery(
        channel=avito, external_chat_id="u2i-1", external_user_id="12345678", text="Скидка", in_bulk=True
    )
    drain()

    assert server.sent == [{"chat_id": "u2i-1", "text": "Скидка"}]
    assert server.requests[-1].path == "/api/messages/send/bulk"
    assert Delivery.objects.get().state == State.DONE


def test_a_long_answer_goes_as_several_messages_in_order(
    arrive: Arrive, server: AvitoMcpPeer, desk: Client
) -> None:
    arrive(body("text"))
    text = " ".join(f"слово{n}" for n in range(300))
    write(desk, Conversation.objects.get(), text)
    drain()

    assert len(server.sent) > 1
    assert " ".join(values["text"] for values in server.sent) == text


def test_a_chat_that_is_gone_marks_its_client_as_not_reachable(
    arrive: Arrive, server: AvitoMcpPeer, desk: Client
) -> None:
    arrive(body("text"))
    server.refuse(SEND, "Avito API Error 404: Chat not found")
    write(desk, Conversation.objects.get(), "Здравствуйте!")
    drain()

    assert Delivery.objects.get().state == State.FAILED
    assert Identity.objects.get().is_reachable is False


def test_the_servers_limit_only_delays(arrive: Arrive, server: AvitoMcpPeer, desk: Client) -> None:
    arrive(body("text"))
    server.refuse(SEND, "Rate limit exceeded, try again later")
    write(desk, Conversation.objects.get(), "Здравствуйте!")
    drain()

    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.failures) == (State.QUEUED, 0)
    assert delivery.due_at > timezone.now()
    assert server.sent == []


def test_a_client_without_account_in_the_message_is_known_by_who_they_are(
    arrive: Arrive, server: AvitoMcpPeer, avito: Channel
) -> None:
    """The specification's own rule: the organisation by the channel and the client's id."""
    make_channel(base_url=server.url, user_id="777")
    arrive(body("text"))
    found = copy.deepcopy(body("text_without_raw"))
    del found["meta"]["user_id"]
    assert post("/webhook/avito/incoming", found, secret=SECRET).status_code == 200
    drain()

    assert InboundEvent.objects.latest("pk").channel == avito
    assert Message.objects.count() == 2


def test_what_the_history_brings_fills_the_gap_and_repeats_nothing(
    arrive: Arrive, server: AvitoMcpPeer, avito: Channel
) -> None:
    arrive(body("text"))
    known = body("text")["meta"]["raw"]["payload"]["value"]
    missed = known | {
        "id": "msg_missed",
        "content": {"text": "И ещё вопрос"},
        "created": known["created"] + 60,
    }
    server.chats = [{"id": "u2i-AbC~1_x", "users": [{"id": 12345678, "name": "Иван"}]}]
    server.messages["u2i-AbC~1_x"] = [missed, known]
    now = timezone.now()
    found = history(opened(avito), since=now - timedelta(days=3000), until=now)
    for raw in found.bodies:
        store_event(connector="avito", channel=avito, body=raw, proof={})
    drain()

    assert [message.external_message_id for message in Message.objects.all()] == ["msg_text", "msg_missed"]
