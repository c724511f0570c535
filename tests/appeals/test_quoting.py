"""What answers another message shows it; an operator answers a certain one of the client's."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from apps.appeals.models import Conversation, Message
from apps.appeals.quoting import add_quotes
from apps.channels.models import Delivery
from tests.peers.telegram import TelegramPeer
from tests.work import drain

pytestmark = pytest.mark.django_db


def answer(desk: Client, talk: Conversation, **fields: Any) -> None:
    form = {"text": "Сделаем", "key": str(uuid.uuid4()), **fields}
    assert desk.post(f"/admin/desk/{talk.pk}/answer/", form).json() == {"ok": True}


@pytest.fixture
def talk(arrive: Callable[..., None]) -> Conversation:
    arrive("text", message_id=41, text="Сколько стоит экран?")
    return Conversation.objects.get()


def test_an_answer_goes_out_as_an_answer_to_the_message_chosen(
    desk: Client, talk: Conversation, bot_peer: TelegramPeer, page: Callable[[Conversation], str]
) -> None:
    asked = Message.objects.get()
    assert "data-reply" in page(talk)
    answer(desk, talk, reply_to=asked.pk)
    drain()
    assert bot_peer.sent[0]["reply_parameters"]["message_id"] == 41
    assert f'<a class="bubble-quote" href="#m{asked.pk}"><bdi>Сколько стоит экран?</bdi></a>' in page(talk)


def test_of_a_long_answer_only_the_first_part_quotes(desk: Client, talk: Conversation) -> None:
    file = SimpleUploadedFile("a.pdf", b"%PDF-1.7 x", content_type="application/pdf")
    answer(desk, talk, reply_to=Message.objects.get().pk, text="ы" * 1500, file=file)
    assert [one.reply_to for one in Delivery.objects.order_by("pk")] == ["41", ""]


@pytest.mark.parametrize("asked", ["0", "x", "99999999999999999999", "-1"])
def test_a_message_that_is_not_there_is_answered_without_a_quote(
    desk: Client, talk: Conversation, asked: str
) -> None:
    answer(desk, talk, reply_to=asked)
    assert Delivery.objects.get().reply_to == ""


def test_another_conversations_message_is_not_quoted(
    desk: Client, talk: Conversation, routed: Callable[..., Conversation]
) -> None:
    elsewhere = routed("Здравствуйте").messages.get()
    answer(desk, talk, reply_to=elsewhere.pk)
    assert Delivery.objects.get().reply_to == ""


def test_where_the_messenger_shows_no_quotes_none_is_offered(
    desk: Client, routed: Callable[..., Conversation], page: Callable[[Conversation], str]
) -> None:
    talk = routed("Здравствуйте")
    assert "data-reply" not in page(talk)
    answer(desk, talk, reply_to=talk.messages.get().pk)
    assert Delivery.objects.get().reply_to == ""


def test_quotes_of_older_messages_cost_one_question(
    desk: Client, talk: Conversation, django_assert_num_queries: Any
) -> None:
    made = [
        Message.objects.create(
            tenant=talk.tenant,
            conversation=talk,
            author="client",
            text="x",
            reply_to="41",
            sent_at=talk.last_message_at,
        )
        for _number in range(3)
    ]
    with django_assert_num_queries(1):
        add_quotes(talk, made)
    assert {one.quoted.text for one in made if one.quoted} == {"Сколько стоит экран?"}
