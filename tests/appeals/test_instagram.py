"""Instagram, from the webhook to the operator's page and back to the client."""

import json
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.appeals.models import Appeal, Attachment, Author, Batch, Conversation, Message
from apps.channels.models import Channel, Delivery, InboundEvent, Outcome
from apps.core.models import State
from apps.tenants.models import Tenant
from tests.channels.meta_accounts import fresh, make_account, post
from tests.peers.instagram import CLIENT, InstagramPeer
from tests.work import close_windows, drain

pytestmark = pytest.mark.django_db


@pytest.fixture
def peer(settings: Any, tmp_path: Path) -> Iterator[InstagramPeer]:
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    settings.MEDIA_ROOT = tmp_path
    settings.PUBLIC_URL = "https://crm.example.com"
    with InstagramPeer() as peer:
        yield peer


@pytest.fixture
def account(shop: Tenant, peer: InstagramPeer) -> Channel:
    return make_account("instagram", tenant=shop, base_url=peer.url)


def arrive(name: str, **fields: Any) -> InboundEvent:
    """One of the fixtures comes in at the customer's own address and is read."""
    assert post("/webhook/instagram/incoming", fresh("instagram", name, **fields)).status_code == 200
    drain()
    return InboundEvent.objects.latest("pk")


def write(desk: Client, conversation: Conversation, text: str) -> None:
    data = {"text": text, "key": str(uuid.uuid4())}
    answer = desk.post(f"/admin/desk/{conversation.pk}/answer/", data)
    assert answer.status_code == 200, answer.content
    drain()


def test_a_client_writes_is_answered_and_the_answer_is_seen(
    account: Channel, peer: InstagramPeer, desk: Client
) -> None:
    arrive("text")
    close_windows()
    drain()
    appeal = Appeal.objects.get()
    assert appeal.messages.get().text == "Здравствуйте! Можно заменить батарею на iPhone 14?"

    conversation = Conversation.objects.get()
    write(desk, conversation, "Да, конечно. Замена стоит 3500 рублей.")
    assert peer.sent == [
        {"recipient": {"id": CLIENT}, "message": {"text": "Да, конечно. Замена стоит 3500 рублей."}}
    ]
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.reached, delivery.external_message_id) == (State.DONE, "sent", "mid.1")

    assert arrive("seen", mid="mid.1").outcome == Outcome.STATUS
    assert Delivery.objects.get().reached == "read"


def test_the_echo_of_an_answer_is_no_second_message_and_what_was_written_there_is_shown(
    account: Channel, peer: InstagramPeer, desk: Client
) -> None:
    arrive("text")
    write(desk, Conversation.objects.get(), "Приезжайте")
    assert arrive("echo", mid="mid.1").outcome == Outcome.DUPLICATE
    assert Message.objects.filter(author=Author.OPERATOR).count() == 1

    assert arrive("echo", text="Или завтра").outcome == Outcome.MESSAGE
    assert Message.objects.filter(author=Author.OPERATOR).count() == 2
    assert Conversation.objects.count() == 1


def test_a_long_russian_answer_goes_as_several_messages_counted_in_bytes(
    account: Channel, peer: InstagramPeer, desk: Client
) -> None:
    arrive("text")
    text = "Замена экрана займёт около часа. " * 30
    write(desk, Conversation.objects.get(), text)

    assert len(peer.sent) > 1
    assert " ".join(values["message"]["text"] for values in peer.sent).split() == text.split()


def test_a_picture_is_stored_and_a_story_is_shown_with_its_note(
    account: Channel, peer: InstagramPeer
) -> None:
    peer.files["photo.jpg"] = b"\xff\xd8\xff\xe0" + bytes(100)
    where = {"payload": {"url": f"{peer.url}/cdn/photo.jpg"}}
    arrive("image", attachments=[{"type": "image", **where}])
    arrive("story_mention", attachments=[{"type": "story_mention", **where}])

    files = Attachment.objects.all()
    assert [(file.state, file.content_type) for file in files] == [(State.DONE, "image/jpeg")] * 2
    assert [bool(message.note) for message in Message.objects.order_by("pk")] == [False, True]


def test_what_the_client_takes_back_is_marked_and_a_reaction_stands_under_its_message(
    account: Channel, peer: InstagramPeer, desk: Client
) -> None:
    arrive("text")
    write(desk, Conversation.objects.get(), "3500 рублей")
    arrive("reaction", mid="mid.1")
    assert Message.objects.get(author=Author.OPERATOR).reaction == "❤️"
    arrive("unreaction", mid="mid.1")
    assert Message.objects.get(author=Author.OPERATOR).reaction == ""

    event = arrive("deleted")
    assert (event.outcome, event.reason) == (Outcome.MESSAGE, "deleted")


def test_a_person_answers_on_the_second_day_under_the_tag_and_on_the_ninth_not_at_all(
    account: Channel, peer: InstagramPeer, desk: Client
) -> None:
    arrive("text")
    conversation = Conversation.objects.get()
    _quiet(timedelta(days=2))
    write(desk, conversation, "Ваш телефон готов")
    assert (peer.sent[0]["messaging_type"], peer.sent[0]["tag"]) == ("MESSAGE_TAG", "HUMAN_AGENT")

    _quiet(timedelta(days=9))
    data = {"text": "Ждём вас", "key": str(uuid.uuid4())}
    desk.post(f"/admin/desk/{conversation.pk}/answer/", data)
    drain()
    assert len(peer.sent) == 1


def test_the_same_webhook_twice_is_one_message(account: Channel) -> None:
    arrive("text")
    body = json.loads(fresh("instagram", "text"))
    body["entry"][0]["time"] += 1
    assert post("/webhook/instagram/incoming", json.dumps(body).encode()).status_code == 200
    drain()
    assert Message.objects.count() == 1
    assert Batch.objects.count() == 1


def _quiet(since: timedelta) -> None:
    """As if the client had last written so long ago."""
    then = timezone.now() - since
    Message.objects.filter(author=Author.CLIENT).update(sent_at=then, received_at=then)
