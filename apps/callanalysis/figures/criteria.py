"""Criteria: which are missed most, by whom, and how far people agree with the AI about them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import floor
from typing import Any

from django.utils.translation import gettext as _

from apps.appeals.dashboard.tiles import NONE
from apps.callanalysis.figures.choosing import Choice
from apps.callanalysis.figures.links import Links
from apps.callanalysis.figures.reading import Criterion, Marks
from apps.callanalysis.figures.scorecards import LEAST, Line
from apps.callanalysis.figures.wording import Figure, counted, percent, share
from apps.callanalysis.models import ChecklistVersion

# So many are seen at once; the rest unfold.
WORST = 10
# Of the colours of the map, from all missed to all fulfilled.
LEVELS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    checklist: int
    stage_id: str
    name: str
    of: str
    place: int
    marks: Marks
    by_manager: Mapping[int, Marks]

    def link(self, links: Links, what: str, **whose: int) -> str:
        return links.calls(**whose, mark=f"{self.checklist}:{what}:{self.stage_id}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """`level` is 0 where nothing was judged."""

    text: str
    title: str
    href: str
    level: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatMap:
    checklist: str
    criteria: list[Named]
    rows: list[tuple[str, list[Cell]]]


def named(choice: Choice, found: Mapping[Criterion, Mapping[int, Marks]]) -> list[Named]:
    """In the order of the checklists. One statement: names as the newest version that has the stage."""
    names: dict[Criterion, tuple[int, str]] = {}
    versions = ChecklistVersion.objects.filter(tenant=choice.tenant).exclude(published_at=None)
    for checklist, items in versions.order_by("number").values_list("checklist", "items"):
        names |= {(checklist, one["id"]): (place, one["name"]) for place, one in enumerate(items)}
    lines = []
    for key, by in found.items():
        place, name = names.get(key, (len(names), key[1]))
        of = choice.offered.checklists.get(key[0], "")
        lines.append(
            Named(
                checklist=key[0], stage_id=key[1], name=name, of=of, place=place,
                marks=Marks.of(by.values()), by_manager=by,
            )
        )  # fmt: skip
    return sorted(lines, key=lambda one: (one.of, one.checklist, one.place))


def worst(criteria: Iterable[Named]) -> list[Named]:
    """Those judged a few times alone come last: they say too little."""
    return sorted((one for one in criteria if one.marks.judged), key=_how_bad)


def _how_bad(one: Named) -> Any:
    return (one.marks.judged < LEAST, one.marks.share, -one.marks.judged, one.of, one.place)


def figures(one: Named, links: Links) -> Iterator[Figure]:
    """Share failed, of how many; what counts neither way."""
    marks = one.marks
    failed = one.link(links, "failed")
    yield Figure(
        text=percent(None if marks.share is None else 100 - marks.share * 100),
        href=failed if marks.failed else "",
    )
    yield counted(marks.failed, failed)
    yield counted(marks.judged, one.link(links, "judged"))
    yield counted(marks.not_proven, one.link(links, "not_proven"))
    yield counted(marks.cannot_judge, one.link(links, "cannot_judge"))


def checked(criteria: Iterable[Named]) -> list[Named]:
    """Those that people have looked at, the least agreed upon first."""
    found = [one for one in criteria if one.marks.checked]
    return sorted(
        found, key=lambda one: (one.marks.agreed / one.marks.checked, -one.marks.checked, one.place)
    )


def agreement(one: Named, links: Links) -> Iterator[Figure]:
    marks = one.marks
    yield Figure(text=share(marks.agreed, marks.checked), href=one.link(links, "checked"))
    yield counted(marks.checked, one.link(links, "checked"))
    yield counted(marks.agreed, one.link(links, "confirmed"))
    yield counted(marks.checked - marks.agreed, one.link(links, "changed"))


def heat_map(criteria: Iterable[Named], people: Iterable[Line], links: Links) -> HeatMap | None:
    """Of one checklist: the chosen one, or the one that most was judged by."""
    by: dict[int, list[Named]] = {}
    for one in criteria:
        by.setdefault(one.checklist, []).append(one)
    if not by:
        return None
    columns = max(by.values(), key=lambda several: sum(one.marks.judged for one in several))
    rows = [(line.name, [_cell(one, line, links) for one in columns]) for line in people]
    judged = [row for row in rows if any(cell.level for cell in row[1])]
    return HeatMap(checklist=columns[0].of, criteria=columns, rows=judged) if judged else None


def _cell(one: Named, line: Line, links: Links) -> Cell:
    marks = one.by_manager.get(line.pk)
    if marks is None or marks.share is None:
        return Cell(text=NONE, title="", href="", level=0)
    title = _("%(manager)s, %(criterion)s: fulfilled in %(done)d of %(judged)d") % {
        "manager": line.name, "criterion": one.name, "done": marks.completed, "judged": marks.judged,
    }  # fmt: skip
    return Cell(
        text=f"{marks.share * 100:.0f}",
        title=title,
        href=one.link(links, "judged", **line.whose),
        level=min(LEVELS, 1 + floor(marks.share * LEVELS)),
    )
