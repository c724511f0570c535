"""Charts of the report, in the shapes of the front page's (`appeals.dashboard.drawing`)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from apps.appeals.dashboard.drawing import Chart, bar_of, bars_of, nice
from apps.appeals.dashboard.tiles import number
from apps.callanalysis.figures.links import Links
from apps.callanalysis.figures.reading import Ended, Score
from apps.callanalysis.figures.scorecards import outcomes
from apps.callanalysis.figures.wording import percent

# Colours of the charts' own: green, grey, blue, red, yellow.
COLOURS = {"analysed": 0, "skipped": 6, "unheard": 1, "broken": 5, "none": 2}


def names() -> dict[str, str]:
    return {
        "analysed": pgettext("calls", "analysed"),
        "skipped": pgettext("calls", "too short"),
        "unheard": _("no conversation"),
        "broken": pgettext("calls", "failed"),
        "none": _("in work"),
    }


def calls_chart(found: Mapping[datetime, Ended], *, links: Links) -> Chart:
    """What came, by how it ended."""
    span, said, none = links.choice.span, names(), Ended()
    top = nice(max((one.received for one in found.values()), default=0))
    spans = bars_of(span, width=span.bucket)
    bars = []
    for place, (since, until) in enumerate(spans):
        calls, href = found.get(since, none), links.between(max(since, span.start), until)
        pieces = [
            (COLOURS[name], float(count), f"{said[name]}: {number(count)}", f"{href}&outcome={name}")
            for count, name in outcomes(calls) if count
        ]  # fmt: skip
        bars.append(
            bar_of(place, len(spans), since, until, span.bucket, pieces, top,
                   value=number(calls.received), href=href)
        )  # fmt: skip
    all_of_them = Ended.of(found.values())
    legend = [
        (COLOURS[name], said[name], links.calls(outcome=name))
        for count, name in outcomes(all_of_them)
        if count
    ]
    return Chart(bars=bars, legend=legend, top=number(int(top)), middle=number(int(top / 2)))


def score_chart(found: Mapping[datetime, Score], *, links: Links) -> Chart:
    """The average, of a hundred, however high the highest is: bars of two periods are comparable."""
    span, none = links.choice.span, Score()
    narrowed: dict[str, Any] = {"checklist": links.choice.checklist or "any"}
    spans = bars_of(span, width=span.bucket)
    bars = []
    for place, (since, until) in enumerate(spans):
        score = found.get(since, none)
        href = links.between(max(since, span.start), until, **narrowed)
        said = f"{percent(score.average)} · " + _("calls: %(n)s") % {"n": number(score.calls)}
        # A day on which all failed is no day without calls.
        pieces = [] if score.average is None else [(0, max(score.average, 1.0), said, href)]
        bars.append(
            bar_of(place, len(spans), since, until, span.bucket, pieces, 100.0, value=said, href=href)
        )
    return Chart(bars=bars, top="100 %", middle="50 %")
