"""Hours rolled up: exact whatever changes afterwards, whoever changes it, and however often it is done."""

import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection, transaction
from django.utils import timezone

from apps.ai.models import ModelCall
from apps.appeals.answering import answer
from apps.appeals.dashboard import rolling
from apps.appeals.dashboard.rolling import hour_of, roll_up, roll_up_all
from apps.appeals.deciding import set_status
from apps.appeals.models import (
    Appeal,
    AppealStatus,
    AppealTimes,
    Conversation,
    HourFigures,
    Message,
    StaleHour,
    Target,
)
from apps.tenants.models import Member, Tenant
from tests.work import drain

Routed = Callable[..., Conversation]
Visit = Callable[..., str]

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 24, 9, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
COUNTS = ("received", "sent", "opened", "answered", "answered_in_time", "answered_late", "closed", "ai_calls")


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def figures() -> dict[datetime, dict[str, int]]:
    """What is not nought, by hour."""
    roll_up_all()
    found: dict[datetime, dict[str, int]] = {}
    for row in HourFigures.objects.all():
        into = found.setdefault(row.hour, {})
        for name in COUNTS:
            if value := getattr(row, name):
                into[name] = into.get(name, 0) + value
    return found


def say(conversation: Conversation, member: Member, text: str = "Слушаю вас") -> Message:
    return answer(conversation=conversation, member=member, text=text, key=uuid.uuid4())


def test_a_day_is_counted_hour_by_hour(clock: Any, routed: Routed, anna: Member) -> None:
    conversation = routed("Здравствуйте!", "Вы тут?")
    clock.move_to(NOON + HOUR)
    say(conversation, anna)
    clock.move_to(NOON + 3 * HOUR)
    set_status(appeal=Appeal.objects.get(), status=AppealStatus.CLOSED)
    assert figures() == {
        NOON: {"received": 2, "opened": 1},
        NOON + HOUR: {"sent": 1, "answered": 1},
        NOON + 3 * HOUR: {"closed": 1},
    }
    assert not StaleHour.objects.exists()


def test_the_time_shown_is_of_working_hours_and_the_clocks_is_beside_it(
    clock: Any, routed: Routed, anna: Member, shop: Tenant
) -> None:
    Tenant.objects.update(working_hours={"mon-fri": "10:00-20:00"})
    Target.objects.create(tenant=shop, first_answer_minutes=30, resolution_minutes=60)
    clock.move_to(datetime(2026, 11, 24, 16, 50, tzinfo=UTC))  # 19:50 in Moscow
    conversation = routed("Здравствуйте!")
    clock.move_to(datetime(2026, 11, 25, 7, 10, tzinfo=UTC))
    say(conversation, anna)
    appeal = Appeal.objects.get()
    set_status(appeal=appeal, status=AppealStatus.WAITING)
    clock.shift(2 * HOUR)
    set_status(appeal=appeal, status=AppealStatus.CLOSED)
    roll_up_all()
    times = AppealTimes.objects.get()
    assert (times.answer_seconds, times.answer_within) == (20 * 60, True)
    assert (times.resolution_seconds, times.resolution_within) == (20 * 60, True)
    row = HourFigures.objects.get(answered=1)
    assert (row.answer_seconds, row.answer_clock_seconds) == ([20 * 60], [14 * 3600 + 20 * 60])


def test_new_hours_rewrite_no_history(clock: Any, routed: Routed, anna: Member, shop: Tenant) -> None:
    conversation = routed("Здравствуйте!")
    clock.shift(HOUR)
    say(conversation, anna)
    roll_up_all()
    Tenant.objects.update(working_hours={"sun": "10:00-11:00"})
    Appeal.objects.update(operator=None)
    roll_up_all()
    assert AppealTimes.objects.get().answer_seconds == 3600
    assert HourFigures.objects.get(answered=1).operator is None


def test_what_is_reopened_counts_as_closed_no_more(clock: Any, routed: Routed) -> None:
    routed("Здравствуйте!")
    appeal = Appeal.objects.get()
    clock.shift(HOUR)
    set_status(appeal=appeal, status=AppealStatus.CLOSED)
    assert figures()[NOON + HOUR] == {"closed": 1}
    clock.shift(HOUR)
    set_status(appeal=appeal, status=AppealStatus.IN_PROGRESS)
    assert NOON + HOUR not in figures()
    set_status(appeal=appeal, status=AppealStatus.CLOSED)
    assert figures()[NOON + 2 * HOUR] == {"closed": 1}
    # The hour in which it was closed before is not counted as work on it.
    assert AppealTimes.objects.get().resolution_seconds == 3600


