"""How a call stands, as its CRM may know it: no link, nothing of the works inside."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet, prefetch_related_objects

from apps.callanalysis.analysing import judgements_of
from apps.callanalysis.announcing import cell_fields, row_fields, scorecard_fields
from apps.callanalysis.models import (
    Call,
    CallOutcome,
    CallPart,
    Judgement,
    Scorecard,
    Stage,
    TableRow,
    Transcript,
)
from apps.callanalysis.wording import why_not_fetched, why_not_heard, why_not_judged
from apps.core.models import State
from apps.integrations.models import WebhookDelivery


def state_of(call: Call) -> str:
    """One word: how far it is, or how it ended where it ended otherwise than analysed."""
    if call.outcome and call.outcome != CallOutcome.ANALYSED:
        return str(call.outcome)
    return "failed" if call.state in (State.FAILED, State.UNKNOWN) else str(call.stage)


def report(call: Call) -> dict[str, Any]:
    transcript = Transcript.objects.filter(call=call).first()
    parts = list(call.parts.order_by("number"))
    judgements = judgements_of(call)
    scorecards = [one for one in judgements if isinstance(one, Scorecard)]
    rows = [one for one in judgements if isinstance(one, TableRow)]
    prefetch_related_objects(scorecards, "marks")
    prefetch_related_objects(rows, "cells")
    return {
        "call_id": call.external_id,
        "task_id": call.task_id,
        "state": state_of(call),
        "stages": {
            "recording": str(call.state),
            "transcription": _together([part.state for part in parts], is_done=transcript is not None),
            "analysis": _analysis(call),
        },
        "outcome": call.outcome or None,
        "reason": call.reason,
        "error": _trouble(call, parts, judgements),
        "manager_id": call.sales_manager.external_id,
        "deal_id": call.deal_id,
        "seconds": call.seconds if call.seconds is not None else call.declared_seconds,
        "received_at": call.received_at,
        "finished_at": call.finished_at,
        "checklists": [_scorecard(one) for one in scorecards],
        "tables": [_row(one) for one in rows],
        "webhooks": [_delivery(one) for one in deliveries_of(call)],
        "transcript": transcript
        and {"language": transcript.language, "text": transcript.text, "segments": transcript.segments},
    }


def _trouble(call: Call, parts: Iterable[CallPart], judgements: Iterable[Judgement]) -> dict[str, str] | None:
    """Also of what still waits and will be tried again."""
    if call.error_code:
        return {"code": call.error_code, "message": why_not_fetched(call)}
    for part in parts:
        if part.error_code:
            return {"code": part.error_code, "message": why_not_heard(part)}
    for judgement in judgements:
        if judgement.error_code:
            return {"code": judgement.error_code, "message": why_not_judged(judgement)}
    return None


def _scorecard(scorecard: Scorecard) -> dict[str, Any]:
    """The fields of the webhook once there are any, and how it stands."""
    standing = {"checklist_name": scorecard.checklist.name, **_state(scorecard)}
    return standing | (scorecard_fields(scorecard) if scorecard.finished_at else {})


def _row(row: TableRow) -> dict[str, Any]:
    standing = {"table_id": row.table.public_id, "table_name": row.table.name, **_state(row)}
    if row.finished_at is None:
        return standing
    cells = [cell_fields(cell) for cell in row.cells.all()]
    return standing | row_fields(row) | {"cells": cells}


def _state(judgement: Judgement) -> dict[str, Any]:
    trouble = {"code": judgement.error_code, "message": why_not_judged(judgement)}
    return {"state": str(judgement.state), "error": trouble if judgement.error_code else None}


def _delivery(delivery: WebhookDelivery) -> dict[str, Any]:
    return {
        "id": delivery.message_id,
        "type": delivery.kind,
        "webhook": delivery.endpoint.key,
        "state": str(delivery.state),
        "attempts": delivery.attempts,
        "error": delivery.error_code,
        "created_at": delivery.created_at,
        "delivered_at": delivery.delivered_at,
    }


def deliveries_of(call: Call) -> QuerySet[WebhookDelivery]:
    found: QuerySet[WebhookDelivery] = WebhookDelivery.objects.filter(
        tenant=call.tenant_id, subject=call.external_id, kind__startswith="call."
    )
    return found.select_related("endpoint").order_by("created_at", "pk")


def _together(states: Iterable[str], *, is_done: bool) -> str:
    """Of several parts: the one that is furthest from good."""
    if is_done:
        return "done"
    found = set(states)
    order = (State.FAILED, State.UNKNOWN, State.RUNNING, State.QUEUED, State.DONE)
    return next((str(state.value) for state in order if state in found), "waiting")


def _analysis(call: Call) -> str:
    if call.stage == Stage.DONE:
        return "done" if call.outcome == CallOutcome.ANALYSED else "none"
    return "running" if call.stage == Stage.ANALYSING else "waiting"
