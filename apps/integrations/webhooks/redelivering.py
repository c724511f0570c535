"""Send again what was sent, or was to be: by hand, one or many, each with the id and bytes it always had."""

from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from apps.core.models import State
from apps.integrations.webhooks.models import WebhookDelivery

AT_ONCE = 1000


def redeliverable(rows: QuerySet[WebhookDelivery]) -> QuerySet[WebhookDelivery]:
    """All but those on their way at this moment, and those whose endpoint is switched off."""
    return rows.filter(endpoint__is_active=True).exclude(state=State.RUNNING)


def redeliver(rows: QuerySet[WebhookDelivery]) -> int:
    """Returns how many are due now. Settled ones begin anew; one that waits for its next try has it now."""
    pks = list(redeliverable(rows).order_by("pk").values_list("pk", flat=True))
    return sum(_again(pks[start : start + AT_ONCE]) for start in range(0, len(pks), AT_ONCE))


def _again(pks: list[int]) -> int:
    # As its state is when its turn comes: a worker may have taken it meanwhile.
    now = timezone.now()
    found = WebhookDelivery.objects.filter(pk__in=pks)
    due: dict[str, Any] = {"due_at": now, "rung_at": None}
    waiting = found.filter(state=State.QUEUED, due_at__gt=now).update(**due)
    ended = found.filter(~Q(state__in=(State.QUEUED, State.RUNNING)))
    return waiting + ended.update(state=State.QUEUED, failures=0, lease_until=None, **due)
