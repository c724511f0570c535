"""What each employee has read of each conversation."""

from datetime import timedelta

from apps.appeals.models import Conversation, ReadMark
from apps.tenants.models import Member

MOMENT = timedelta(microseconds=1)


def mark_read(*, conversation: Conversation, member: Member) -> None:
    """Up to the client's last words as this page shows them: newer ones stay unread."""
    if conversation.last_inbound_at is None:
        return
    known = ReadMark.objects.filter(conversation=conversation, member=member)
    if known.filter(read_at__gte=conversation.last_inbound_at).exists():
        return
    ReadMark.objects.bulk_create(
        [
            ReadMark(
                tenant_id=conversation.tenant_id,
                conversation=conversation,
                member=member,
                read_at=conversation.last_inbound_at,
            )
        ],
        update_conflicts=True,
        unique_fields=["conversation", "member"],
        update_fields=["read_at"],
    )


def mark_unread(*, conversation: Conversation, member: Member) -> None:
    """To come back to it later; with nothing from the client there is nothing to read."""
    if conversation.last_inbound_at is not None:
        known = ReadMark.objects.filter(conversation=conversation, member=member)
        known.update(read_at=conversation.last_inbound_at - MOMENT)
