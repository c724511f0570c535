"""The one way to ask a model: within the month's limit, a row for every call, its health kept."""

import time
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Case, F, QuerySet, Sum, When
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.ai.contract import Answer, Ending, Recording, Request
from apps.ai.models import TRANSCRIPTION, ModelCall, Purpose
from apps.core.errors import OutsideError, RateLimited, Rejected
from apps.integrations.checking import note_failure, note_success
from apps.integrations.models import Connection, Health
from apps.integrations.opening import Opened, open_connection
from apps.integrations.registry import connector, connectors
from apps.tenants.models import Tenant

ASKED = "asked"  # stays only when the process was killed before the answer
INTERNAL = "internal"
# Words for a client, which another model may write than the one that reads.
WRITTEN = frozenset({Purpose.DRAFT.value, Purpose.DICTATION.value})


class CapReached(Rejected):
    """The tenant's month is spent: nobody was asked."""

    code = "ai_cap"
    public = _("The month's limit for AI is used up.")


class Unusable(Exception):
    """The model answered, but not with what was asked for. `ending` says how."""

    def __init__(self, ending: Ending) -> None:
        self.ending = ending
        super().__init__(ending.value)


def ready(tenant: Tenant) -> Connection | None:
    """The connection to ask: one that works, else the oldest, but none whose key was refused."""
    return _usable(tenant, "think")


def listener(tenant: Tenant) -> Connection | None:
    """The same, of those that turn speech into text."""
    return _usable(tenant, "hear")


def _usable(tenant: Tenant, able: str) -> Connection | None:
    usable = _connected(tenant, able).exclude(health=Health.NEEDS_RECONNECT)
    return usable.order_by(Case(When(health=Health.OK, then=0), default=1), "pk").first()


def is_locked_out(tenant: Tenant, able: str = "think") -> bool:
    """Whether an AI is connected that can do this, and none of those that are would take our key."""
    found = list(_connected(tenant, able).values_list("health", flat=True))
    return bool(found) and all(health == Health.NEEDS_RECONNECT for health in found)


def _connected(tenant: Tenant, able: str) -> QuerySet[Connection]:
    slugs = [slug for slug, module in connectors().items() if hasattr(module, able)]
    return Connection.objects.filter(tenant=tenant, is_active=True, connector__in=slugs)


def ask(
    *, tenant: Tenant, connection: Connection, purpose: str, request: Request, prompt_number: int = 0
) -> Answer:
    """Raises CapReached, and `core.errors` for a call that failed. Call it outside any transaction."""
    _hold_back(tenant, connection)
    opened = _for_purpose(open_connection(connection), purpose)
    call = _call(opened, purpose, prompt_number)
    return _made(call, opened, partial(connector(connection.connector).think, opened, request))


def hear(*, tenant: Tenant, connection: Connection, recording: Recording) -> Answer:
    """As `ask`, for speech."""
    _hold_back(tenant, connection)
    opened = open_connection(connection)
    call = _call(opened, TRANSCRIPTION, 0)
    return _made(call, opened, partial(connector(connection.connector).hear, opened, recording))


def _hold_back(tenant: Tenant, connection: Connection) -> None:
    if connection.tenant_id != tenant.pk:
        raise ValueError("the connection is another tenant's")
    _hold_to_cap(tenant)
    _hold_while_paused(connection)


def _call(opened: Opened[Any], purpose: str, prompt_number: int) -> ModelCall:
    """Written before the call, so that one that was killed in the middle is seen."""
    return ModelCall.objects.create(
        tenant_id=opened.connection.tenant_id,
        connection=opened.connection,
        purpose=purpose,
        prompt_number=prompt_number,
        model=opened.config.model,
        milliseconds=0,
        outcome=ASKED,
    )


def _made(call: ModelCall, opened: Opened[Any], make: Callable[[], Answer]) -> Answer:
    connection = opened.connection
    started = time.monotonic()
    found: dict[str, Any] = {"outcome": INTERNAL}
    try:
        answer = make()
        found = _facts(answer)
    except OutsideError as error:
        found = {"outcome": error.code[:64]}
        note_failure(connection, error)
        raise
    finally:
        milliseconds = round((time.monotonic() - started) * 1000)
        ModelCall.objects.filter(pk=call.pk).update(milliseconds=milliseconds, **found)
    note_success(connection)
    return answer


def _facts(answer: Answer) -> dict[str, Any]:
    return {
        "outcome": answer.ending.value,
        "model": answer.model[:100],
        "input_tokens": answer.input_tokens,
        "output_tokens": answer.output_tokens,
        "cost_usd": answer.cost_usd,
        "request_id": answer.request_id[:200],
    }


def _for_purpose(opened: Opened[Any], purpose: str) -> Opened[Any]:
    """A connector that has a `reply_model` may write with another model than it reads with."""
    other = getattr(opened.config, "reply_model", "")
    if purpose not in WRITTEN or not other:
        return opened
    return Opened(connection=opened.connection, config=opened.config.model_copy(update={"model": other}))


def _hold_while_paused(connection: Connection) -> None:
    until = connection.paused_until
    if until is not None and (left := until - timezone.now()).total_seconds() > 0:
        raise RateLimited(after=left)


def _hold_to_cap(tenant: Tenant) -> None:
    """Calls under way are not counted yet: several at once may pass the limit by their own few cents."""
    cap = tenant.ai_monthly_cap_usd
    if cap is not None and spent_this_month(tenant) >= cap:
        raise CapReached()


def spent_this_month(tenant: Tenant) -> Decimal:
    """In USD, since midnight of the first in the tenant's own time zone."""
    calls = ModelCall.objects.filter(tenant=tenant, at__gte=_month_start(tenant))
    spent: Decimal | None = calls.aggregate(sum=Sum(F("cost_usd")))["sum"]
    return spent or Decimal(0)


def _month_start(tenant: Tenant) -> datetime:
    now = timezone.now().astimezone(ZoneInfo(tenant.timezone))
    return now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
