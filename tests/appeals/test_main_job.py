"""A client's words become one appeal that an operator answers."""

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from apps.appeals.answering import answer
from apps.appeals.models import Appeal, AppealStatus, Author, Batch, Contact, Conversation, Message
from apps.appeals.notes import AINote
from apps.channels.models import Channel, ChatLine, Delivery, InboundEvent, Outcome
from apps.core.models import State
from apps.tenants.models import Member
from tests.work import close_windows, drain

Visit = Callable[..., str]
Routed = Callable[..., Conversation]

pytestmark = pytest.mark.django_db


def test_the_client_is_seen_before_the_window_closes(visit: Visit, chat: Channel) -> None:
    visit("Здравствуйте! Можно заменить батарею на iPhone 14?")
    drain()

    assert Message.objects.get().text == "Здравствуйте! Можно заменить батарею на iPhone 14?"
    assert Appeal.objects.count() == 0
    assert Batch.objects.get().due_at - InboundEvent.objects.get().received_at == timedelta(seconds=30)


def test_two_messages_within_the_window_become_one_appeal(visit: Visit) -> None:
    token = visit("Здравствуйте!")
    drain()
    visit("Сколько стоит батарея?", token=token)
    drain()
    close_windows()
    drain()

    appeal = Appeal.objects.get()
    assert [message.text for message in appeal.messages.all()] == ["Здравствуйте!", "Сколько стоит батарея?"]
    assert Contact.objects.count() == 1


def test_the_window_is_counted_from_the_first_message(visit: Visit) -> None:
    with time_machine.travel("2026-11-21 10:00:00Z", tick=False) as clock:
        token = visit("раз")
        drain()
        clock.shift(timedelta(seconds=20))
        visit("два", token=token)
        drain()
        clock.shift(timedelta(seconds=9))
        drain()
        assert Appeal.objects.count() == 0
        clock.shift(timedelta(seconds=2))
        drain()
        assert Appeal.objects.get().messages.count() == 2


def test_a_message_after_the_window_joins_the_open_appeal(routed: Routed, visit: Visit) -> None:
    conversation = routed("Здравствуйте!")
    Message.objects.filter(conversation=conversation)
    visitor = chat_token(conversation)
    answer_it(conversation)
    drain()
    write_again(visitor, conversation, "А дисплей?")

    assert Appeal.objects.count() == 1
    assert Appeal.objects.get().messages.filter(author=Author.CLIENT).count() == 2
    assert Batch.objects.count() == 2


def test_after_a_closed_appeal_a_new_message_opens_another(routed: Routed) -> None:
    conversation = routed("Здравствуйте!")
    Appeal.objects.update(status=AppealStatus.CLOSED)
    write_again(chat_token(conversation), conversation, "Здравствуйте ещё раз")

    assert Appeal.objects.count() == 2
    assert Appeal.objects.filter(status=AppealStatus.NEW).count() == 1


def test_an_appeal_waited_for_goes_on_when_the_client_writes(routed: Routed) -> None:
    conversation = routed("Здравствуйте!")
    Appeal.objects.update(status=AppealStatus.WAITING)
    write_again(chat_token(conversation), conversation, "Да, согласен")

    assert Appeal.objects.get().status == AppealStatus.IN_PROGRESS


def test_without_an_ai_the_appeal_says_what_one_would_add(routed: Routed) -> None:
    routed("Здравствуйте!")

    assert Appeal.objects.get().ai_note == AINote.NO_AI


def test_the_answer_reaches_the_client_once(routed: Routed, anna: Member) -> None:
    conversation = routed("Здравствуйте!")
    key = uuid.uuid4()
    for _again in range(3):
        answer(conversation=conversation, member=anna, text="Да, 3500 рублей.", key=key)
    drain()

    assert ChatLine.objects.get(from_visitor=False).text == "Да, 3500 рублей."
    assert Delivery.objects.get().state == State.DONE
    assert Message.objects.filter(author=Author.OPERATOR).count() == 1


def test_who_answers_first_has_the_appeal(routed: Routed, anna: Member) -> None:
    conversation = routed("Здравствуйте!")
    answer(conversation=conversation, member=anna, text="Да", key=uuid.uuid4())

    appeal = Appeal.objects.get()
    assert (appeal.operator, appeal.status) == (anna, AppealStatus.IN_PROGRESS)
    assert appeal.first_answer_at is not None
    conversation.refresh_from_db()
    assert conversation.waiting_since is None


def test_the_same_bytes_delivered_again_make_no_second_message(visit: Visit, chat: Channel) -> None:
    visit("Здравствуйте!")
    event = InboundEvent.objects.get()
    from apps.channels.receiving import store_event

    for _again in range(5):
        store_event(connector="webchat", channel=chat, body=bytes(event.body), proof={})
    drain()

    event.refresh_from_db()
    assert (event.deliveries, event.outcome) == (6, Outcome.MESSAGE)
    assert Message.objects.count() == 1


def test_the_same_message_in_other_bytes_is_a_duplicate(visit: Visit, chat: Channel) -> None:
    visit("Здравствуйте!")
    drain()
    from apps.channels.receiving import store_event

    body = bytes(InboundEvent.objects.get().body)
    store_event(connector="webchat", channel=chat, body=body.replace(b"{", b"{ ", 1), proof={})
    drain()

    assert Message.objects.count() == 1
    assert sorted(InboundEvent.objects.values_list("outcome", flat=True)) == [
        Outcome.DUPLICATE,
        Outcome.MESSAGE,
    ]


def test_answer_now_closes_the_window(visit: Visit, desk: Client) -> None:
    visit("Здравствуйте!")
    drain()
    conversation = Conversation.objects.get()

    assert desk.post(f"/admin/desk/{conversation.pk}/now/").json() == {"ok": True}
    drain()

    assert Appeal.objects.count() == 1
    assert Batch.objects.get().due_at <= timezone.now()


def chat_token(conversation: Conversation) -> str:
    """The client's own id in the chat: enough to write on their behalf through the door."""
    return conversation.identity.external_user_id


def answer_it(conversation: Conversation) -> None:
    answer(conversation=conversation, member=None, text="Добрый день!", key=uuid.uuid4())


def write_again(external_id: str, conversation: Conversation, text: str) -> None:
    import json

    from apps.channels.receiving import store_event

    body = json.dumps(
        {
            "visitor": external_id,
            "line": 10_000 + InboundEvent.objects.count(),
            "text": text,
            "at": timezone.now().isoformat(),
            "origin": {},
        }
    ).encode()
    store_event(connector="webchat", channel=conversation.channel, body=body, proof={})
    drain()
    close_windows()
    drain()