def test_a_message_that_comes_late_is_counted_in_its_own_hour(clock: Any, routed: Routed) -> None:
    conversation = routed("Здравствуйте!")
    assert list(figures()) == [NOON]
    message = Message.objects.get()
    message.pk, message.batch, message.event, message.sent_at = None, None, None, NOON - 50 * HOUR
    message.external_message_id = "older"
    message.save()
    assert figures()[NOON - 50 * HOUR] == {"received": 1}
    conversation.messages.filter(external_message_id="older").delete()
    assert list(figures()) == [NOON]


def test_whoever_changes_a_row_leaves_a_mark_and_a_rolled_back_change_none(
    clock: Any, routed: Routed
) -> None:
    routed("Здравствуйте!")
    roll_up_all()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE appeals_appeal SET first_answer_at = created_at + interval '90 minutes'")
    assert figures()[NOON + HOUR] == {"answered": 1}
    with transaction.atomic():
        Message.objects.all().delete()
        transaction.set_rollback(True)
    assert not StaleHour.objects.exists()


def test_what_no_figure_counts_leaves_no_mark(clock: Any, routed: Routed) -> None:
    routed("Здравствуйте!")
    roll_up_all()
    Appeal.objects.update(appeal_type="repair", updated_at=timezone.now())
    Message.objects.update(text="иначе", reaction="👍")
    assert not StaleHour.objects.exists()


def test_the_cost_of_the_ai_follows_what_becomes_known_of_it(clock: Any, shop: Tenant) -> None:
    call = ModelCall.objects.create(
        tenant=shop, purpose="draft", model="m", at=NOON, milliseconds=1, outcome="asked"
    )
    roll_up_all()
    call.cost_usd = Decimal("0.25")
    call.save()
    roll_up_all()
    row = HourFigures.objects.get()
    assert (row.ai_calls, row.ai_cost_usd, row.channel) == (1, Decimal("0.25"), None)


def test_rolling_up_again_changes_nothing(clock: Any, routed: Routed, anna: Member) -> None:
    say(routed("Здравствуйте!"), anna)
    first = figures()
    StaleHour.objects.create(tenant=anna.tenant, at=NOON + 59 * MINUTE)
    assert figures() == first


def test_a_process_that_dies_in_between_leaves_everything_as_it_was(
    clock: Any, routed: Routed, shop: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    routed("Здравствуйте!")
    marks = StaleHour.objects.count()

    def die(**_given: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(rolling, "measure", die)
        with pytest.raises(KeyboardInterrupt):
            roll_up(shop.pk)
    assert StaleHour.objects.count() == marks
    assert figures()[NOON] == {"received": 1, "opened": 1}


def test_a_long_past_is_rolled_up_in_turns_the_newest_first(
    clock: Any, shop: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rolling, "HOURS", 2)
    for back in range(5):
        ModelCall.objects.create(
            tenant=shop, purpose="draft", model="m", at=NOON - back * HOUR, milliseconds=1, outcome="complete"
        )
    assert roll_up(shop.pk)
    assert sorted(HourFigures.objects.values_list("hour", flat=True)) == [NOON - HOUR, NOON]
    roll_up_all()
    assert HourFigures.objects.count() == 5


def test_hours_begin_by_the_organisations_clock(clock: Any, shop: Tenant) -> None:
    Tenant.objects.update(timezone="Asia/Kolkata")
    ModelCall.objects.create(
        tenant=shop, purpose="draft", model="m", at=NOON + 40 * MINUTE, milliseconds=1, outcome="complete"
    )
    roll_up_all()
    assert HourFigures.objects.get().hour == NOON + 30 * MINUTE


def test_in_the_night_of_the_clock_put_back_both_hours_are_their_own() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert hour_of(first, berlin) == datetime(2026, 10, 25, 0, tzinfo=UTC)
    assert hour_of(first + HOUR, berlin) == datetime(2026, 10, 25, 1, tzinfo=UTC)


def test_marks_of_an_organisation_that_is_gone_are_swept_away(
    clock: Any, routed: Routed, shop: Tenant
) -> None:
    routed("Здравствуйте!")
    drain()
    shop.delete()
    roll_up_all()
    assert not StaleHour.objects.exists()
    assert not HourFigures.objects.exists()
