"""Hours of the day, and how long something takes, in a rewritten text."""

import re
from collections.abc import Iterator
from decimal import Decimal

from apps.appeals.guarding.figures import Found, Kind, Value, minutes_long, minutes_of_day
from apps.appeals.guarding.prices import is_said_of_money

NOON, DAY = 12 * 60, 24 * 60
PART = r"(?P<part>утра|дня|вечера|ночи|a\.?m\b\.?|p\.?m\b\.?)"
AT = r"(?:в|во|к|ко|до|после|с|со|около|на|at|by|from|until|till|after|before|to)"
_CLOCK = re.compile(
    rf"(?<![\d:.,])(?P<h>[01]?\d|2[0-4])(?:(?P<colon>:)|(?<=\d)\.)(?P<m>[0-5]\d)(?![\d:]|[.,]\d)(?:\s*{PART})?"
)
_DOTTED = re.compile(rf"(?<!\w){AT}\s+$")
# A number that goes on, or counts something else, is no hour.
_NOT_AN_HOUR = (
    r"(?!\d|[.,]\d|[ \u00a0\u202f]\d{3}|\s*(?:₽|\$|€|%|гб|gb|мб|мм|см|км|м\b|кг|руб|р\b|тыс|тыщ|т\.?р|[кk]\b|"
    r"косар|раз|"
    r"процент|шт|штук|дн|день|сут|недел|месяц|мес\b|лет|год|минут|мин\b|сек|[-–—]\s?\d+\s*(?:тыс|руб|дн|минут|мин)|"
    r"-?(?:го|й|я|е|м|ю|х)\b|устройств|телефон|сервис|мастер|этап|част|экземпляр|цвет|сим|вариант|case|time|day|week|"
    r"month|year|min|device|phone|(?:pro|max|plus|mini|ultra|про|макс|плюс|мини)\b|янв|фев|мар|апр|мая|май|июн|июл|авг|сен|окт|ноя|дек|числ))"
)
_HOUR = re.compile(
    rf"(?<!\w){AT}\s+(?P<h>[01]?\d|2[0-4])(?:\s+(?P<m>[0-5]\d)(?=\s|$|[,.!?;)]))?(?P<word>\s*(?:час\w*|ч\b\.?))?"
    rf"(?:\s*{PART})?{_NOT_AN_HOUR}"
)
_HOUR_OF_PART = re.compile(rf"(?<![\d:.,])(?P<h>[01]?\d|2[0-3])(?:\s*(?:час\w*|ч\b\.?))?\s*{PART}(?!\w)")
_ONE = re.compile(rf"(?<!\w)(?:в|к|до|после|с)\s+(?:час|часу)\b(?:\s*{PART})?")
_NOON = re.compile(r"(?<!\w)(?P<noon>полдень|полудня|полудню|noon)|(?<!\w)(?:полночь|полуночи|midnight)")
_SHORT_OF = re.compile(r"(?<!\w)без\s+(?P<m>\d{1,2})(?:\s+минут)?\s+(?P<h>\d{1,2})(?!\d)")

_UNITS = (
    (r"минут\w*|мин\b\.?|minutes?\b|min\b", 1),
    (r"час(?:а|ов|ам|ик|ика|у)?\b|ч\b\.?|hours?\b", 60),
    (r"дн(?:я|ей|ям|и)\b|дн\b\.?|день\b|сут(?:ок|ки)\b|days?\b", DAY),
    (r"недел\w*|weeks?\b", 7 * DAY),
    (r"месяц\w*|мес\b\.?|months?\b", 30 * DAY),
    (r"год(?:а|у|ов)?\b|лет\b|years?\b", 365 * DAY),
)
UNIT = "|".join(f"(?P<u{number}>{names})" for number, (names, _minutes) in enumerate(_UNITS))
_TERM = re.compile(
    rf"(?<![\w.,])(?P<low>\d+(?:[.,]\d)?)(?:\s*(?:[-–—]|до|или|to|or)\s*(?P<high>\d+(?:[.,]\d)?))?"
    rf"(?:\s+рабоч\w+|\s+working|\s+business)?\s*(?:{UNIT})"
)
_ONE_LONG = re.compile(rf"(?<!\w)(?:за|около|в течение|within|in an?|гаранти\w*(?:\s+на)?)\s+(?:{UNIT})")
_HALF_LONG = re.compile(r"(?<!\w)(?:пол[- ]?часа|получас\w*|half an hour)(?!\w)")
_HALF_YEAR = re.compile(r"(?<!\w)(?:полгода|полугода)(?!\w)")


