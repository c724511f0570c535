"""Two at one conversation in the same moment, and what is done twice: nothing is lost, nothing is doubled."""

import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from apps.appeals import people
from apps.appeals.answering import answer
from apps.appeals.drafting import outdate
from apps.appeals.models import (
    Appeal,
    AppealStatus,
    Author,
    Batch,
    Contact,
    Conversation,
    Device,
    Draft,
    DraftFate,
    Message,
    Reading,
    Repair,
)
from apps.channels.models import Channel, Delivery
from apps.core.models import State
from apps.core.work import outcome
from apps.core.work.perform import run
from apps.integrations.connecting import connect
from apps.tenants.models import Member, Tenant
from tests.appeals.drafts import a_draft
from tests.appeals.test_reading import TWO_PHONES
from tests.peers.anthropic import AnthropicPeer
from tests.work import close_windows, drain

Visit = Callable[..., str]
Routed = Callable[..., Conversation]

pytestmark = pytest.mark.django_db
PATIENCE = 20.0
WAITERS = "SELECT count(*) FROM pg_stat_activity WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))"


class LostConnection(Exception):
    pass


@pytest.fixture
def all_effects_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if each outcome's first transaction were lost just before its commit."""
    write = outcome._write

    def lost_once(*args: Any) -> None:
        try:
            with transaction.atomic():
                write(*args)
                raise LostConnection
        except LostConnection:
            write(*args)

    monkeypatch.setattr(outcome, "_write", lost_once)


def test_every_effect_may_be_written_again(
    all_effects_twice: None, settings: Any, shop: Tenant, visit: Visit, anna: Member
) -> None:
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    with AnthropicPeer() as peer:
        values = {"api_key": peer.key, "base_url": peer.url}
        connect(tenant=shop, connector="anthropic", key="claude", name="Claude", values=values)
        token = visit(TWO_PHONES)
        drain()
        visit("Жду ответа", token=token)
        drain()
        close_windows()
        drain()
        assert len(peer.requests) == 2
    answer(conversation=Conversation.objects.get(), member=anna, text="Да", key=uuid.uuid4())
    drain()

    counts = (Message, Batch, Appeal, Reading, Device, Repair, Draft, Delivery, Contact)
    assert [model.objects.count() for model in counts] == [3, 1, 1, 1, 2, 3, 1, 1, 1]
    assert {row.state for row in (*Batch.objects.all(), *Delivery.objects.all())} == {State.DONE}


@contextmanager
def held(conversation: Conversation, change: Callable[[Conversation], object]) -> Iterator[None]:
    """Somebody else holds the conversation and has changed something, and commits once we wait for it."""
    ready = threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                change(people.locked(conversation.pk))
                ready.set()
                wait_for_a_waiter()
        finally:
            connection.close()

    other = threading.Thread(target=hold)
    other.start()
    assert ready.wait(PATIENCE)
    yield
    other.join(PATIENCE)
    assert not other.is_alive()


def wait_for_a_waiter() -> None:
    end = timezone.now().timestamp() + PATIENCE
    with connection.cursor() as cursor:
        while timezone.now().timestamp() < end:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))"
            )
            if cursor.fetchone()[0]:
                return
            threading.Event().wait(0.02)
    raise AssertionError("nobody waited for the conversation's lock")


def client_writes(conversation: Conversation) -> None:
    Message.objects.create(
        tenant_id=conversation.tenant_id,
        conversation=conversation,
        author=Author.CLIENT,
        text="Не надо, спасибо",
        sent_at=timezone.now(),
    )
    outdate(conversation)


@pytest.mark.django_db(transaction=True)
def test_a_draft_finished_while_the_client_writes_does_not_wait_for_the_operator(
    routed: Routed, shop: Tenant, settings: Any
) -> None:
    conversation = routed("Здравствуйте!")
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    with AnthropicPeer() as peer:
        values = {"api_key": peer.key, "base_url": peer.url}
        connect(tenant=shop, connector="anthropic", key="claude", name="Claude", values=values)
        draft = a_draft(conversation, text="", fate="", state=State.QUEUED)
        with held(conversation, client_writes):
            run("appeals.Draft", draft.pk)

    draft.refresh_from_db()
    assert (draft.state, draft.fate) == (State.DONE, DraftFate.OUTDATED)


@pytest.mark.django_db(transaction=True)
def test_an_answer_beside_a_closing_does_not_open_the_appeal_again(routed: Routed, anna: Member) -> None:
    conversation = routed("Здравствуйте!")

    def close(_locked: Conversation) -> None:
        Appeal.objects.update(status=AppealStatus.CLOSED)

    with held(conversation, close):
        answer(conversation=conversation, member=anna, text="Да", key=uuid.uuid4())

    assert Appeal.objects.get().status == AppealStatus.CLOSED
    assert Message.objects.get(author=Author.OPERATOR).appeal is None


@pytest.mark.django_db(transaction=True)
def test_a_message_beside_the_routing_is_in_an_appeal_in_the_end(visit: Visit, chat: Channel) -> None:
    token = visit("раз")
    drain()
    close_windows()
    batch = Batch.objects.get()

    def another(_locked: Conversation) -> None:
        visit("два", token=token)

    with held(Conversation.objects.get(), another):
        run("appeals.Batch", batch.pk)
    drain()
    close_windows()
    drain()

    assert Appeal.objects.get().messages.count() == 2
    assert Message.objects.count() == 2
