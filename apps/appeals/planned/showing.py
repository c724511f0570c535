"""Which planned answers somebody has to see."""

from typing import Any

from django.db.models import Exists, OuterRef, Q, Subquery

from apps.appeals.models import SHOWN_FATES, Conversation, PlannedAnswer, PlannedFate
from apps.core.models import TROUBLED


def of_conversation(conversation: Conversation) -> list[PlannedAnswer]:
    """Those that the feed ends with. Two queries, one where there are none."""
    rows = conversation.planned.filter(fate__in=SHOWN_FATES)
    return list(rows.select_related("member", "reply_to").prefetch_related("uploads"))


def planned_marks() -> dict[str, Any]:
    """For the list of conversations: when the next one goes, and whether one did not go."""
    shown = PlannedAnswer.objects.filter(conversation=OuterRef("pk"), fate__in=SHOWN_FATES)
    off = Q(fate__in=(PlannedFate.CLIENT_WROTE, PlannedFate.REFUSED)) | Q(state__in=TROUBLED)
    ahead = shown.filter(is_scheduled=True, fate=PlannedFate.WAITING).order_by("send_at")
    return {"planned_at": Subquery(ahead.values("send_at")[:1]), "planned_off": Exists(shown.filter(off))}