def find_times(text: str) -> Iterator[Found]:
    yield from _clocks(text)
    yield from _hours(text)
    for found in _SHORT_OF.finditer(text):
        yield _time(found, _shifted(int(found["h"]), -int(found["m"])))
    for found in _ONE.finditer(text):
        yield _time(found, _clock(1, 0, found["part"]))
    for found in _NOON.finditer(text):
        yield _time(found, frozenset({minutes_of_day(NOON if found["noon"] else 0)}))


def _clocks(text: str) -> Iterator[Found]:
    for found in _CLOCK.finditer(text):
        if found["colon"] or _DOTTED.search(text[: found.start()]):
            yield _time(found, _clock(int(found["h"]), int(found["m"]), found["part"], is_exact=True))


def _hours(text: str) -> Iterator[Found]:
    for pattern in (_HOUR, _HOUR_OF_PART):
        for found in pattern.finditer(text):
            if is_said_of_money(text[: found.start("h")]):
                continue  # «обойдётся в 14»
            named = found.groupdict()
            values = _clock(int(found["h"]), int(named.get("m") or 0), found["part"])
            if named.get("word") and not found["part"]:
                values |= {minutes_long(int(found["h"]) * 60)}  # «до 3 часов»
            yield _time(found, values, start=found.start("h"))


def _time(found: re.Match[str], values: frozenset[Value], start: int | None = None) -> Found:
    return Found(Kind.TIME, found.start() if start is None else start, found.end(), values)


def _clock(hour: int, minute: int, part: str | None, *, is_exact: bool = False) -> frozenset[Value]:
    """An hour of the dial is one of two, unless the text says which, or writes as a timetable does."""
    part = (part or "").replace(".", "")
    if part in ("дня", "вечера", "pm") or (part == "ночи" and 6 <= hour < 12):
        hour += 12 if hour < 12 else 0
    elif part:
        hour %= 12 if part == "am" or (part == "ночи" and hour == 12) else 24
    elif hour <= 12 and not (is_exact and hour >= 8):
        return _shifted(hour, minute)
    return frozenset({minutes_of_day((hour * 60 + minute) % DAY)})


def _shifted(hour: int, minute: int) -> frozenset[Value]:
    at = hour * 60 + minute
    return frozenset({minutes_of_day(at % DAY), minutes_of_day((at + NOON) % DAY)})


def find_terms(text: str) -> Iterator[Found]:
    for found in _TERM.finditer(text):
        unit = _unit(found)
        for name in ("low", "high"):
            if found[name]:
                start, end = (
                    found.start(name),
                    found.end() if name == "high" or not found["high"] else found.end(name),
                )
                yield Found(Kind.TERM, start, end, _term(found[name], unit))
    for found in _ONE_LONG.finditer(text):
        yield Found(Kind.TERM, found.start(), found.end(), _term("1", _unit(found)))
    for found in _HALF_LONG.finditer(text):
        yield Found(Kind.TERM, found.start(), found.end(), frozenset({minutes_long(30)}))
    for found in _HALF_YEAR.finditer(text):
        yield Found(Kind.TERM, found.start(), found.end(), _term("6", 30 * DAY))


def _unit(found: re.Match[str]) -> int:
    return next(minutes for number, (_names, minutes) in enumerate(_UNITS) if found[f"u{number}"])


def _term(number: str, unit: int) -> frozenset[Value]:
    return frozenset({minutes_long(int(Decimal(number.replace(",", ".")) * unit))})
