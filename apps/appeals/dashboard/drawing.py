"""Charts as shapes: heights in percent, colours by number. Templates only place them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from math import ceil, floor, log10

from django.utils import formats
from django.utils.translation import gettext as _

from apps.appeals.dashboard.links import Links
from apps.appeals.dashboard.periods import Period
from apps.appeals.dashboard.tiles import money, number

# So many channels have a colour of their own; the rest share the last.
COLOURS = 7
# As many labels below the bars as stay readable; every other is dropped on a phone.
LABELS = 12
WIDTH, GAP = 10, 2
NOBODY = "–"
HOURS, WEEKDAYS, LEVELS = 24, 7, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    colour: int
    title: str
    href: str
    top: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    x: int
    label: str
    title: str
    value: str
    href: str
    segments: list[Segment]
    # 0: none, 1: on a phone, too, 2: only where there is room.
    shows_label: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    bars: list[Bar]
    legend: list[tuple[int, str, str]] = field(default_factory=list)
    top: str = ""
    middle: str = ""

    @property
    def width(self) -> int:
        return len(self.bars) * WIDTH

    @property
    def has_bars(self) -> bool:
        return any(bar.segments for bar in self.bars)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    value: int
    level: int
    title: str
    href: str


def bars_of(period: Period, *, width: str) -> list[tuple[datetime, datetime]]:
    """Beginning and end of each, without gaps. Weeks begin on Mondays and are cut to the period."""
    if width == "hour":
        hour = timedelta(hours=1)
        count = int((period.end.timestamp() - period.start.timestamp()) // 3600)
        starts = [
            _in_zone(period, period.start.timestamp() + at * hour.total_seconds()) for at in range(count)
        ]
    else:
        step = 1 if width == "day" else 7
        first = period.first - timedelta(days=period.first.weekday() if width == "week" else 0)
        starts = [
            _midnight(period, first + timedelta(days=at)) for at in range(0, _days(period, first), step)
        ]
    return list(zip(starts, [*starts[1:], period.end], strict=True))


def _days(period: Period, first: date) -> int:
    return (period.last - first).days + 1


def _in_zone(period: Period, timestamp: float) -> datetime:
    return datetime.fromtimestamp(timestamp, tz=period.zone)


def _midnight(period: Period, day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=period.zone)


def volume_chart(
    period: Period, found: Iterable[tuple[datetime, int, int]], *, names: Mapping[int, str], links: Links
) -> Chart:
    """Stacked by channel, the busiest at the bottom."""
    by_bar: dict[datetime, dict[int, int]] = {}
    totals: dict[int, int] = {}
    for at, channel, count in found:
        by_bar.setdefault(at, {})[channel] = count
        totals[channel] = totals.get(channel, 0) + count
    order = sorted(totals, key=lambda channel: -totals[channel])
    colour = {channel: min(place, COLOURS - 1) for place, channel in enumerate(order)}
    top = nice(max((sum(counts.values()) for counts in by_bar.values()), default=0))
    spans = bars_of(period, width=period.bucket)
    bars = []
    for place, (since, until) in enumerate(spans):
        counts = {channel: by_bar.get(since, {}).get(channel, 0) for channel in order}
        within = {"since": max(since, period.start), "until": until}
        pieces = [
            (colour[one], counts[one], f"{names.get(one, NOBODY)}: {number(counts[one])}",
             links.received(**within, conversation__channel__id__exact=one))
            for one in order if counts[one]
        ]  # fmt: skip
        bars.append(
            bar_of(place, len(spans), since, until, period.bucket, pieces, float(top),
                 value=number(sum(counts.values())), href=links.received(**within))
        )  # fmt: skip
    legend = [
        (colour[one], names.get(one, NOBODY), links.received(conversation__channel__id__exact=one))
        for one in order
    ]
    return Chart(bars=bars, legend=legend, top=number(int(top)), middle=number(int(top / 2)))


def cost_chart(period: Period, found: Mapping[datetime, tuple[Decimal, int]], *, links: Links) -> Chart:
    width = "day" if period.bucket == "hour" else period.bucket
    top = nice(float(max((cost for cost, _calls in found.values()), default=0)))
    spans = bars_of(period, width=width)
    bars = []
    for place, (since, until) in enumerate(spans):
        cost, calls = found.get(since, (Decimal(0), 0))
        href = links.calls(max(since, period.start), until)
        said = f"{money(cost)} · " + _("calls: %(n)s") % {"n": number(calls)}
        pieces = [(0, float(cost), said, href)] if cost else []
        bars.append(bar_of(place, len(spans), since, until, width, pieces, top, value=said, href=href))
    return Chart(bars=bars, top=money(Decimal(str(top))), middle=money(Decimal(str(top / 2))))


def bar_of(
    place: int, count: int, since: datetime, until: datetime, width: str,
    pieces: Sequence[tuple[int, float, str, str]], top: float, *, value: str, href: str,
) -> Bar:  # fmt: skip
    """`pieces` are colour, amount, words and address, from the bottom up; `top` is where the scale ends."""
    segments, at = [], 100.0
    title = _title(since, until, width)
    for colour, amount, said, where in pieces:
        height = amount / top * 100 if top else 0
        at -= height
        segments.append(
            Segment(
                colour=colour,
                title=f"{title} · {said}",
                href=where,
                top=round(at, 2),
                height=round(height, 2),
            )
        )
    step = max(1, ceil(count / LABELS))
    shown = 0 if place % step else 1 if place % (2 * step) == 0 else 2
    return Bar(
        x=place * WIDTH, label=_label(since, width), title=title, value=value, href=href,
        segments=segments, shows_label=shown,
    )  # fmt: skip


def _label(since: datetime, width: str) -> str:
    return f"{since:%H}" if width == "hour" else f"{since:%d.%m}"


def _title(since: datetime, until: datetime, width: str) -> str:
    day = formats.date_format(since, "MONTH_DAY_FORMAT")
    if width == "hour":
        return f"{day}, {since:%H:%M}–{until:%H:%M}"
    if width == "day":
        return f"{day}, {formats.date_format(since, 'D')}"
    return f"{day} – {formats.date_format(until - timedelta(days=1), 'MONTH_DAY_FORMAT')}"


def nice(value: float) -> float:
    """The next number that a scale may end with: 1, 2, 4, 10, 20, 40 …"""
    if value <= 0:
        return 0.0
    power = 10.0 ** floor(log10(value))
    return next(step * power for step in (1, 2, 4, 10) if step * power >= value * (1 - 1e-9))


def heat_map(
    period: Period, found: Mapping[tuple[int, int], int], *, links: Links
) -> Iterator[tuple[str, list[Cell]]]:
    """A line for each weekday. The more, the darker."""
    most = max(found.values(), default=0)
    for day in range(1, WEEKDAYS + 1):
        name = weekday_name(day)
        cells = []
        for hour in range(HOURS):
            value = found.get((day, hour), 0)
            cells.append(
                Cell(
                    value=value,
                    level=ceil(value / most * LEVELS) if most else 0,
                    title=f"{name}, {hour:02}:00 · {number(value)}",
                    href=links.received(hour_of_week=f"{day}-{hour}"),
                )
            )
        yield name, cells


def weekday_name(day: int) -> str:
    """In short; Monday is 1."""
    return formats.date_format(date(2024, 1, day), "D")  # a year that began with a Monday
