"""Two at one conversation in the same moment, and what is done twice: nothing is lost, nothing is doubled."""

import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from apps.appeals import people
from apps.appeals.answering import answer
from apps.appeals.deciding import give_back, set_status, take
from apps.appeals.drafting import order, outdate
from apps.appeals.extracted import correct
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
from apps.channels.connectors import webchat
from apps.channels.contract import Reached, StatusChanged
from apps.channels.models import Channel, Delivery, InboundEvent, Outcome
from apps.channels.receiving import store_event
from apps.core.errors import Rejected
from apps.core.models import State
from apps.core.work import outcome, registered
from apps.core.work.perform import run
from apps.integrations.connecting import connect
from apps.tenants.membership import add_member
from apps.tenants.models import Member, Role, Tenant
from tests.appeals.test_reading import TWO_PHONES
from tests.peers.anthropic import AnthropicPeer
from tests.work import close_windows, drain

Visit = Callable[..., str]
Routed = Callable[..., Conversation]

pytestmark = pytest.mark.django_db
PATIENCE = 20.0
WAITERS = "SELECT count(*) FROM pg_stat_activity WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))"


@pytest.fixture
def boris(shop: Tenant) -> Member:
    return add_member(tenant=shop, username="boris", role=Role.OPERATOR, name="Борис")


# --- an operator answers while the window is open


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


# --- two operators


def test_an_appeal_just_taken_is_not_taken_away_unseen(routed: Routed, anna: Member, boris: Member) -> None:
    routed("Здравствуйте!")
    take(appeal=Appeal.objects.get(), member=anna, instead_of=None)
    with pytest.raises(Rejected, match="taken"):
        take(appeal=Appeal.objects.get(), member=boris, instead_of=None)
    assert Appeal.objects.get().operator == anna

    take(appeal=Appeal.objects.get(), member=boris, instead_of=anna.pk)
    give_back(appeal=Appeal.objects.get(), member=anna)
    assert Appeal.objects.get().operator == boris
    give_back(appeal=Appeal.objects.get(), member=boris)
    assert Appeal.objects.get().operator is None


def test_take_pressed_twice_is_taken_once(routed: Routed, desk: Client, anna: Member) -> None:
    conversation = routed("Здравствуйте!")
    address = f"/admin/desk/{conversation.pk}/appeals/{Appeal.objects.get().pk}/take/?instead_of="
    for _again in range(2):
        assert desk.post(address).json() == {"ok": True}
    assert Appeal.objects.get().operator == anna


def test_a_status_is_set_on_the_appeal_that_was_seen(routed: Routed, desk: Client) -> None:
    conversation = routed("Здравствуйте!")
    old = Appeal.objects.get()
    Appeal.objects.update(status=AppealStatus.CLOSED)
    new = Appeal.objects.create(
        tenant=old.tenant, contact=old.contact, conversation=conversation, channel=old.channel
    )
    desk.post(
        f"/admin/desk/{conversation.pk}/appeals/{old.pk}/status/", {"status": "rejected", "reason": "Дорого"}
    )

    assert [one.status for one in Appeal.objects.order_by("pk")] == [AppealStatus.REJECTED, AppealStatus.NEW]
    assert desk.post(f"/admin/desk/{conversation.pk}/appeals/{new.pk + 1}/take/").status_code == 404


def test_another_conversations_appeal_is_not_reached_through_ones_own(
    desk: Client, visit: Visit, routed: Routed
) -> None:
    first, second = routed("Здравствуйте!"), routed("Добрый день!")
    foreign = Appeal.objects.get(conversation=second)
    for verb in ("status", "take", "give-back", "devices"):
        address = f"/admin/desk/{first.pk}/appeals/{foreign.pk}/{verb}/"
        assert desk.post(address, {"status": "closed", "model": "x"}).status_code == 404
    foreign.refresh_from_db()
    assert foreign.status == AppealStatus.NEW


def test_one_corrects_the_brand_another_the_model(routed: Routed, anna: Member, boris: Member) -> None:
    routed("Батарея")
    device = Device.objects.create(tenant=anna.tenant, appeal=Appeal.objects.get(), brand="Эпл", model="14")
    seen_by_boris = Device.objects.get()
    correct(row=device, values={"brand": "Apple"}, member=anna)
    correct(row=seen_by_boris, values={"model": "iPhone 14"}, member=boris)

    device.refresh_from_db()
    assert (device.brand, device.model) == ("Apple", "iPhone 14")
    assert {name: one["by"] for name, one in device.corrections.items()} == {
        "brand": anna.pk,
        "model": boris.pk,
    }


def test_a_field_that_was_not_typed_is_not_undone(routed: Routed, desk: Client) -> None:
    conversation = routed("Батарея")
    device = Device.objects.create(
        tenant=conversation.tenant, appeal=Appeal.objects.get(), brand="Apple", model="14"
    )
    desk.post(f"/admin/desk/{conversation.pk}/devices/{device.pk}/", {"model": "iPhone 14"})
    desk.post(f"/admin/desk/{conversation.pk}/contact/", {"phone": "+7 900"})
    desk.post(f"/admin/desk/{conversation.pk}/contact/", {"name": "Иван"})

    device.refresh_from_db()
    assert (device.brand, device.model, list(device.corrections)) == ("Apple", "iPhone 14", ["model"])
    assert Contact.objects.values_list("name", "phone").get() == ("Иван", "+7 900")


