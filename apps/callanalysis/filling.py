"""A table's row filled from a talk: one question for all columns that are not answered yet."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from apps.ai.judging import Question, Said, fill
from apps.appeals.models import Appeal
from apps.callanalysis import announcing
from apps.callanalysis.consulting import consulting, thinker
from apps.callanalysis.conversing import segments_of, talk_of
from apps.callanalysis.evidence import Spoken
from apps.callanalysis.models import Call, Cell, CellStatus, ColumnType, TableRow
from apps.callanalysis.values import NotOfThisType, answer_of, read_value
from apps.core.work import Effect

Column = Mapping[str, Any]

NOT_PROVEN = _("The words that the AI gives for it are not in the transcript.")
# What another answer hangs on; a title is only how it is called.
ASKED = ("type", "question", "options")


def fill_row(row: TableRow) -> Effect:
    """The work behind every row."""
    known = {cell.name: cell for cell in row.cells.all()}
    lacking = [one for one in row.version.items if not _stays(known.get(one["name"]), one, row.is_anew)]
    found = _ask_about(row.subject, lacking) if lacking else []
    return partial(_keep, row, found)


def _stays(cell: Cell | None, column: Column, is_anew: bool) -> bool:
    """As a mark of a checklist."""
    return cell is not None and is_answered(cell, column) and not (is_anew and cell.corrected_at is None)


def is_answered(cell: Cell | None, column: Column) -> bool:
    return cell is not None and _asked(cell.column) == _asked(column)


def _asked(column: Column) -> list[Any]:
    return [column.get("question") or column.get("title"), *(column.get(name) for name in ASKED)]


def _ask_about(subject: Call | Appeal, columns: Sequence[Column]) -> list[Cell]:
    segments, connection = segments_of(subject), thinker(subject.tenant)
    questions = [
        Question(
            name=one["name"],
            title=one["title"],
            question=one["question"] or one["title"],
            answer=answer_of(one),
        )
        for one in columns
    ]
    with consulting():
        answers = fill(
            tenant=subject.tenant, connection=connection, talk=talk_of(subject, segments), questions=questions
        )
    spoken = Spoken(segments)
    with translation.override(subject.tenant.language):
        return [
            _cell(spoken, one, answers.get(one["name"]) or Said(name=one["name"], value=""))
            for one in columns
        ]


def _cell(spoken: Spoken, column: Column, said: Said) -> Cell:
    found = spoken.find(said.quote, line=said.line)
    cell = Cell(
        name=column["name"],
        column=dict(column),
        said=said.value,
        quote=found.quote if found else "",
        second=found.second if found else None,
        speaker=found.speaker if found else "",
        message_id=found.message if found else None,
    )
    try:
        value = read_value(column, said.value)
    except NotOfThisType as error:
        cell.status, cell.reason = CellStatus.UNREADABLE, str(error)
        return cell
    if value is None:
        cell.status = CellStatus.ABSENT
    elif found is None and not _may_be_silence(column, said):
        cell.status, cell.reason = CellStatus.NOT_PROVEN, str(NOT_PROVEN)
    else:
        cell.status, cell.value = CellStatus.FOUND, value
    return cell


def _may_be_silence(column: Column, said: Said) -> bool:
    """«No» may be that it never came up."""
    return column["type"] == ColumnType.BOOL and not said.quote and read_value(column, said.value) is False


REPLACED = (
    *("column", "said", "value", "status", "reason", "quote", "second", "speaker", "message"),
    *("human", "corrected_at", "position", "tenant"),
)


def _keep(row: TableRow, found: Sequence[Cell]) -> None:
    """Under the row's lock."""
    decided = {one.name: one for one in row.cells.exclude(corrected_at=None)}
    # Not what somebody has judged while the AI was thinking.
    taken = [one for one in found if not is_answered(decided.get(one.name), one.column)]
    for cell in taken:
        cell.row, cell.tenant_id = row, row.tenant_id
    Cell.objects.bulk_create(
        taken, update_conflicts=True, unique_fields=["row", "name"], update_fields=[*REPLACED]
    )
    columns = {column["name"]: (place, column) for place, column in enumerate(row.version.items)}
    row.cells.exclude(name__in=columns).delete()
    cells = list(row.cells.all())
    for cell in cells:
        place, column = columns[cell.name]
        cell.position, cell.column = place, dict(column)
    Cell.objects.bulk_update(cells, ["position", "column"])
    row.finished_at, row.is_anew = timezone.now(), False
    row.save(update_fields=["finished_at", "is_anew"])
    announcing.announce_row(row)
