"""An operator answers: who has the appeal then, what still waits, and a form that was sent before."""

import uuid
from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from apps.appeals.answering import answer
from apps.appeals.models import (
    Appeal,
    AppealStatus,
    Author,
    Conversation,
    Message,
)
from apps.channels.connectors import webchat
from apps.channels.contract import Reached, StatusChanged
from apps.channels.models import Delivery, InboundEvent, Outcome
from apps.channels.receiving import store_event
from apps.core.models import State
from apps.tenants.models import Member
from tests.work import close_windows, drain

Visit = Callable[..., str]
Routed = Callable[..., Conversation]

pytestmark = pytest.mark.django_db


def test_who_answered_before_the_appeal_was_there_has_it(visit: Visit, anna: Member) -> None:
    visit("Здравствуйте!")
    drain()
    answer(conversation=Conversation.objects.get(), member=anna, text="Слушаю вас", key=uuid.uuid4())
    close_windows()
    drain()

    appeal = Appeal.objects.get()
    assert (appeal.operator, appeal.status) == (anna, AppealStatus.IN_PROGRESS)
    assert appeal.first_answer_at is not None
    assert appeal.messages.count() == 2


def test_words_the_operator_had_not_seen_still_wait(routed: Routed, visit: Visit, anna: Member) -> None:
    token = visit("Сколько стоит?")
    drain()
    seen = Message.objects.latest("pk").pk
    visit("И когда готово?", token=token)
    drain()
    conversation = Conversation.objects.get()
    answer(conversation=conversation, member=anna, text="3500", key=uuid.uuid4(), seen=seen)

    conversation.refresh_from_db()
    assert conversation.waiting_since == Message.objects.filter(author=Author.CLIENT).latest("pk").received_at
    answer(conversation=conversation, member=anna, text="Завтра", key=uuid.uuid4(), seen=seen + 1)
    conversation.refresh_from_db()
    assert conversation.waiting_since is None


def test_changed_words_under_a_key_that_was_used_are_refused_not_swallowed(
    routed: Routed, desk: Client
) -> None:
    conversation = routed("Здравствуйте!")
    address, key = f"/admin/desk/{conversation.pk}/answer/", str(uuid.uuid4())
    desk.post(address, {"text": "Добрый день", "key": key})
    again = desk.post(address, {"text": "Добрый день, Иван", "key": key})

    assert (again.status_code, again.json()["code"]) == (422, "sent_before")
    assert [delivery.text for delivery in Delivery.objects.all()] == ["Добрый день"]


def test_a_status_that_names_our_own_key_finds_a_message_without_an_answer(
    routed: Routed, anna: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation = routed("Здравствуйте!")
    answer(conversation=conversation, member=anna, text="Да", key=uuid.uuid4())
    delivery = Delivery.objects.get()
    Delivery.objects.update(state=State.UNKNOWN, error_code="outcome_unknown")
    told = StatusChanged(
        external_message_id="77", reached=Reached.DELIVERED, at=timezone.now(), key=str(delivery.key)
    )
    monkeypatch.setattr(webchat, "parse", lambda body, **_: [told])
    store_event(connector="webchat", channel=conversation.channel, body=b"{}", proof={})
    drain()

    delivery.refresh_from_db()
    assert (delivery.state, delivery.reached) == (State.DONE, Reached.DELIVERED)
    assert InboundEvent.objects.latest("pk").outcome == Outcome.STATUS
