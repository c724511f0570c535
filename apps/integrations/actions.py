"""The action log: a row for every request that left through a connection."""

from collections.abc import Callable
from datetime import timedelta

import structlog
from django.db import DatabaseError
from django.utils import timezone

from apps.core.http import CallRecord
from apps.integrations.models import ActionLog, Connection

log = structlog.get_logger(__name__)

KEPT = timedelta(days=90)
AT_ONCE = 1000


def logger_for(connection: Connection, *, only_failures: bool = False) -> Callable[[CallRecord], None]:
    """A callback for `core.http.Http`. A row that can't be written must not undo a call that was made.

    `only_failures` is for questions asked thousands of times a day, whose answers are seen elsewhere.
    """

    def write(call: CallRecord) -> None:
        if only_failures and not call.error_code:
            return
        try:
            ActionLog.objects.create(
                tenant_id=connection.tenant_id,
                connection_id=connection.pk,
                method=call.method,
                host=call.host[:200],
                path=call.path[:300],
                status=call.status,
                milliseconds=call.ms,
                error_code=call.error_code[:64],
            )
        except DatabaseError:
            log.warning("action_log.not_written", connection=connection.pk, exc_info=True)

    return write


def prune() -> int:
    """Deletes what is older than KEPT, a little at a time; returns how much it was.

    Rows are only ever added, so that the oldest have the lowest ids: no index of its own is needed.
    """
    oldest, until, pruned = 0, timezone.now() - KEPT, 0
    while True:
        batch = ActionLog.objects.filter(pk__gt=oldest).order_by("pk").values_list("pk", "at")[:AT_ONCE]
        old = [pk for pk, at in batch if at < until]
        if not old:
            return pruned
        ActionLog.objects.filter(pk__in=old).delete()
        oldest, pruned = old[-1], pruned + len(old)
