"""What Avito brings, from the webhook to the operator's page and back."""

import json
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils.html import strip_tags

from apps.appeals.models import Appeal, Attachment, Author, Conversation, Identity, Message
from apps.channels.models import Channel, Delivery, InboundEvent, Outcome
from apps.core.models import State
from apps.integrations.models import Connection, Health
from apps.tenants.models import Tenant
from tests.channels.test_avito_parse import changed, hook
from tests.channels.test_avito_send import make_account
from tests.peers.avito import ACCOUNT, AvitoPeer
from tests.work import close_windows, drain

pytestmark = pytest.mark.django_db

Page = Callable[[Conversation], str]


@pytest.fixture
def avito(settings: Any, tmp_path: Path) -> Iterator[AvitoPeer]:
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    settings.MEDIA_ROOT = tmp_path
    with AvitoPeer() as peer:
        yield peer


@pytest.fixture
def account(shop: Tenant, avito: AvitoPeer) -> Channel:
    return make_account(avito, tenant=shop)


@pytest.fixture
def arrive(account: Channel) -> Callable[[bytes], None]:
    def take(body: bytes) -> None:
        answer = Client().post(f"/webhook/avito/{account.public_id}", body, content_type="application/json")
        assert answer.status_code == 200
        drain()

    return take


def answer(desk: Client, conversation: Conversation, text: str) -> Any:
    data = {"text": text, "key": str(uuid.uuid4())}
    return desk.post(f"/admin/desk/{conversation.pk}/answer/", data).json()


def test_a_client_writes_under_an_advertisement_and_is_answered(
    arrive: Callable[[bytes], None], avito: AvitoPeer, desk: Client, page: Page
) -> None:
    arrive(hook("text"))
    arrive(hook("text"))  # Avito repeats what it is not sure of
    close_windows()
    drain()

    appeal = Appeal.objects.get()
    assert (appeal.ad_channel, appeal.ad_id) == ("avito", "2897654321")
    conversation = Conversation.objects.get()
    assert "Сколько стоит замена батареи" in page(conversation)

    answer(desk, conversation, "3500 рублей, приезжайте")
    drain()
    assert avito.sent == [{"chat": "u2i-Abc~d3F_gH", "text": "3500 рублей, приезжайте"}]
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.reached, delivery.external_message_id) == (State.DONE, "sent", "sent-1")


def test_the_echo_of_our_answer_is_no_second_message(
    arrive: Callable[[bytes], None], avito: AvitoPeer, desk: Client
) -> None:
    arrive(hook("text"))
    answer(desk, Conversation.objects.get(), "3500 рублей")
    drain()
    before = Message.objects.count()
    arrive(changed("own", id="sent-1"))

    assert Message.objects.count() == before
    assert InboundEvent.objects.latest("pk").outcome == Outcome.DUPLICATE


def test_what_was_written_in_avitos_own_application_is_shown_and_never_answered(
    arrive: Callable[[bytes], None], page: Page
) -> None:
    arrive(hook("text"))
    conversation = Conversation.objects.get()
    arrive(hook("own"))

    assert Conversation.objects.get() == conversation
    own = Message.objects.get(author=Author.OPERATOR)
    assert own.conversation == conversation
    assert "Добрый день, 3500 рублей" in page(conversation)
    assert conversation.identity.external_user_id == "141592653"


def test_one_client_under_two_advertisements_has_two_conversations(arrive: Callable[[bytes], None]) -> None:
    arrive(hook("text"))
    arrive(changed("text", id="other", chat_id="u2i-Other~1", item_id=77))

    assert Conversation.objects.count() == 2
    assert Identity.objects.get().external_user_id == "141592653"


def test_a_voice_message_is_stored_and_played(
    arrive: Callable[[bytes], None], avito: AvitoPeer, desk: Client
) -> None:
    content = b"\x00\x00\x00\x20ftypisom" + bytes(200)
    avito.voices["0d9e7c1a-voice"] = content
    arrive(hook("voice"))

    file = Attachment.objects.get()
    assert (file.kind, file.state, file.size) == ("voice", State.DONE, len(content))
    assert b"".join(desk.get(f"/admin/desk/file/{file.pk}/")) == content


def test_a_picture_of_the_client_is_stored(arrive: Callable[[bytes], None], avito: AvitoPeer) -> None:
    avito.pictures["large.jpg"] = b"\xff\xd8\xff\xe0" + bytes(100)
    sizes = {"1280x960": f"{avito.url}/files/picture/large.jpg"}
    arrive(changed("image", content={"image": {"sizes": sizes}}))

    file = Attachment.objects.get()
    assert (file.kind, file.state, file.content_type) == ("image", State.DONE, "image/jpeg")


def test_a_forged_address_of_a_picture_leaves_its_place_and_the_reason(
    arrive: Callable[[bytes], None], page: Page
) -> None:
    arrive(hook("image").replace(b"10.img.avito.st", b"10.img.evil.example"))

    file = Attachment.objects.get()
    assert (file.state, file.error_code) == (State.FAILED, "foreign")
    page(Conversation.objects.get())


def test_what_the_client_took_back_is_shown_so(arrive: Callable[[bytes], None], page: Page) -> None:
    arrive(hook("text"))
    arrive(hook("deleted"))

    assert InboundEvent.objects.latest("pk").reason == "deleted"
    page(Conversation.objects.get())


@pytest.mark.parametrize("name", ["item", "location", "call", "app_call", "video", "link", "unknown"])
def test_what_only_a_note_can_tell_opens_an_appeal_and_is_shown(
    arrive: Callable[[bytes], None], page: Page, name: str
) -> None:
    arrive(hook(name))
    close_windows()
    drain()

    assert Message.objects.get().note in strip_tags(page(Conversation.objects.get()))  # addresses are links
    assert Appeal.objects.count() == 1


@pytest.mark.parametrize("name", ["system", "from_avito"])
def test_avitos_own_notices_open_nothing(arrive: Callable[[bytes], None], name: str) -> None:
    arrive(hook(name))
    assert (Message.objects.count(), InboundEvent.objects.get().outcome) == (0, Outcome.IGNORED)


def test_a_chat_that_is_gone_marks_the_client_unreachable(
    arrive: Callable[[bytes], None], avito: AvitoPeer, desk: Client
) -> None:
    arrive(hook("text"))
    avito.fail("messages", 404)
    answer(desk, Conversation.objects.get(), "Здравствуйте!")
    drain()

    assert Delivery.objects.get().state == State.FAILED
    assert Identity.objects.get().is_reachable is False


def test_an_unpaid_messenger_turns_the_card_red_with_its_own_words(
    arrive: Callable[[bytes], None], avito: AvitoPeer, desk: Client
) -> None:
    arrive(hook("text"))
    avito.fail("messages", 402)
    answer(desk, Conversation.objects.get(), "Здравствуйте!")
    drain()

    connection = Connection.objects.get()
    assert (connection.health, connection.error_code) == (Health.MISCONFIGURED, "tariff")
    assert "Максимальный" in connection.error_text
    assert Delivery.objects.get().error_code == "tariff"


def test_the_customers_own_example_arrives_on_the_customers_own_route(account: Channel) -> None:
    body = json.loads(hook("spec"))
    secret = account.connection.secrets["webhook_secret"]
    path = f"/webhook/avito/incoming?secret={secret}"
    assert Client().post(path, json.dumps(body), content_type="application/json").status_code == 200
    drain()

    message = Message.objects.get()
    assert message.text == "Здравствуйте! Сколько стоит замена батареи?"
    assert message.conversation.external_chat_id == "chat_123456"
    assert account.account == str(ACCOUNT)
