"""Days in a rewritten text, as they are seen from the day on which it was said."""

import re
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from apps.appeals.guarding.figures import Found, Kind, Value

MONTHS = (
    "январ[ьяе]|january|jan",
    "феврал[ьяе]|february|feb",
    "марта?|марте|march|mar",
    "апрел[ьяе]|april|apr",
    "ма[йяе]|may",
    "июн[ьяе]|june|jun",
    "июл[ьяе]|july|jul",
    "августа?|августе|august|aug",
    "сентябр[ьяе]|september|sept?",
    "октябр[ьяе]|october|oct",
    "ноябр[ьяе]|november|nov",
    "декабр[ьяе]|december|dec",
)
WEEKDAYS = (
    r"понедельник\w*|пн|mondays?|mon",
    r"вторник\w*|вт|tuesdays?|tue",
    r"сред[ауыео]\w*|ср|wednesdays?|wed",
    r"четверг\w*|чт|thursdays?|thu",
    r"пятниц\w*|пт|fridays?|fri",
    r"суббот\w*|сб|saturdays?|sat",
    r"воскресень\w*|вс|sundays?|sun",
)
RELATIVE = (
    (r"послезавтра|day after tomorrow", 2),
    (r"завтра|завтрашн\w+|tomorrow", 1),
    (r"сегодня|сегодняшн\w+|today|tonight", 0),
)
MONTH = "|".join(f"(?P<m{number}>{names})" for number, names in enumerate(MONTHS, 1))
_ANY_MONTH = "|".join(MONTHS)
_END = r"(?:-?(?:го|е|ое|ого|st|nd|rd|th))?"
_DAY_MONTH = re.compile(
    rf"(?<![\d.,:])(?P<d>[0-3]?\d){_END}\s+(?:of\s+)?(?:{MONTH})(?!\w)(?:\s+(?P<y>20\d\d))?"
)
_MONTH_DAY = re.compile(rf"(?<!\w)(?:{MONTH})\s+(?P<d>[0-3]?\d){_END}(?![\d:])(?:,?\s+(?P<y>20\d\d))?")
_LOW = re.compile(
    rf"(?<![\d.,:])(?P<d>[0-3]?\d){_END}\s*(?:[-–—]|и|или|по|до|to|and|or)\s*(?=[0-3]?\d{_END}\s+(?:{_ANY_MONTH})(?!\w))"
)
_DOTTED = re.compile(r"(?<![\d.,:+])(?P<d>[0-3]?\d)\.(?P<m>[01]\d)(?:\.(?P<y>20\d\d|\d\d))?(?![\d:]|[.,]\d)")
_ISO = re.compile(r"(?<!\d)(?P<y>20\d\d)-(?P<m>[01]\d)-(?P<d>[0-3]\d)(?!\d)")
_OF_MONTH = re.compile(
    r"(?<![\d.,:])(?P<d>[0-3]?\d)(?:-?(?:го|е|ое|ому|му))(?:\s+числ\w+)?"
    r"(?=\s*(?:[,.!?;)]|$|числ|в\b|к\b|с\b|по\b|и\b|до\b|после\b|утр|вечер|днем|можно|будет|при|жд|числа))|(?P<n>[0-3]?\d)\s+числ\w+"
)
_WEEKDAY = [re.compile(rf"(?<!\w)(?:{names})(?!\w)") for names in WEEKDAYS]
_NOT_A_SUM = re.compile(r"\s*(?:₽|\$|€|руб|р\b|тыс|т\.?р|[кk]\b|%|гб|дюйм|мм|см|\")")
_RELATIVE = [(re.compile(rf"(?<!\w)(?:{names})(?!\w)"), days) for names, days in RELATIVE]
_SPANS = (
    (re.compile(r"(?<!\w)(?:по )?будн\w+|(?<!\w)(?:weekdays|working days)\b"), range(5)),
    (re.compile(r"(?<!\w)выходн(?:ые|ых|ым)\b|(?<!\w)weekends?\b"), range(5, 7)),
    (re.compile(r"(?<!\w)(?:ежедневно|без выходных|every day|daily)(?!\w)"), range(7)),
)
_NEXT_WEEK = re.compile(r"(?<!\w)следующ\w+ недел\w+|(?<!\w)next week\b")
_THIS_WEEK = re.compile(r"(?<!\w)эт\w+ недел\w+|(?<!\w)this week\b")
_LATER = re.compile(
    r"(?<!\w)(?:через|in|after)\s+(?:(?P<n>\d+)\s+)?(?:(?P<day>дн\w+|день|сут\w+|days?)|(?P<week>недел\w+|weeks?)|"
    r"(?P<month>месяц\w*|months?))(?!\w)"
)


