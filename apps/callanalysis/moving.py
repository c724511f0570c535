"""How far a call came and how it ended: forward only, each in the transaction of what caused it."""

from django.utils import timezone, translation
from django.utils.functional import Promise

from apps.callanalysis.models import Call, CallOutcome, Stage

ORDER = list(Stage)
# What somebody may mend and have done again; every other end is the end.
MENDABLE = frozenset({CallOutcome.FAILED, CallOutcome.UNREADABLE, ""})


def advance(call: Call, stage: Stage) -> None:
    """Under the call's lock. What had failed is no more, now that it goes on."""
    if call.outcome not in MENDABLE or ORDER.index(stage) < ORDER.index(Stage(call.stage)):
        return
    call.stage = stage
    call.outcome, call.reason, call.finished_at = "", "", None
    call.save(update_fields=["stage", "outcome", "reason", "finished_at"])


def end(call: Call, outcome: CallOutcome, reason: str | Promise = "") -> None:
    """Under the call's lock. A call that failed stays at the stage it came to: from there it may go on."""
    if call.outcome not in MENDABLE:
        return
    if outcome not in MENDABLE:
        call.stage = Stage.DONE
    call.outcome, call.finished_at = outcome, timezone.now()
    with translation.override(call.tenant.language):
        call.reason = str(reason)
    call.save(update_fields=["stage", "outcome", "reason", "finished_at"])


def restate(call: Call, reason: str) -> None:
    """Under the call's lock. Of an analysed call: what is lacking has changed, how it ended has not."""
    if call.reason != reason:
        call.reason = reason
        call.save(update_fields=["reason"])
