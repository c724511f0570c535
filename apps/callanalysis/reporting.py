"""How a call stands, as its CRM may know it: no link, nothing of the works inside."""

from collections.abc import Iterable
from typing import Any

from apps.callanalysis.models import Call, CallOutcome, CallPart, Stage, Transcript
from apps.callanalysis.wording import why_not_fetched, why_not_heard
from apps.core.models import State


def state_of(call: Call) -> str:
    """One word: how far it is, or how it ended where it ended otherwise than analysed."""
    if call.outcome and call.outcome != CallOutcome.ANALYSED:
        return str(call.outcome)
    return "failed" if call.state in (State.FAILED, State.UNKNOWN) else str(call.stage)


def report(call: Call) -> dict[str, Any]:
    transcript = Transcript.objects.filter(call=call).first()
    parts = list(call.parts.order_by("number"))
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
        "error": _trouble(call, parts),
        "manager_id": call.sales_manager.external_id,
        "deal_id": call.deal_id,
        "seconds": call.seconds if call.seconds is not None else call.declared_seconds,
        "received_at": call.received_at,
        "finished_at": call.finished_at,
        "transcript": transcript
        and {"language": transcript.language, "text": transcript.text, "segments": transcript.segments},
    }


def _trouble(call: Call, parts: Iterable[CallPart]) -> dict[str, str] | None:
    """Also of what still waits and will be tried again."""
    if call.error_code:
        return {"code": call.error_code, "message": why_not_fetched(call)}
    for part in parts:
        if part.error_code:
            return {"code": part.error_code, "message": why_not_heard(part)}
    return None


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