# --- drafts


def a_draft(conversation: Conversation, **fields: Any) -> Draft:
    newest = conversation.messages.latest("pk")
    given = {
        "answers": newest,
        "text": "Добрый день",
        "fate": DraftFate.WAITING,
        "state": State.DONE,
        **fields,
    }
    return Draft.objects.create(tenant=conversation.tenant, appeal=conversation.appeals.get(), **given)


def test_a_draft_is_sent_as_it_is_by_one_of_two(routed: Routed, anna: Member, boris: Member) -> None:
    conversation = routed("Здравствуйте!")
    draft = a_draft(conversation)
    send = partial(answer, conversation=conversation, text=draft.text, draft=draft)
    send(member=anna, key=uuid.uuid4())
    with pytest.raises(Rejected):
        send(member=boris, key=uuid.uuid4())

    assert Delivery.objects.count() == 1


def test_a_draft_the_client_overtook_is_not_sent_as_it_is_but_may_be_edited(
    routed: Routed, anna: Member
) -> None:
    conversation = routed("Здравствуйте!")
    draft = a_draft(conversation)
    outdate(conversation)
    with pytest.raises(Rejected):
        answer(conversation=conversation, member=anna, text=draft.text, key=uuid.uuid4(), draft=draft)
    answer(conversation=conversation, member=anna, text="Иначе", key=uuid.uuid4(), draft=draft)

    assert [delivery.text for delivery in Delivery.objects.all()] == ["Иначе"]


def test_lines_of_a_draft_count_as_sent_unchanged(routed: Routed, desk: Client) -> None:
    conversation = routed("Здравствуйте!")
    draft = a_draft(conversation, text="Добрый день!\nДа, есть.")
    # As a browser sends a form.
    data = {"text": "Добрый день!\r\nДа, есть.", "key": str(uuid.uuid4()), "draft": str(draft.pk)}
    assert desk.post(f"/admin/desk/{conversation.pk}/answer/", data).json() == {"ok": True}

    draft.refresh_from_db()
    assert (draft.fate, Delivery.objects.get().text) == (DraftFate.ACCEPTED, "Добрый день!\nДа, есть.")


def test_no_draft_is_ordered_where_nobody_waits_or_the_client_still_writes(routed: Routed) -> None:
    conversation = routed("Здравствуйте!")
    appeal = Appeal.objects.get()
    batch = Batch.objects.create(tenant=conversation.tenant, conversation=conversation)
    conversation.refresh_from_db()
    order(appeal=appeal, conversation=conversation)
    assert not Draft.objects.exists()
    batch.delete()
    conversation.waiting_since = None
    order(appeal=appeal, conversation=conversation)
    assert not Draft.objects.exists()
    conversation.waiting_since = timezone.now()
    order(appeal=appeal, conversation=conversation)
    assert Draft.objects.count() == 1


def test_a_draft_that_cannot_be_written_is_not_waited_for(routed: Routed, desk: Client) -> None:
    conversation = routed("Здравствуйте!")
    draft = a_draft(conversation, text="", fate="", state=State.RUNNING)
    stamp = desk.get(f"/admin/desk/{conversation.pk}/").context["stamp"]
    work = registered()["appeals.Draft"]
    outcome.settle_error(work, draft, Rejected(code="no"))

    parts = desk.get(f"/admin/desk/{conversation.pk}/live/?stamp={stamp}").json()
    assert "data-draft" not in parts["draft"]


# --- «thank you» does not wait for ever


def test_a_thank_you_needs_no_answer(routed: Routed, desk: Client) -> None:
    conversation = routed("Спасибо!")
    draft = a_draft(conversation)
    assert desk.post(f"/admin/desk/{conversation.pk}/no-answer/").json() == {"ok": True}

    conversation.refresh_from_db()
    draft.refresh_from_db()
    assert (conversation.waiting_since, draft.fate) == (None, DraftFate.OUTDATED)
    assert Delivery.objects.count() == 0


def test_who_closes_an_appeal_leaves_nobody_waiting_but_him_who_writes_at_that_moment(
    routed: Routed, visit: Visit
) -> None:
    conversation = routed("Спасибо!")
    set_status(appeal=Appeal.objects.get(), status=AppealStatus.CLOSED)
    conversation.refresh_from_db()
    assert conversation.waiting_since is None

    set_status(appeal=Appeal.objects.get(), status=AppealStatus.IN_PROGRESS)
    people.client_wrote(conversation, at=timezone.now())
    Batch.objects.create(tenant=conversation.tenant, conversation=conversation)
    set_status(appeal=Appeal.objects.get(), status=AppealStatus.CLOSED)
    conversation.refresh_from_db()
    assert conversation.waiting_since is not None


# --- what is written again after a lost connection


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


# --- truly at once


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
