"""The two clocks of service: until a client is answered, and until an appeal is settled.

Both deadlines are kept in the rows, written in the transaction that changes what they follow from. Whoever
writes `waiting_since` writes `answer_due_at` with it; whoever changes a status calls `note_status`.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from apps.appeals.models import Appeal, AppealStatus, ClockStop, Conversation, Why
from apps.appeals.models.appeal import OPEN_STATUSES
from apps.appeals.sla.targets import Aim, Rules, rules_of

STOPS = {
    AppealStatus.WAITING: Why.CLIENT,
    AppealStatus.REJECTED: Why.ENDED,
    AppealStatus.CLOSED: Why.ENDED,
}


def answer_due(
    conversation: Conversation, since: datetime | None, *, rules: Rules | None = None
) -> datetime | None:
    """When who waits since then is to be answered. A reopened appeal was answered before: its client waits
    for the next answer, however its status went to and fro.
    """
    if since is None:
        return None
    aim = (rules or rules_of(conversation.tenant_id)).aim(conversation.channel_id)
    if aim is None:
        return None
    first, following = aim.target.first_answer_minutes, aim.target.next_answer_minutes
    was_answered = (
        first != following
        and conversation.appeals.filter(status__in=OPEN_STATUSES, first_answer_at__isnull=False).exists()
    )
    return aim.due(since, following if was_answered else first)


def note_status(appeal: Appeal, *, at: datetime, rules: Rules | None = None) -> None:
    """After the status was saved, with the conversation locked: what it stops or lets run again."""
    _stop_or_go(appeal, at)
    aim = (rules or rules_of(appeal.tenant_id)).aim(appeal.channel_id)
    appeal.resolve_due_at = None if aim is None else resolve_due(appeal, aim, appeal.stops.all())
    Appeal.objects.filter(pk=appeal.pk).update(resolve_due_at=appeal.resolve_due_at)


def resolve_due(appeal: Appeal, aim: Aim, stops: Iterable[ClockStop]) -> datetime | None:
    """None while the clock stands still, and where nothing is aimed at."""
    if aim.target.resolution_minutes is None or appeal.status in STOPS:
        return None
    left, begun = timedelta(minutes=aim.target.resolution_minutes), appeal.created_at
    for stop in stops:
        ran = aim.worked(begun, stop.began_at)
        if ran >= left:
            break  # it was late before it stopped, and stays so
        left, begun = left - ran, max(begun, stop.ended_at or begun)
    return aim.after(begun, left)


def _stop_or_go(appeal: Appeal, at: datetime) -> None:
    why = STOPS.get(AppealStatus(appeal.status))
    running = appeal.stops.filter(ended_at=None).first()
    if running is not None and running.why == why:
        return
    if running is not None:
        running.ended_at = max(at, running.began_at)
        running.save(update_fields=["ended_at"])
    if why is not None:
        began = appeal.closed_at or at if why == Why.ENDED else at
        ClockStop.objects.create(tenant_id=appeal.tenant_id, appeal=appeal, why=why, began_at=began)
