"""Stop the bringing of a history, and go on with it."""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.channels.backfill import refuse, refuse_second, under_way
from apps.channels.models import Backfill, Channel
from apps.core.errors import Rejected
from apps.core.models import UNSETTLED, State

# Services list first the chats that were written in last: after so long the list has moved on, and the place
# in it is another. What was read already is read once more then, and not doubled.
A_WHILE = timedelta(hours=1)
AGAIN = {
    "state": State.QUEUED,
    "failures": 0,
    "rung_at": None,
    "error_code": "",
    "error_text": "",
    "stopped_at": None,
}
FROM_THE_START: dict[str, Any] = {"cursor": "", "pages": 0, "found": 0}


def can_go_on(row: Backfill) -> bool:
    """Stopped by a person, or by what went wrong."""
    return row.finished_at is None and (row.is_settled or row.stopped_at is not None)


def stop_history(*, channel: Channel) -> bool:
    """The page in hand is still kept. False where nothing is under way.

    Due at once: whatever it waited for, its worker only has to note that it is done.
    """
    now = timezone.now()
    return under_way(channel).filter(stopped_at=None).update(stopped_at=now, due_at=now) > 0


def resume_history(*, channel: Channel) -> Backfill:
    """The last one, if it was stopped or failed. Raises Rejected where there is none, and as `refuse`."""
    with transaction.atomic():
        Channel.objects.select_for_update(no_key=True).get(pk=channel.pk)
        rows = Backfill.objects.filter(channel=channel).select_for_update(of=("self",))
        row = rows.order_by("-created_at", "-pk").first()
        if row is None or not can_go_on(row):
            raise Rejected(_("There is no stopped history to go on with."), code="not_stopped")
        refuse(channel=channel, since=row.since, until=row.until)
        if row.state in UNSETTLED:  # its worker has not heard of the stop yet
            Backfill.objects.filter(pk=row.pk).update(stopped_at=None)
        else:
            refuse_second(channel)
            Backfill.objects.filter(pk=row.pk).update(**AGAIN, **_place(row), due_at=timezone.now())
        row.refresh_from_db()
        return row


def _place(row: Backfill) -> dict[str, Any]:
    since = row.stopped_at or row.due_at
    return FROM_THE_START if timezone.now() - since > A_WHILE else {}
