"""One figure each: what it says, how it stands to the days before, and where its rows are."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

from django.urls import reverse
from django.utils import formats
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from apps.appeals.dashboard.links import Links, desk
from apps.appeals.dashboard.present import Present
from apps.appeals.dashboard.reading import Spread, Sums
from apps.appeals.sla.wording import brief

NONE = "–"
TEN_CENTS = Decimal("0.10")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """`tone` colours the figure (bad, calm), `change_tone` the change (good, bad, calm)."""

    key: str
    title: str | Promise
    value: str
    href: str
    note: str = ""
    note_href: str = ""
    hint: str = ""
    change: str = ""
    change_tone: str = "calm"
    tone: str = "calm"


def now_tiles(now: Present, *, failed: int | None, mine: int | None, links: Links) -> Iterator[Tile]:
    """The queue as it stands; `failed` for who may look at it, `mine` for who has appeals of their own."""
    yield _plain("waiting", _("Wait for an answer"), now.waiting, desk("waiting"))
    yield _plain("overdue", _("Overdue"), now.overdue, desk("overdue"), is_bad=bool(now.overdue))
    yield _plain("free", _("Nobody's"), now.free, desk("free"))
    if mine is not None:
        yield _plain("mine", _("My open appeals"), mine, links.open_now())
    if failed is not None:
        where = reverse("admin:tenants_trouble")
        yield _plain("failed", _("Failed and unclear"), failed, where, is_bad=bool(failed))


def period_tiles(now: Sums, before: Sums, *, undelivered: int, links: Links) -> Iterator[Tile]:
    yield _counted("opened", _("New appeals"), now.opened, before.opened, links.opened())
    yield _counted(
        "answered", _("First answers"), now.answered, before.answered, links.answered(), more_is="good"
    )
    yield _answer_time(now, before, links)
    yield _share(
        "in_time", _("Answered in time"), now.answered_share, before.answered_share,
        late=now.answered_late, href=links.answered(answered_in_time="1"),
        late_href=links.answered(answered_in_time="0"),
    )  # fmt: skip
    yield _counted("closed", _("Closed"), now.closed, before.closed, links.closed(), more_is="good")
    yield _resolution_time(now, before, links)
    yield _counted("sent", _("Answers sent"), now.sent, before.sent, links.sent())
    yield _plain(
        "undelivered", _("Not delivered"), undelivered, links.undelivered(), is_bad=bool(undelivered)
    )


def ai_tile(now: Sums, before: Sums, links: Links) -> Tile:
    return Tile(
        key="ai",
        title=_("AI"),
        value=money(now.ai_cost),
        href=links.calls(),
        note=_("calls: %(n)s") % {"n": number(now.ai_calls)},
        change=_percent_change(float(now.ai_cost), float(before.ai_cost)),
    )


def number(value: int) -> str:
    if 0 <= value < 1000:  # of a page's many figures nearly all; no language writes them otherwise
        return str(value)
    return str(formats.number_format(value, use_l10n=True, force_grouping=True))


def money(value: Decimal) -> str:
    """In dollars; what is less than ten cents, but something, is not told as nothing."""
    return f"${formats.number_format(value, 4 if 0 < value < TEN_CENTS else 2)}"


def span(seconds: float | None) -> str:
    return NONE if seconds is None else brief(timedelta(seconds=seconds))


def percent(share: float | None) -> str:
    return NONE if share is None else f"{share * 100:.0f} %"


def _plain(key: str, title: str, value: int, href: str, *, is_bad: bool = False) -> Tile:
    return Tile(key=key, title=title, value=number(value), href=href, tone="bad" if is_bad else "calm")


def _counted(key: str, title: str, now: int, before: int, href: str, *, more_is: str = "calm") -> Tile:
    tone = more_is if now > before else "calm"
    change = _percent_change(now, before)
    return Tile(key=key, title=title, value=number(now), href=href, change=change, change_tone=tone)


def _percent_change(now: float, before: float) -> str:
    if not before:
        return ""
    share = round((now - before) / before * 100)
    return _("as before") if share == 0 else f"{share:+d} %".replace("-", "−")


def _answer_time(now: Sums, before: Sums, links: Links) -> Tile:
    """Working time is what is shown; what the clock on the wall said is beside it."""
    hint = _("By the clock, nights and days off included: %(median)s, nine of ten within %(p90)s") % {
        "median": span(now.clock.median),
        "p90": span(now.clock.p90),
    }
    tile = _timed("answer", _("First answer, median"), now.answer, before.answer, links.answered())
    return replace(tile, hint=hint if now.clock.median is not None else "")


def _resolution_time(now: Sums, before: Sums, links: Links) -> Tile:
    tile = _timed(
        "resolution", _("Settled within, median"), now.resolution, before.resolution, links.closed()
    )
    if now.resolved_share is None:
        return tile
    return replace(tile, hint=_("In time: %(share)s") % {"share": percent(now.resolved_share)})


def _timed(key: str, title: str, now: Spread, before: Spread, href: str) -> Tile:
    change, tone = "", "calm"
    if now.median is not None and before.median is not None:
        more = now.median - before.median
        if abs(more) < 60:
            change = _("as before")
        else:
            change = ("+" if more > 0 else "−") + span(abs(more))
            tone = "bad" if more > 0 else "good"
    note = _("nine of ten within %(time)s") % {"time": span(now.p90)} if now.p90 is not None else ""
    return Tile(
        key=key, title=title, value=span(now.median), href=href, note=note, change=change, change_tone=tone
    )


def _share(
    key: str, title: str, now: float | None, before: float | None, *, late: int, href: str, late_href: str
) -> Tile:
    change, tone = "", "calm"
    if now is not None and before is not None:
        points = round((now - before) * 100)
        change = _("as before") if not points else _("%(n)s points") % {"n": f"{points:+d}".replace("-", "−")}
        tone = "calm" if not points else "good" if points > 0 else "bad"
    if now is None:
        return Tile(key=key, title=title, value=NONE, href=href, note=_("no deadlines were set"))
    late_words = _("late: %(n)s") % {"n": number(late)}
    return Tile(
        key=key,
        title=title,
        value=percent(now),
        href=href,
        note=late_words,
        note_href=late_href if late else "",
        change=change,
        change_tone=tone,
    )
