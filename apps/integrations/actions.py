"""The action log: one row for every request that left through a connection."""

from collections.abc import Callable

import structlog
from django.db import DatabaseError

from apps.core.http import CallRecord
from apps.integrations.models import ActionLog, Connection

log = structlog.get_logger(__name__)


def logger_for(connection: Connection) -> Callable[[CallRecord], None]:
    """A callback for `core.http.Http`. A row that can't be written must not undo a call that was made."""

    def write(call: CallRecord) -> None:
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
