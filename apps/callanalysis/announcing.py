"""What other systems are told of a finished scorecard or row, in the customer's own fields."""

from typing import Any

from apps.callanalysis.models import Cell, Judgement, Mark, Scorecard, TableRow
from apps.integrations.webhooks.announcing import announce

PERCENTAGES = {1: 100.0, -1: 0.0}


def scorecard_fields(scorecard: Scorecard) -> dict[str, Any]:
    """`score` is 1, -1, or 0 for what is not counted; its percentage is then null, as is that of nothing."""
    marks = list(scorecard.marks.all())
    return {
        **_about(scorecard),
        "manager_id": _manager_id(scorecard),
        "checklist_name": scorecard.checklist.name,
        "checklist_version": scorecard.version.number,
        "total_score": scorecard.total_score or 0,
        "max_score": scorecard.max_score or 0,
        "completion_percentage": None if scorecard.percentage is None else float(scorecard.percentage),
        "failed_critical": [one.stage_id for one in marks if one.is_critical and one.score == -1],
        "stages": [_stage(one) for one in marks],
        "timestamp": scorecard.finished_at.isoformat() if scorecard.finished_at else None,
    }


def _stage(mark: Mark) -> dict[str, Any]:
    return {
        "stage_id": mark.stage_id,
        "stage_name": mark.stage_name,
        "score": mark.score or 0,
        "percentage": PERCENTAGES.get(mark.score or 0),
        "status": mark.standing,
        "comment": mark.comment,
        "quote": mark.quote,
        "quote_second": mark.second,
        "quote_speaker": mark.speaker,
        "weight": mark.weight,
        "critical": mark.is_critical,
        "corrected": mark.corrected_at is not None,
    }


def row_fields(row: TableRow) -> dict[str, Any]:
    """`processing_time` in seconds, from the transcript to the row."""
    table, finished = row.table, row.finished_at
    return {
        **_about(row),
        "table_id": table.public_id,
        "table_name": table.name,
        "extracted_data": extracted(row),
        "processing_time": round((finished - row.begun_at).total_seconds(), 2) if finished else None,
        "timestamp": finished.isoformat() if finished else None,
    }


def extracted(row: TableRow) -> dict[str, Any]:
    """By the columns' keys; null where nothing was found that holds."""
    return {cell.name: cell.standing for cell in row.cells.all()}


def cell_fields(cell: Cell) -> dict[str, Any]:
    return {
        "name": cell.name,
        "title": cell.column.get("title", ""),
        "value": cell.standing,
        "status": cell.status,
        "reason": cell.reason,
        "quote": cell.quote,
        "quote_second": cell.second,
        "quote_speaker": cell.speaker,
        "corrected": cell.corrected_at is not None,
    }


def announce_scorecard(scorecard: Scorecard) -> None:
    """In the transaction that finishes it."""
    if _is_told(scorecard):
        announce(
            endpoint=scorecard.checklist.webhook,
            kind=f"{_kind(scorecard)}.checklist.completed",
            fields=scorecard_fields(scorecard),
            subject=_name(scorecard),
        )


def announce_row(row: TableRow) -> None:
    """In the transaction that finishes it."""
    if _is_told(row):
        announce(
            endpoint=row.table.webhook,
            kind=f"{_kind(row)}.table.completed",
            fields=row_fields(row),
            subject=_name(row),
        )


def _is_told(judgement: Judgement) -> bool:
    """What is done over afterwards only where somebody wanted that."""
    return judgement.backfill is None or judgement.backfill.is_announced


def _kind(judgement: Judgement) -> str:
    return "chat" if judgement.call is None else "call"


def _name(judgement: Judgement) -> str:
    return str(judgement.appeal_id) if judgement.call is None else judgement.call.external_id


def _about(judgement: Judgement) -> dict[str, Any]:
    """An appeal is told by our own number, as the CRM knows it by no other."""
    return {"appeal_id" if judgement.call is None else "call_id": _name(judgement)}


def _manager_id(judgement: Judgement) -> str:
    """Of an appeal: who of the managers its operator is; empty where nobody has said."""
    if judgement.call is not None:
        return str(judgement.call.sales_manager.external_id)
    operator = judgement.appeal.operator if judgement.appeal else None
    manager = operator.sales_managers.order_by("pk").first() if operator else None
    return manager.external_id if manager else ""
