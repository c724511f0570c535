"""What is put off is out of sight until its time, or until the client writes."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from apps.appeals import snoozing
from apps.appeals.answering import answer
from apps.appeals.deciding import set_status
from apps.appeals.models import Appeal, AppealEvent, AppealStatus, Conversation, EventKind, Snooze
from apps.core.errors import Rejected
from apps.tenants.models import Member, Tenant
from tests.work import drain

Routed = Callable[..., Conversation]
Visit = Callable[..., str]

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def put_off(conversation: Conversation, member: Member, *, until: datetime | None = None) -> None:
    at = until or timezone.now() + HOUR
    snoozing.snooze(conversation=conversation, until=at, why="Спросить про деталь", member=member)


def listed(desk: Client, view: str) -> list[int]:
    return [row.pk for row in desk.get("/admin/desk/", {"view": view}).context["look"].chosen]


def test_what_is_put_off_leaves_the_lists_of_what_there_is_to_do_and_comes_back(
    routed: Routed, desk: Client, anna: Member
) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        conversation = routed("Здравствуйте!")
        put_off(conversation, anna)
        drain()
        assert [listed(desk, view) for view in ("waiting", "free", "mine")] == [[], [], []]
        assert listed(desk, "snoozed") == listed(desk, "all") == [conversation.pk]

        clock.shift(HOUR)
        drain()
        assert listed(desk, "waiting") == listed(desk, "free") == [conversation.pk]
        assert listed(desk, "snoozed") == []
        shown = desk.get(f"/admin/desk/{conversation.pk}/").content.decode()
        assert 'id="reminded"' in shown
        assert "Напоминание: Спросить про деталь" in shown


def test_the_client_who_writes_brings_it_back_at_once(routed: Routed, visit: Visit, anna: Member) -> None:
    token = visit("Здравствуйте!")
    drain()
    conversation = Conversation.objects.get()
    put_off(conversation, anna)
    visit("Ау!", token=token)
    drain()

    conversation.refresh_from_db()
    assert (conversation.snoozed_until, conversation.reminded_at) == (None, None)
    assert AppealEvent.objects.get(kind=EventKind.WOKEN).data["how"] == "client"
    Snooze.objects.update(due_at=timezone.now())
    drain()
    conversation.refresh_from_db()
    assert conversation.reminded_at is None


def test_of_two_times_the_later_word_counts(routed: Routed, anna: Member) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        conversation = routed("Здравствуйте!")
        put_off(conversation, anna)
        put_off(conversation, anna, until=timezone.now() + 3 * HOUR)
        clock.shift(HOUR)
        drain()
        conversation.refresh_from_db()
        assert conversation.snoozed_until is not None
        clock.shift(2 * HOUR)
        drain()
        back = Conversation.objects.get()
        assert (back.snoozed_until, back.reminded_at) == (None, timezone.now())


def test_a_reminder_is_done_by_an_answer_a_word_or_the_end(
    routed: Routed, desk: Client, anna: Member
) -> None:
    for way in ("answer", "done", "end"):
        conversation = routed("Здравствуйте!")
        Conversation.objects.filter(pk=conversation.pk).update(reminded_at=timezone.now(), waiting_since=None)
        assert conversation.pk in listed(desk, "waiting")
        match way:
            case "answer":
                answer(conversation=conversation, member=anna, text="Да", key=uuid.uuid4())
            case "done":
                desk.post(f"/admin/desk/{conversation.pk}/no-answer/")
            case "end":
                set_status(appeal=conversation.appeals.get(), status=AppealStatus.CLOSED)
        assert conversation.pk not in listed(desk, "waiting")


def test_an_ended_appeal_reminds_nobody(routed: Routed, anna: Member) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        conversation = routed("Здравствуйте!")
        put_off(conversation, anna)
        set_status(appeal=Appeal.objects.get(), status=AppealStatus.CLOSED)
        clock.shift(HOUR)
        drain()
        conversation.refresh_from_db()
        assert (conversation.snoozed_until, conversation.reminded_at) == (None, None)


def test_it_is_fetched_back_by_hand_once(routed: Routed, desk: Client, anna: Member) -> None:
    conversation = routed("Здравствуйте!")
    put_off(conversation, anna)
    for _again in range(2):
        assert desk.post(f"/admin/desk/{conversation.pk}/snooze/back/").json() == {"ok": True}

    assert listed(desk, "waiting") == [conversation.pk]
    assert AppealEvent.objects.filter(kind=EventKind.WOKEN, member=anna).count() == 1


def test_the_presets_go_by_the_organisations_clock_and_hours(shop: Tenant) -> None:
    shop.timezone = "Asia/Vladivostok"
    shop.working_hours = {"mon-thu": "10:00-19:00", "sat": "11:00-15:00"}
    here = ZoneInfo(shop.timezone)
    # In Vladivostok it is Thursday already, half past two in the morning.
    with time_machine.travel(datetime(2026, 12, 2, 16, 30, tzinfo=UTC), tick=False):
        found = {name: at for name, _title, at in snoozing.presets(shop)}

    assert found["evening"] == datetime(2026, 12, 3, 18, tzinfo=here)
    assert found["tomorrow"] == datetime(2026, 12, 5, 11, tzinfo=here)  # Friday is a day off
    assert found["monday"] == datetime(2026, 12, 7, 10, tzinfo=here)
    assert found["week"] == datetime(2026, 12, 10, 10, tzinfo=here)


def test_in_the_evening_this_evening_is_not_offered(shop: Tenant) -> None:
    with time_machine.travel(datetime(2026, 12, 2, 18, 30, tzinfo=ZoneInfo(shop.timezone)), tick=False):
        assert "evening" not in {name for name, _title, _at in snoozing.presets(shop)}


def test_no_moment_is_offered_under_two_names(shop: Tenant) -> None:
    # On a Monday the next one is in a week, on a Sunday it is tomorrow.
    for day in (7, 6):
        with time_machine.travel(datetime(2026, 12, day, 12, tzinfo=ZoneInfo(shop.timezone)), tick=False):
            moments = [at for _name, _title, at in snoozing.presets(shop)]
        assert len(set(moments)) == len(moments)


def test_a_typed_time_is_the_organisations(routed: Routed, desk: Client, shop: Tenant) -> None:
    conversation = routed("Здравствуйте!")
    address = f"/admin/desk/{conversation.pk}/snooze/"
    wanted = (timezone.now() + 48 * HOUR).astimezone(ZoneInfo(shop.timezone)).replace(second=0, microsecond=0)
    assert desk.post(address, {"until": wanted.strftime("%Y-%m-%dT%H:%M"), "why": "Позвонить"}).json()["ok"]

    conversation.refresh_from_db()
    assert (conversation.snoozed_until, conversation.snoozed_why) == (wanted, "Позвонить")


@pytest.mark.parametrize(
    ("typed", "code"),
    [("", "no_time"), ("завтра", "no_time"), ("2020-01-01T10:00", "past"), ("2999-01-01T10:00", "too_far")],
)
def test_a_wrong_time_says_what_is_wrong(shop: Tenant, typed: str, code: str) -> None:
    with pytest.raises(Rejected, match=code):
        snoozing.moment(shop, typed=typed)
