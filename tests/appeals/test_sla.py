"""The two clocks of service: set when a client begins to wait, moved by what people do, and explained."""

import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from apps.appeals import sla
from apps.appeals.answering import answer
from apps.appeals.deciding import no_answer_needed, set_status
from apps.appeals.demo_data.filling import Size, fill
from apps.appeals.models import Appeal, AppealStatus, ClockStop, Conversation, Recount, Target
from apps.appeals.sla import recounting
from apps.channels.models import Channel, Delivery
from apps.core.errors import Rejected
from apps.core.models import State
from apps.tenants.models import Member, SpecialDay, Tenant
from tests.work import drain

Routed = Callable[..., Conversation]
Visit = Callable[..., str]

pytestmark = pytest.mark.django_db

# A Tuesday, 12:00 in Moscow.
NOON = datetime(2026, 11, 24, 9, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def target(shop: Tenant) -> Target:
    Tenant.objects.filter(pk=shop.pk).update(working_hours={"mon-fri": "10:00-20:00"})
    shop.refresh_from_db()
    return Target.objects.create(
        tenant=shop, first_answer_minutes=30, next_answer_minutes=60, resolution_minutes=240
    )


def say(conversation: Conversation, member: Member) -> None:
    answer(conversation=conversation, member=member, text="Слушаю вас", key=uuid.uuid4())


def now_of(conversation: Conversation) -> Conversation:
    return Conversation.objects.get(pk=conversation.pk)


def recount(clock: Any) -> None:
    recounting.note_changes()
    clock.shift(2 * recounting.OLD_RULES_LIVE)
    drain()


# --- until a client is answered


def test_who_begins_to_wait_is_to_be_answered_within_the_target(
    clock: Any, target: Target, routed: Routed
) -> None:
    conversation = routed("Здравствуйте!")
    assert conversation.waiting_since is not None
    assert conversation.answer_due_at == conversation.waiting_since + 30 * MINUTE


def test_without_a_target_nobody_is_late(clock: Any, routed: Routed) -> None:
    assert routed("Здравствуйте!").answer_due_at is None


def test_words_more_do_not_put_the_deadline_off(clock: Any, target: Target, visit: Visit) -> None:
    token = visit("Здравствуйте!")
    drain()
    due = Conversation.objects.get().answer_due_at
    clock.shift(10 * MINUTE)
    visit("Вы тут?", token=token)
    drain()
    assert Conversation.objects.get().answer_due_at == due


def test_an_answer_ends_it_and_later_words_wait_for_the_next_answer(
    clock: Any, target: Target, routed: Routed, visit: Visit, anna: Member
) -> None:
    token = visit("Здравствуйте!")
    drain()
    clock.shift(MINUTE)
    drain()
    conversation = Conversation.objects.get()
    say(conversation, anna)
    assert now_of(conversation).answer_due_at is None
    clock.shift(MINUTE)
    visit("А сколько стоит?", token=token)
    drain()
    assert now_of(conversation).answer_due_at == timezone.now() + 60 * MINUTE


def test_a_reopened_appeal_does_not_wait_for_a_first_answer_again(
    clock: Any, target: Target, visit: Visit, anna: Member
) -> None:
    token = visit("Здравствуйте!")
    drain()
    clock.shift(MINUTE)
    drain()
    conversation, appeal = Conversation.objects.get(), Appeal.objects.get()
    say(conversation, anna)
    set_status(appeal=appeal, status=AppealStatus.CLOSED)
    set_status(appeal=appeal, status=AppealStatus.IN_PROGRESS)
    clock.shift(MINUTE)
    visit("Я передумал", token=token)
    drain()
    assert now_of(conversation).answer_due_at == timezone.now() + 60 * MINUTE


def test_a_new_matter_waits_for_a_first_answer(
    clock: Any, target: Target, visit: Visit, anna: Member
) -> None:
    token = visit("Здравствуйте!")
    drain()
    clock.shift(MINUTE)
    drain()
    say(Conversation.objects.get(), anna)
    set_status(appeal=Appeal.objects.get(), status=AppealStatus.CLOSED)
    clock.shift(MINUTE)
    visit("Теперь другой телефон", token=token)
    drain()
    assert Conversation.objects.get().answer_due_at == timezone.now() + 30 * MINUTE


def test_an_answer_that_did_not_arrive_leaves_a_deadline(
    clock: Any, target: Target, routed: Routed, anna: Member
) -> None:
    conversation = routed("Здравствуйте!")
    say(conversation, anna)
    said_at = timezone.now()
    Delivery.objects.update(state=State.FAILED, error_code="rejected")
    from apps.appeals.sending import settled

    settled(Delivery.objects.get())
    assert now_of(conversation).answer_due_at == said_at + 60 * MINUTE
    Delivery.objects.update(state=State.DONE, error_code="")
    settled(Delivery.objects.get())
    assert now_of(conversation).answer_due_at is None


def test_a_thank_you_needs_no_answer_in_time(clock: Any, target: Target, routed: Routed) -> None:
    conversation = routed("Спасибо!")
    no_answer_needed(conversation=conversation)
    assert now_of(conversation).answer_due_at is None


def test_written_at_night_the_time_begins_in_the_morning(clock: Any, target: Target, routed: Routed) -> None:
    clock.move_to(datetime(2026, 11, 24, 20, tzinfo=UTC))  # 23:00 in Moscow
    assert routed("Не спите?").answer_due_at == datetime(2026, 11, 25, 7, 30, tzinfo=UTC)


def test_round_the_clock_the_night_counts(clock: Any, target: Target, routed: Routed) -> None:
    Target.objects.update(is_round_the_clock=True)
    clock.move_to(datetime(2026, 11, 24, 20, tzinfo=UTC))
    assert routed("Не спите?").answer_due_at == datetime(2026, 11, 24, 20, 30, tzinfo=UTC)


def test_a_channels_own_target_takes_the_place_of_the_general_one(
    clock: Any, target: Target, chat: Channel, routed: Routed
) -> None:
    Target.objects.create(tenant=chat.tenant, channel=chat, first_answer_minutes=5)
    conversation = routed("Здравствуйте!")
    assert conversation.waiting_since is not None
    assert conversation.answer_due_at == conversation.waiting_since + 5 * MINUTE
    assert Appeal.objects.get().resolve_due_at is None


def test_the_overdue_are_those_whose_time_is_over(clock: Any, target: Target, routed: Routed) -> None:
    conversation = routed("Здравствуйте!")
    clock.shift(30 * MINUTE)
    assert list(sla.overdue(Conversation.objects.all())) == []
    clock.shift(MINUTE)
    assert list(sla.overdue(Conversation.objects.all())) == [conversation]


# --- until an appeal is settled


def test_waiting_for_the_client_stops_the_clock(clock: Any, target: Target, routed: Routed) -> None:
    routed("Здравствуйте!")
    appeal = Appeal.objects.get()
    assert appeal.resolve_due_at == appeal.created_at + 4 * HOUR
    clock.move_to(appeal.created_at + HOUR)
    set_status(appeal=appeal, status=AppealStatus.WAITING)
    assert Appeal.objects.get().resolve_due_at is None
    clock.shift(2 * HOUR)
    set_status(appeal=appeal, status=AppealStatus.IN_PROGRESS)
    assert Appeal.objects.get().resolve_due_at == appeal.created_at + 6 * HOUR


def test_the_client_who_writes_lets_it_run_again(clock: Any, target: Target, visit: Visit) -> None:
    token = visit("Здравствуйте!")
    drain()
    clock.shift(MINUTE)
    drain()
    appeal = Appeal.objects.get()
    set_status(appeal=appeal, status=AppealStatus.WAITING)
    clock.shift(HOUR)
    visit("Привёз", token=token)
    drain()
    clock.shift(MINUTE)
    drain()
    stop = ClockStop.objects.get()
    appeal.refresh_from_db()
    assert stop.ended_at is not None
    assert appeal.resolve_due_at == appeal.created_at + 4 * HOUR + (stop.ended_at - stop.began_at)


def test_what_was_closed_and_reopened_did_not_run_in_between(
    clock: Any, target: Target, routed: Routed
) -> None:
    routed("Здравствуйте!")
    appeal = Appeal.objects.get()
    clock.move_to(appeal.created_at + HOUR)
    set_status(appeal=appeal, status=AppealStatus.WAITING)
    clock.shift(HOUR)
    set_status(appeal=appeal, status=AppealStatus.CLOSED)
    assert Appeal.objects.get().resolve_due_at is None
    clock.shift(HOUR)
    set_status(appeal=appeal, status=AppealStatus.IN_PROGRESS)
    assert Appeal.objects.get().resolve_due_at == appeal.created_at + 6 * HOUR
    assert list(ClockStop.objects.values_list("why", flat=True)) == ["client", "ended"]


def test_what_was_late_stays_late_through_a_pause(clock: Any, target: Target, routed: Routed) -> None:
    routed("Здравствуйте!")
    appeal = Appeal.objects.get()
    due = appeal.resolve_due_at
    clock.move_to(appeal.created_at + 5 * HOUR)
    set_status(appeal=appeal, status=AppealStatus.WAITING)
    clock.shift(HOUR)
    set_status(appeal=appeal, status=AppealStatus.IN_PROGRESS)
    assert Appeal.objects.get().resolve_due_at == due


def test_a_status_that_could_not_be_set_leaves_no_pause(clock: Any, target: Target, routed: Routed) -> None:
    routed("Здравствуйте!")
    with pytest.raises(Rejected):
        set_status(appeal=Appeal.objects.get(), status=AppealStatus.REJECTED)
    assert not ClockStop.objects.exists()


# --- hours and targets change


def test_new_hours_move_the_deadlines_of_what_is_open(
    clock: Any, target: Target, routed: Routed, shop: Tenant
) -> None:
    conversation = routed("Здравствуйте!")
    recount(clock)
    shop.working_hours = {"mon-fri": "14:00-20:00"}
    shop.save()
    recount(clock)
    assert now_of(conversation).answer_due_at == datetime(2026, 11, 24, 11, 30, tzinfo=UTC)
    assert Appeal.objects.get().resolve_due_at == datetime(2026, 11, 24, 15, 0, tzinfo=UTC)


def test_a_holiday_moves_them_and_no_target_takes_them_away(
    clock: Any, target: Target, routed: Routed, shop: Tenant
) -> None:
    conversation = routed("Здравствуйте!")
    SpecialDay.objects.create(tenant=shop, date="2026-11-24", hours=[])
    recount(clock)
    assert now_of(conversation).answer_due_at == datetime(2026, 11, 25, 7, 30, tzinfo=UTC)
    target.delete()
    recount(clock)
    assert now_of(conversation).answer_due_at is None
    assert Appeal.objects.get().resolve_due_at is None


def test_what_has_not_changed_is_not_reckoned_again(clock: Any, target: Target, routed: Routed) -> None:
    routed("Здравствуйте!")
    recount(clock)
    recount(clock)
    assert Recount.objects.count() == 1
    target.next_answer_minutes = 61
    target.save()
    recount(clock)
    assert Recount.objects.count() == 1  # the one before is of no use any more
    assert Recount.objects.get().fingerprint == recounting.fingerprint(target.tenant)


def test_invented_clients_have_deadlines_too(target: Target) -> None:
    recounting.order(target.tenant)
    Recount.objects.update(state=State.DONE)
    fill(tenant=target.tenant, size=Size(messages=300, appeals=80, operators=2))
    Recount.objects.update(due_at=timezone.now())
    drain()

    waiting = Conversation.objects.filter(waiting_since__isnull=False)
    assert waiting.exists()
    assert not waiting.filter(answer_due_at__isnull=True).exists()


def test_a_reckoning_goes_on_where_a_lost_worker_left_it(
    clock: Any, target: Target, routed: Routed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recounting, "AT_ONCE", 1)
    conversations = [routed("Раз"), routed("Два"), routed("Три")]
    Conversation.objects.update(answer_due_at=None)
    row = recounting.order(target.tenant)
    assert row is not None
    Recount.objects.filter(pk=row.pk).update(reached=conversations[0].pk, due_at=timezone.now())
    while drain():
        clock.shift(HOUR)
    dues = [now_of(one).answer_due_at is not None for one in conversations]
    assert dues == [False, True, True]
    assert Recount.objects.get().state == State.DONE


def test_another_organisations_deadlines_are_left_alone(clock: Any, target: Target, tenant_b: Tenant) -> None:
    recounting.note_changes()
    assert list(Recount.objects.values_list("tenant", flat=True)) == [target.tenant_id]