def day(moment: date) -> Value:
    return Value("date", moment.isoformat())


def find_dates(text: str, today: date) -> Iterator[Found]:
    yield from _named(text, today)
    yield from _in_digits(text, today)
    yield from _relative(text, today)
    yield from _in_weeks(text, today)


def _relative(text: str, today: date) -> Iterator[Found]:
    for pattern, days in _RELATIVE:
        for found in pattern.finditer(text):
            yield _found(found, [today + timedelta(days=days)])
    for found in _LATER.finditer(text):
        unit = 1 if found["day"] else 7 if found["week"] else 30
        yield _found(found, [today + timedelta(days=int(found["n"] or 1) * unit)])


def _in_weeks(text: str, today: date) -> Iterator[Found]:
    for pattern, among in _SPANS:
        for found in pattern.finditer(text):
            yield _found(found, [], Value("weekdays", str([*among])))
    for number, pattern in enumerate(_WEEKDAY):
        for found in pattern.finditer(text):
            first = today + timedelta(days=(number - today.weekday()) % 7)
            yield _found(found, [first, first + timedelta(days=7)], Value("weekday", str(number)))
    for pattern, weeks in ((_THIS_WEEK, 0), (_NEXT_WEEK, 1)):
        for found in pattern.finditer(text):
            monday = today + timedelta(days=7 * weeks - today.weekday())
            yield _found(found, [], Value("week", monday.isoformat()))


def _named(text: str, today: date) -> Iterator[Found]:
    """With the month's name."""
    for pattern in (_DAY_MONTH, _MONTH_DAY):
        for found in pattern.finditer(text):
            yield _found(found, _dates(int(found["d"]), _month(found), found["y"], today))
    for found in _LOW.finditer(text):
        if beside := _DAY_MONTH.match(text, found.end()):
            days = _days(_dates(int(found["d"]), _month(beside), None, today))
            yield Found(Kind.DATE, found.start(), found.end("d"), days)


def _in_digits(text: str, today: date) -> Iterator[Found]:
    for found in _ISO.finditer(text):
        yield _found(found, _dates(int(found["d"]), int(found["m"]), found["y"], today))
    for found in _DOTTED.finditer(text):
        is_time = not found["y"] and re.search(r"(?<!\w)(?:в|at)\s+$", text[: found.start()])
        if not is_time and not _NOT_A_SUM.match(text, found.end()):
            yield _found(found, _dates(int(found["d"]), int(found["m"]), found["y"], today))
    for found in _OF_MONTH.finditer(text):
        number, this = int(found["d"] or found["n"]), today.month
        days = [*_dates(number, this, None, today), *_dates(number, this % 12 + 1, None, today)]
        yield _found(found, days)


def _found(found: re.Match[str], days: Iterable[date], *more: Value) -> Found:
    return Found(Kind.DATE, found.start(), found.end(), _days(days) | frozenset(more))


def _days(days: Iterable[date]) -> frozenset[Value]:
    return frozenset(day(one) for one in days)


def _month(found: re.Match[str]) -> int:
    return next(number for number in range(1, 13) if found[f"m{number}"])


def _dates(number: int, month: int, year: str | None, today: date) -> list[date]:
    """That day of the year that is meant: the one nearest to today where none is named."""
    years = [int(year) + (2000 if int(year) < 100 else 0)] if year else [today.year + by for by in (-1, 0, 1)]
    found = [one for one in (_date(each, month, number) for each in years) if one]
    return sorted(found, key=lambda one: abs(one - today))[:1]


def _date(year: int, month: int, number: int) -> date | None:
    try:
        return date(year, month, number)
    except ValueError:
        return None
