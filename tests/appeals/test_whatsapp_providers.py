"""What the other WhatsApp providers bring, from the webhook to the operator's page and back."""

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.appeals.models import Appeal, Attachment, Author, Conversation, Message
from apps.channels.models import Channel, Delivery
from apps.core.models import State
from apps.tenants.models import Tenant
from tests.channels.whatsapp_providers import ALL, BIRD, GREEN, IVAN, SHARED, TWILIO, Provider
from tests.peers.server import Reply
from tests.work import close_windows, drain

Come = Callable[..., None]
Page = Callable[[Conversation], str]
every = pytest.mark.parametrize("provider", ALL, ids=lambda one: one.name, indirect=True)

pytestmark = pytest.mark.django_db


@pytest.fixture
def provider(request: Any) -> Provider:
    found: Provider = request.param
    return found


@pytest.fixture
def peer(provider: Provider, settings: Any, tmp_path: Path) -> Iterator[Any]:
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    settings.MEDIA_ROOT = tmp_path
    with provider.peer() as peer:
        yield peer


@pytest.fixture
def number(shop: Tenant, provider: Provider, peer: Any) -> Channel:
    return provider.make(tenant=shop, base_url=peer.url)


@pytest.fixture
def come(number: Channel, provider: Provider) -> Come:
    """An event of this moment comes in at the spec's address, proven, and is read."""

    def take(name: str, **fields: Any) -> None:
        now = timezone.now()
        times: dict[str, dict[str, Any]] = {
            "messagebird": {"createdAt": now.isoformat()},
            "green_api": {"timestamp": int(now.timestamp())},
        }
        body = provider.event(name, **times.get(provider.name, {}), **fields)
        assert provider.post(SHARED, body).status_code == 200
        drain()

    return take


def write(desk: Client, text: str) -> None:
    data = {"text": text, "key": str(uuid.uuid4())}
    desk.post(f"/admin/desk/{Conversation.objects.get().pk}/answer/", data)
    drain()


def reached() -> tuple[str, str]:
    delivery = Delivery.objects.get()
    return str(delivery.state), str(delivery.reached)


IDS = {"twilio": "SM_SENT1", "messagebird": "bird-1", "green_api": "GREEN1"}
NAMED = {"twilio": "MessageSid", "messagebird": "id", "green_api": "idMessage"}


@every
def test_a_client_writes_is_answered_and_the_answer_is_seen_to_arrive(
    provider: Provider, come: Come, peer: Any, desk: Client, page: Page
) -> None:
    come("text")
    close_windows()
    drain()
    said = Appeal.objects.get().messages.get(author=Author.CLIENT)
    assert said.text == "Здравствуйте! Можно заменить батарею на iPhone 14?"
    assert "Иван Петров" in page(said.conversation)

    write(desk, "Да, 3500 рублей.")
    (sent,) = peer.sent
    assert IVAN in str(sent)
    assert "Да, 3500 рублей." in str(sent)
    assert Delivery.objects.get().external_message_id == IDS[provider.name]
    assert reached() == (State.DONE, "sent")

    named = {NAMED[provider.name]: IDS[provider.name]}
    # Out of order, and twice, as statuses come.
    for name in ("status_delivered", "status_sent", "status_delivered"):
        come(name, **named)
        assert reached() == (State.DONE, "delivered")


@every
def test_the_same_message_twice_is_one(come: Come) -> None:
    come("text")
    come("text")
    assert Message.objects.count() == 1


@every
def test_a_failure_told_by_webhook_makes_the_client_wait_again(
    provider: Provider, come: Come, desk: Client
) -> None:
    come("text")
    write(desk, "Да")
    come("status_failed", **{NAMED[provider.name]: IDS[provider.name]})
    assert reached() == (State.FAILED, "failed")


@every
def test_a_lost_answer_is_not_sent_again(provider: Provider, come: Come, peer: Any, desk: Client) -> None:
    come("text")
    peer.script(provider.send, [Reply(close=True)])
    write(desk, "Да")
    assert reached()[0] == State.UNKNOWN
    assert len(peer.to(provider.send)) == 1


@pytest.mark.parametrize("provider", [BIRD], indirect=True)
def test_a_lost_answer_is_found_by_our_key_in_the_status(come: Come, peer: Any, desk: Client) -> None:
    come("text")
    peer.script(BIRD.send, [Reply(close=True)])
    write(desk, "Да")
    come("status_delivered", id="lost-1", reference=str(Delivery.objects.get().key))
    assert reached() == (State.DONE, "delivered")
    assert Delivery.objects.get().external_message_id == "lost-1"


TWILIO_FILES = f"/2010-04-01/Accounts/{TWILIO.values['twilio_account_sid']}/Messages/S/Media"


def with_file(provider: Provider, url: str) -> dict[str, Any]:
    """What makes a fixture's file lie at the peer."""
    if provider is TWILIO:
        return {"MediaUrl0": f"{url}{TWILIO_FILES}/F"}
    if provider is BIRD:
        named = {"mediaUrl": f"{url}/media/F", "contentType": "audio/ogg"}
        return {"body": {"type": "file", "file": {"files": [named]}}}
    file = {"downloadUrl": f"{url}/storage/F", "mimeType": "audio/ogg"}
    return {"messageData": {"typeMessage": "audioMessage", "fileMessageData": file}}


@every
def test_a_voice_message_is_fetched_and_played(provider: Provider, come: Come, peer: Any, page: Page) -> None:
    peer.files["F"] = (b"OggS" + bytes(100), "audio/ogg")
    come("voice", **with_file(provider, peer.url))
    file = Attachment.objects.get()
    assert (file.kind, file.content_type, file.size) == ("voice", "audio/ogg", 104)
    assert "<audio" in page(Conversation.objects.get())


@pytest.mark.parametrize("provider", [GREEN], indirect=True)
def test_what_was_written_on_the_phone_is_shown_and_our_own_echo_is_not_doubled(
    come: Come, peer: Any, desk: Client
) -> None:
    come("text")
    come("from_phone")
    own = Message.objects.get(author=Author.OPERATOR)
    assert (own.text, Conversation.objects.get().waiting_since) == ("Приезжайте до семи", None)

    write(desk, "Ждём")
    come("own_echo", idMessage="GREEN1")
    assert Message.objects.filter(author=Author.OPERATOR).count() == 2


@pytest.mark.parametrize("provider", [GREEN], indirect=True)
def test_a_placeholder_is_a_note_for_people(come: Come, page: Page) -> None:
    come("placeholder")
    said = Message.objects.get()
    assert (said.text, bool(said.note)) == ("", True)
    assert "SWE001" not in page(said.conversation)


@pytest.mark.parametrize("provider", [GREEN], indirect=True)
def test_an_edit_a_reaction_and_a_withdrawal_change_the_message(come: Come, page: Page) -> None:
    come("text", idMessage="FIRST1")
    come("edited")
    come(
        "reaction",
        messageData={
            "typeMessage": "reactionMessage",
            "extendedTextMessageData": {"text": "👍"},
            "quotedMessage": {"stanzaId": "FIRST1"},
        },
    )
    message = Message.objects.get()
    assert (message.text, message.reaction) == ("iPhone 14 Pro", "👍")
    come("deleted")
    message.refresh_from_db()
    assert message.deleted_at is not None
