"""The client writes after the end: soon, and the same appeal goes on; later it is another matter."""

from datetime import datetime, timedelta

from apps.appeals.events import note_event
from apps.appeals.models import Actor, Appeal, AppealStatus, Conversation, EventKind
from apps.appeals.models.appeal import ENDED_STATUSES
from apps.appeals.people import make_current
from apps.appeals.sla.clocks import note_status


def reopened(conversation: Conversation, *, wrote_at: datetime) -> Appeal | None:
    """The last appeal, open again, or None where a new one is due. Call with the conversation locked, and
    with no appeal open.

    It stays with its operator. The first answer is waited for anew, from now (`Appeal.clock_from`): the event
    keeps when the one before was given.
    """
    appeal = conversation.appeals.select_for_update().order_by("-created_at").first()
    if appeal is None or not _is_fresh(appeal, wrote_at):
        return None
    before = {
        "from": appeal.status,
        "why": appeal.rejection_reason,
        "first_answer_at": appeal.first_answer_at.isoformat() if appeal.first_answer_at else "",
    }
    appeal.status, appeal.closed_at, appeal.rejection_reason = AppealStatus.IN_PROGRESS, None, ""
    appeal.reopened_at, appeal.first_answer_at = wrote_at, None
    fields = ["status", "closed_at", "rejection_reason", "reopened_at", "first_answer_at", "updated_at"]
    appeal.save(update_fields=fields)
    make_current(appeal)
    note_status(appeal, at=wrote_at)
    note_event(EventKind.REOPENED, conversation=conversation, appeal=appeal, actor=Actor.CLIENT, data=before)
    return appeal


def _is_fresh(appeal: Appeal, wrote_at: datetime) -> bool:
    """What ended before such times were kept has none, and stays ended."""
    if appeal.status not in ENDED_STATUSES or appeal.closed_at is None:
        return False
    days = appeal.tenant.reopen_days
    return days > 0 and appeal.closed_at > wrote_at - timedelta(days=days)
