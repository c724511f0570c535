"""What MAX brings, from the webhook to the operator's page and back."""

import json
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from apps.appeals.models import Appeal, Attachment, Author, Conversation, Identity, Message
from apps.channels.models import Channel, Delivery, InboundEvent, Outcome
from apps.core.models import State
from apps.tenants.models import Tenant
from tests.channels.max_bots import attached, make_bot, post, saying, update
from tests.peers.max import MaxPeer
from tests.work import close_windows, drain

pytestmark = pytest.mark.django_db

Take = Callable[[bytes], None]
Page = Callable[[Conversation], str]


@pytest.fixture
def peer(settings: Any, tmp_path: Path) -> Iterator[MaxPeer]:
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    settings.MEDIA_ROOT = tmp_path
    with MaxPeer() as peer:
        yield peer


@pytest.fixture
def bot(shop: Tenant, peer: MaxPeer) -> Channel:
    return make_bot(tenant=shop, base_url=peer.url)


@pytest.fixture
def take(bot: Channel) -> Take:
    def come(body: bytes) -> None:
        assert post("/webhook/max/incoming", body).status_code == 200
        drain()

    return come


def write(desk: Client, conversation: Conversation, text: str) -> None:
    desk.post(f"/admin/desk/{conversation.pk}/answer/", {"text": text, "key": str(uuid.uuid4())})
    drain()


def test_a_client_writes_an_appeal_is_made_and_the_answer_goes_out(
    take: Take, peer: MaxPeer, desk: Client, page: Page
) -> None:
    take(update("text"))
    close_windows()
    drain()
    conversation = Conversation.objects.get()
    assert Appeal.objects.count() == 1
    assert "батарею на iPhone 14" in page(conversation)

    write(desk, conversation, "Да, 3500 рублей.")
    assert [(made["chat_id"], made["text"]) for made in peer.sent] == [(512345678, "Да, 3500 рублей.")]
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.reached) == (State.DONE, "sent")
    assert delivery.external_message_id == f"mid.{1:032x}"
    assert Conversation.objects.get().waiting_since is None


def test_the_same_message_twice_is_one(take: Take) -> None:
    take(update("text"))
    body = json.loads(update("text"))
    take(json.dumps(body | {"timestamp": body["timestamp"] + 9}).encode())

    assert Message.objects.count() == 1
    assert InboundEvent.objects.latest("pk").outcome == Outcome.DUPLICATE


def test_a_start_by_an_advertisement_leaves_its_mark_on_the_appeal(take: Take, page: Page) -> None:
    take(update("bot_started"))
    close_windows()
    drain()

    appeal = Appeal.objects.get()
    assert (appeal.ad_channel, appeal.ad_id) == ("max", "avito_77")


def test_a_recording_is_kept_with_what_max_wrote_down(take: Take, peer: MaxPeer) -> None:
    url = peer.keep("/a/1", b"OggS" + bytes(100), "audio/ogg")
    take(attached("audio", payload={"id": 41, "token": "t", "url": url}))

    file = Attachment.objects.get()
    assert (file.kind, file.content_type, file.size) == ("voice", "audio/ogg", 104)
    assert file.transcript == "Сколько стоит замена экрана?"


def test_a_video_is_stored(take: Take, peer: MaxPeer) -> None:
    peer.videos["video+token/1="] = {"mp4_720": peer.keep("/v/1", b"\0\0\0\x18ftypmp42", "video/mp4")}
    take(update("video"))

    file = Attachment.objects.get()
    assert (file.kind, file.content_type, file.state) == ("video", "video/mp4", State.DONE)


def test_an_edit_and_a_removal_are_of_the_message_they_name(take: Take) -> None:
    take(update("text"))
    take(update("edited"))
    message = Message.objects.get()
    assert (message.text, len(message.earlier)) == ("iPhone 14 Pro, батарея", 1)

    take(update("removed"))
    assert Message.objects.get().deleted_at is not None


def test_who_stops_the_bot_cannot_be_reached_until_they_start_it_again(take: Take) -> None:
    take(update("text"))
    take(update("bot_stopped"))
    assert Identity.objects.get().is_reachable is False

    take(update("bot_started"))
    assert Identity.objects.get().is_reachable is True


def test_a_refusal_because_of_a_stopped_bot_marks_the_client(take: Take, peer: MaxPeer, desk: Client) -> None:
    take(update("text"))
    peer.fail("messages", 403, "chat.denied", "Key: error.dialog.suspended, args: [5,].")
    write(desk, Conversation.objects.get(), "Здравствуйте!")

    assert Identity.objects.get().is_reachable is False
    assert Delivery.objects.get().state == State.FAILED


def test_our_own_message_come_back_is_not_a_second_one(take: Take, desk: Client) -> None:
    take(update("text"))
    write(desk, Conversation.objects.get(), "Здравствуйте!")
    body = json.loads(update("own"))
    body["message"]["body"]["mid"] = Delivery.objects.get().external_message_id
    take(json.dumps(body).encode())

    assert Message.objects.count() == 2
    assert InboundEvent.objects.latest("pk").outcome == Outcome.DUPLICATE


def test_what_another_program_says_with_our_token_is_shown_and_not_answered(take: Take) -> None:
    take(update("text"))
    take(update("own"))

    said = Message.objects.latest("pk")
    assert (said.author, said.text) == (Author.OPERATOR, "Здравствуйте, мы открыты до 20:00")
    assert Conversation.objects.count() == 1


@pytest.mark.parametrize("name", ["group", "channel", "removed_in_group", "user_added", "dialog_cleared"])
def test_what_happens_elsewhere_makes_no_conversation(take: Take, name: str) -> None:
    take(update(name))

    assert InboundEvent.objects.get().outcome == Outcome.IGNORED
    assert not Conversation.objects.exists()


def test_two_organisations_bots_are_told_apart_by_their_secrets(
    shop: Tenant, peer: MaxPeer, take: Take
) -> None:
    other = Tenant.objects.create(slug="other", name="Другая")
    theirs = make_bot(tenant=other, base_url=peer.url, token="another", webhook_secret="their-own-secret")
    post("/webhook/max/incoming", saying("Нам"), secret="their-own-secret")
    take(saying("Вам"))

    assert {(one.tenant_id, one.text) for one in Message.objects.all()} == {
        (other.pk, "Нам"),
        (shop.pk, "Вам"),
    }
    assert Message.objects.get(text="Нам").conversation.channel == theirs
