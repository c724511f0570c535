"""Which planned answers somebody has to see."""

from apps.appeals.models import SHOWN_FATES, Conversation, PlannedAnswer


def of_conversation(conversation: Conversation) -> list[PlannedAnswer]:
    """Those that the feed ends with. Two queries, one where there are none."""
    rows = conversation.planned.filter(fate__in=SHOWN_FATES)
    return list(rows.select_related("member", "reply_to").prefetch_related("uploads"))
