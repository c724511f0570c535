"""Working time across nights, weekends, holidays and clocks that are put forward and back."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.tenants.working_time import WHOLE_DAY, Schedule, moment_after, opens_at, round_the_clock, worked

MOSCOW = ZoneInfo("Europe/Moscow")
# 9–13 and 14–20 on weekdays, 10–18 on Saturday, closed on Sunday.
WEEK = (*(((540, 780), (840, 1200)),) * 5, ((600, 1080),), ())
SHOP = Schedule(
    zone=MOSCOW, week=WEEK, special={date(2026, 12, 31): (), date(2026, 11, 3): ((540, 780), (840, 1140))}
)


def at(text: str, zone: ZoneInfo = MOSCOW) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        ("2026-11-24 10:00", "2026-11-24 10:25", 25),
        ("2026-11-24 12:50", "2026-11-24 14:10", 20),  # over the break
        ("2026-11-24 19:50", "2026-11-25 09:05", 15),  # over the night
        ("2026-11-24 03:00", "2026-11-24 09:30", 30),  # written at night: the night is not counted
        ("2026-11-27 19:30", "2026-11-30 09:30", 30 + 480 + 30),  # over the weekend, Saturday included
        ("2026-11-29 10:00", "2026-11-29 18:00", 0),  # all on a Sunday
        ("2026-12-30 19:00", "2026-12-31 12:00", 60),  # a holiday
        ("2026-11-03 18:30", "2026-11-03 20:00", 30),  # a shorter day
        ("2026-11-24 11:00", "2026-11-24 10:00", 0),  # the wrong way round
    ],
)
def test_only_working_time_is_counted(start: str, end: str, minutes: int) -> None:
    assert worked(SHOP, at(start), at(end)) == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("start", "minutes", "due"),
    [
        ("2026-11-27 19:30", 60, "2026-11-28 10:30"),
        ("2026-11-28 17:30", 60, "2026-11-30 09:30"),
        ("2026-11-24 12:30", 60, "2026-11-24 14:30"),
        ("2026-11-24 19:30", 30, "2026-11-24 20:00"),  # the closing minute is still today
        ("2026-11-24 23:00", 1, "2026-11-25 09:01"),
        ("2026-12-30 19:30", 60, "2027-01-01 09:30"),
    ],
)
def test_a_deadline_falls_into_working_time(start: str, minutes: int, due: str) -> None:
    assert moment_after(SHOP, at(start), timedelta(minutes=minutes)) == at(due)


def test_round_the_clock_every_minute_counts() -> None:
    always, start = round_the_clock(MOSCOW), at("2026-11-28 23:00")
    assert moment_after(always, start, timedelta(hours=30)) == start + timedelta(hours=30)
    assert worked(always, start, start + timedelta(days=400)) == timedelta(days=400)


def test_who_never_works_has_no_deadline() -> None:
    closed = Schedule(zone=MOSCOW, week=((),) * 7)
    assert moment_after(closed, at("2026-11-28 23:00"), timedelta(minutes=1)) is None
    assert opens_at(closed, at("2026-11-28 23:00")) is None


def test_a_long_wait_is_counted_to_its_end() -> None:
    assert worked(SHOP, at("2016-01-01 00:00"), at("2026-01-01 00:00")) > timedelta(hours=10 * 52 * 50)


def test_it_opens_again_after_holidays_not_in_the_midst_of_them() -> None:
    assert opens_at(SHOP, at("2026-12-30 21:00")) == at("2027-01-01 09:00")
    assert opens_at(SHOP, at("2026-11-24 10:00")) is None


def test_a_night_of_the_clock_put_forward_is_an_hour_shorter() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    night = Schedule(zone=berlin, week=(((0, 360),),) * 7)
    day = at("2026-03-29 00:00", berlin)
    assert worked(night, day, day + timedelta(days=1)) == timedelta(hours=5)
    autumn = at("2026-10-25 00:00", berlin)
    assert worked(night, autumn, autumn + timedelta(days=1)) == timedelta(hours=7)


# --- whatever the hours, whatever the clock

minutes_of_day = st.lists(st.integers(0, 96), min_size=2, max_size=6, unique=True).map(
    lambda marks: tuple(
        (start * 15, end * 15) for start, end in zip(sorted(marks)[::2], sorted(marks)[1::2], strict=False)
    )
)
days = st.one_of(st.just(()), st.just(WHOLE_DAY), minutes_of_day)
# Lord Howe moves by half an hour, Havana and Beirut at midnight, Kathmandu stands at a quarter.
zones = st.sampled_from(
    [
        "Europe/Moscow",
        "Europe/Berlin",
        "Australia/Lord_Howe",
        "America/Havana",
        "Asia/Beirut",
        "Asia/Kathmandu",
    ]
).map(ZoneInfo)
moments = st.integers(1_735_700_000, 1_830_000_000).map(lambda second: datetime.fromtimestamp(second, tz=UTC))
schedules = st.builds(
    Schedule,
    zone=zones,
    week=st.tuples(*(days,) * 7),
    special=st.dictionaries(st.dates(date(2025, 1, 1), date(2027, 12, 31)), days, max_size=5),
)


@given(schedules, moments, st.integers(0, 60 * 24 * 30))
def test_so_much_after_is_so_much_worked(schedule: Schedule, start: datetime, minutes: int) -> None:
    amount = timedelta(minutes=minutes)
    due = moment_after(schedule, start, amount)
    if due is None:
        assert not any(schedule.week)
    else:
        assert worked(schedule, start, due) == amount


@given(schedules, moments, moments)
def test_what_was_worked_leads_back_to_where_work_last_stood(
    schedule: Schedule, one: datetime, other: datetime
) -> None:
    start, end = sorted((one, other))
    amount = worked(schedule, start, end)
    reached = moment_after(schedule, start, amount)
    assert reached is not None
    assert reached <= end
    assert worked(schedule, reached, end) == timedelta()


@given(schedules, st.lists(moments, min_size=3, max_size=3))
def test_parts_add_up_to_the_whole(schedule: Schedule, three: list[datetime]) -> None:
    start, middle, end = sorted(three)
    whole = worked(schedule, start, end)
    assert worked(schedule, start, middle) + worked(schedule, middle, end) == whole
    assert timedelta() <= whole <= end - start
