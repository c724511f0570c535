"""Old deliveries go, a little at a time, with their tries."""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from apps.core.models import State
from apps.integrations.webhooks.models import WebhookDelivery

# What arrived is kept for looking things up; what did not, for as long as somebody may want to send it.
DELIVERED, OTHERS = timedelta(days=30), timedelta(days=90)
AT_ONCE = 1000


def sweep() -> int:
    """Once a day. What still waits or runs is never touched. Returns how many went."""
    now, gone = timezone.now(), 0
    old = Q(state=State.DONE, created_at__lt=now - DELIVERED, delivered_at__lt=now - DELIVERED) | Q(
        state__in=(State.FAILED, State.UNKNOWN), created_at__lt=now - OTHERS, due_at__lt=now - OTHERS
    )
    while pks := list(
        WebhookDelivery.objects.filter(old).order_by("created_at").values_list("pk", flat=True)[:AT_ONCE]
    ):
        # Not one that somebody has just sent again.
        _, counts = WebhookDelivery.objects.filter(old, pk__in=pks).delete()
        gone += counts.get("integrations.WebhookDelivery", 0)
    return gone
