"""Russia's holidays as they are offered, against calendars that were published."""

from datetime import date

from apps.tenants.holidays import holidays, is_decreed

FIVE_DAYS = (((540, 1080),),) * 5 + ((), ())
EVERY_DAY = (((600, 1200),),) * 7


def off(year: int, week=FIVE_DAYS) -> set[date]:
    return {one.date for one in holidays(year, week=week) if not one.hours}


def shorter(year: int, week=FIVE_DAYS) -> dict[date, tuple]:
    return {one.date: one.hours for one in holidays(year, week=week) if one.hours}


def test_2026_is_as_the_government_published_it() -> None:
    assert is_decreed(2026)
    weekdays = {day for day in off(2026) if day.weekday() < 5}
    january = {date(2026, 1, day) for day in (1, 2, 5, 6, 7, 8, 9)}
    spring = {date(2026, 2, 23), date(2026, 3, 9), date(2026, 5, 1), date(2026, 5, 11)}
    assert weekdays == january | spring | {date(2026, 6, 12), date(2026, 11, 4), date(2026, 12, 31)}
    assert set(shorter(2026)) == {date(2026, 4, 30), date(2026, 5, 8), date(2026, 6, 11), date(2026, 11, 3)}
    assert shorter(2026)[date(2026, 4, 30)] == ((540, 1020),)


def test_a_year_without_a_decree_has_what_the_labour_code_has() -> None:
    assert not is_decreed(2027)
    moved = {date(2027, 5, 3), date(2027, 5, 10), date(2027, 6, 14)}
    assert moved <= off(2027)
    assert date(2027, 12, 31) in shorter(2027)


def test_who_works_at_weekends_gets_no_moved_days_but_the_decreed_ones() -> None:
    assert off(2026, EVERY_DAY) - off(2026) == set()
    assert date(2026, 5, 11) not in off(2026, EVERY_DAY)
    assert date(2026, 3, 7) in shorter(2026, EVERY_DAY)
    assert date(2026, 1, 9) in off(2026, EVERY_DAY)
