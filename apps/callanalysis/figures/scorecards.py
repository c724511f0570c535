"""Lines of offices and managers: what their calls were judged to be worth, and beside it out of how many."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from apps.callanalysis.figures.choosing import Choice
from apps.callanalysis.figures.links import Links
from apps.callanalysis.figures.reading import Calls, Ended, Score
from apps.callanalysis.figures.wording import Figure, counted, percent, points, share

# An average of fewer says too little to be given a place.
LEAST = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """`whose` is what narrows the list of calls; `place` is None where there are too few calls."""

    pk: int
    name: str
    whose: dict[str, int]
    calls: Calls
    calls_before: Calls
    score: Score
    score_before: Score
    place: int | None = None
    place_before: int | None = None

    @property
    def is_nothing(self) -> bool:
        return not (self.calls.received or self.calls_before.received)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """By manager, of the period and of the one before."""

    calls: dict[int, tuple[Calls, Calls]]
    scores: dict[int, tuple[Score, Score]]

    def line(self, pk: int, name: str, whose: dict[str, int], people: Iterable[int]) -> Line:
        people = list(people)
        calls = [self.calls[one] for one in people if one in self.calls]
        scores = [self.scores[one] for one in people if one in self.scores]
        return Line(
            pk=pk,
            name=name,
            whose=whose,
            calls=Calls.of(now for now, _before in calls),
            calls_before=Calls.of(before for _now, before in calls),
            score=Score.of(now for now, _before in scores),
            score_before=Score.of(before for _now, before in scores),
        )


def whole(choice: Choice, found: Found) -> Line:
    return found.line(0, _("All"), {}, choice.managers)


def managers(choice: Choice, found: Found) -> list[Line]:
    """The best first; those without a place after them."""
    lines = [
        found.line(pk, name, {"manager": pk}, [pk])
        for pk, name in choice.offered.managers.items()
        if pk in choice.managers
    ]
    return _placed(line for line in lines if not line.is_nothing)


def offices(choice: Choice, found: Found) -> list[Line]:
    """A manager of two offices counts in both."""
    lines = (
        found.line(pk, name, {"office": pk}, choice.offered.within[pk] & choice.managers)
        for pk, name in choice.offered.offices.items()
        if choice.office in (None, pk)
    )
    return _placed(line for line in lines if not line.is_nothing)


def _placed(lines: Iterable[Line]) -> list[Line]:
    lines = list(lines)
    now = _places({line.pk: line.score for line in lines})
    before = _places({line.pk: line.score_before for line in lines})
    placed = (replace(one, place=now.get(one.pk), place_before=before.get(one.pk)) for one in lines)
    return sorted(placed, key=_order)


def _places(scores: dict[int, Score]) -> dict[int, int]:
    """Who has the same average has the same place."""
    averages = {pk: _shown(one) for pk, one in scores.items() if one.scorecards and one.calls >= LEAST}
    ordered = sorted(averages.values(), reverse=True)
    return {pk: ordered.index(average) + 1 for pk, average in averages.items()}


def _shown(score: Score) -> float:
    """As it is shown: nobody sees more of it."""
    return round(score.average or 0, 1)


def _order(line: Line) -> Any:
    is_last = line.place is None
    return (is_last, line.place or 0, -line.score.calls, line.name)


def heading() -> list[str]:
    return [
        _("place"),
        _("average, %"),
        _("against the days before, points"),
        _("judged calls"),
        _("with a critical failure"),
        pgettext("calls", "received"),
        pgettext("calls", "analysed"),
        pgettext("calls", "too short"),
        _("no conversation"),
        pgettext("calls", "failed"),
        _("in work"),
    ]


def figures(line: Line, links: Links) -> Iterator[Figure]:
    """As the page's columns are: average, judged, critical; then what became of all that came."""
    choice, score, calls = links.choice, line.score, line.calls
    checklist = choice.checklist or "any"
    change, tone = points(score.average, line.score_before.average)
    judged = links.calls(**line.whose, checklist=checklist)
    yield Figure(text=percent(score.average), href=judged if score.calls else "", change=change, tone=tone)
    yield counted(score.calls, judged)
    critical = links.calls(**line.whose, critical=checklist)
    yield counted(score.critical, critical, note=share(score.critical, score.calls))
    yield counted(calls.received, links.calls(**line.whose))
    for count, outcome in outcomes(calls):
        note = share(count, calls.received) if outcome == "analysed" else ""
        yield counted(count, links.calls(**line.whose, outcome=outcome), note=note)


def outcomes(calls: Ended) -> tuple[tuple[int, str], ...]:
    """How many, and as the list's filter has them."""
    return (
        (calls.analysed, "analysed"),
        (calls.skipped, "skipped"),
        (calls.unheard, "unheard"),
        (calls.failed, "broken"),
        (calls.working, "none"),
    )
