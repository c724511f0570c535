"""The report's first figures, in the shape of the front page's (`appeals.dashboard.tiles`)."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from apps.appeals.dashboard.tiles import Tile, number
from apps.callanalysis.figures.links import Links
from apps.callanalysis.figures.scorecards import Line, outcomes
from apps.callanalysis.figures.wording import percent, points, share, signed


def tiles(whole: Line, links: Links) -> Iterator[Tile]:
    """The average, and out of how many; then all that came, by how it ended."""
    score, before = whole.score, whole.score_before
    checklist = links.choice.checklist or "any"
    judged = links.calls(checklist=checklist)
    change, tone = points(score.average, before.average)
    yield Tile(
        key="average", title=_("Average"), value=percent(score.average), href=judged,
        note=_("before: %(value)s") % {"value": percent(before.average)} if before.calls else "",
        change=change, change_tone=tone,
    )  # fmt: skip
    yield _counted("judged", _("Judged calls"), score.calls, before.calls, judged)
    critical = _share(_("%(share)s of judged"), score.critical, score.calls)
    yield _counted(
        "critical",
        _("With a critical failure"),
        score.critical,
        before.critical,
        links.calls(critical=checklist),
        note=critical,
        more_is="bad",
    )
    calls, earlier = whole.calls, whole.calls_before
    yield _counted("received", pgettext("calls", "Received"), calls.received, earlier.received, links.calls())
    titles = (_("Analysed"), _("Too short"), _("No conversation"), pgettext("calls", "Failed"), _("In work"))
    both = zip(titles, outcomes(calls), outcomes(earlier), strict=True)
    for title, (count, outcome), (ago, _outcome) in both:
        note = _share(_("%(share)s of received"), count, calls.received)
        yield _counted(outcome, title, count, ago, links.calls(outcome=outcome), note=note)


def _counted(
    key: str, title: str, now: int, before: int, href: str, *, note: str = "", more_is: str = "calm"
) -> Tile:
    change = _percent_change(now, before)
    tone = {"bad": "bad" if now > before else "good"}.get(more_is, "calm") if now != before else "calm"
    return Tile(
        key=key, title=title, value=number(now), href=href, note=note, change=change, change_tone=tone
    )


def _share(said: str, part: int, whole: int) -> str:
    return said % {"share": share(part, whole)} if part else ""


def _percent_change(now: int, before: int) -> str:
    if not before:
        return ""
    more = round((now - before) / before * 100)
    return signed(f"{abs(more)} %", more) if more else _("as before")
