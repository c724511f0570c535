"""The report as files: each of its tables as CSV, all of them as the sheets of a workbook."""

import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.callanalysis.figures import scorecards, talk
from apps.callanalysis.figures.board import Board
from apps.callanalysis.figures.criteria import Named, worst
from apps.callanalysis.figures.scorecards import Line, outcomes
from apps.callanalysis.figures.talk import Talk
from apps.core.spreadsheets import Cell, Sheet, csv_lines, write_book

Rows = Iterator[list[Cell]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    title: str | Promise
    head: Callable[[Board], list[str]]
    rows: Callable[[Board], Rows]


def as_csv(board: Board, name: str) -> str:
    table = TABLES[name]
    return "".join(csv_lines(table.head(board), table.rows(board)))


def as_xlsx(board: Board) -> bytes:
    file = io.BytesIO()
    write_book(
        file,
        (
            Sheet(title=str(one.title), head=one.head(board), rows=one.rows(board), widths={0: 34})
            for one in TABLES.values()
        ),
    )
    return file.getvalue()


def _managers_head(_board: Board) -> list[str]:
    return [_("manager"), *scorecards.heading()]


def _offices_head(_board: Board) -> list[str]:
    return [_("office"), *scorecards.heading()]


def _managers(board: Board) -> Rows:
    yield _line(board.whole)
    yield from map(_line, board.managers)


def _offices(board: Board) -> Rows:
    yield from map(_line, board.offices)


def _line(line: Line) -> list[Cell]:
    now, before = line.score.average, line.score_before.average
    return [
        line.name,
        line.place,
        _one(now),
        None if now is None or before is None else _one(now - before),
        line.score.calls,
        line.score.critical,
        line.calls.received,
        *(count for count, _outcome in outcomes(line.calls)),
    ]


def _criteria_head(_board: Board) -> list[str]:
    return [
        _("criterion"),
        _("checklist"),
        _("not fulfilled, %"),
        _("not fulfilled"),
        _("judged"),
        _("not proven"),
        _("cannot be judged"),
        _("checked by people"),
        _("the AI's mark stayed"),
        _("agreement, %"),
    ]


def _criteria(board: Board) -> Rows:
    told = worst(board.criteria)
    yield from map(_criterion, [*told, *(one for one in board.criteria if not one.marks.judged)])


def _criterion(one: Named) -> list[Cell]:
    marks = one.marks
    return [
        one.name,
        one.of,
        None if marks.share is None else _one(100 - marks.share * 100),
        marks.failed,
        marks.judged,
        marks.not_proven,
        marks.cannot_judge,
        marks.checked,
        marks.agreed,
        _one(marks.agreed / marks.checked * 100) if marks.checked else None,
    ]


def _heat_head(board: Board) -> list[str]:
    return [_("manager"), *(one.name for one in board.heat.criteria)] if board.heat else [_("manager")]


def _heat(board: Board) -> Rows:
    for name, cells in board.heat.rows if board.heat else ():
        yield [name, *(int(cell.text) if cell.level else None for cell in cells)]


def _talk_head(_board: Board) -> list[str]:
    return [_("manager"), *talk.heading()]


def _talk(board: Board) -> Rows:
    yield [_("The whole organisation"), *_told(board.everybody)]
    for line in talk.spoken(board.managers):
        yield [line.name, *_told(Talk(calls=line.calls))]


def _told(of: Talk) -> list[Cell]:
    averages = (of.ratio, of.monologue, of.cut_in, of.was_cut_in)
    return [*map(_one, averages), of.calls.measured, _one(of.silence), of.calls.timed]


def _one(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


TABLES: Mapping[str, Table] = {
    "managers": Table(title=gettext_lazy("Managers"), head=_managers_head, rows=_managers),
    "offices": Table(title=gettext_lazy("Offices"), head=_offices_head, rows=_offices),
    "criteria": Table(title=gettext_lazy("Criteria"), head=_criteria_head, rows=_criteria),
    "heat": Table(title=gettext_lazy("Criteria by managers"), head=_heat_head, rows=_heat),
    "talk": Table(title=gettext_lazy("Conversations in figures"), head=_talk_head, rows=_talk),
}
