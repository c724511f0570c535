"""Which canned replies somebody is offered, and that they use one."""

from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from apps.appeals.canned.filling import parts
from apps.appeals.models import CannedReply, Conversation
from apps.tenants.models import Member


def offered(conversation: Conversation, member: Member | None) -> QuerySet[CannedReply]:
    """The organisation's and one's own that fit this channel, the most used first."""
    of_tenant = CannedReply.objects.filter(whose(member), tenant=conversation.tenant_id)
    fitting = of_tenant.filter(Q(channels=None) | Q(channels=conversation.channel_id))
    return fitting.order_by("-used_count", F("last_used_at").desc(nulls_last=True), "title", "pk")


def whose(member: Member | None) -> Q:
    return Q(member=None) if member is None else Q(member=None) | Q(member=member)


def listed(replies: QuerySet[CannedReply]) -> list[dict[str, Any]]:
    """As the page reads them. One query."""
    return [
        {
            "id": reply.pk,
            "shortcut": reply.shortcut,
            "title": reply.title,
            "folder": reply.folder,
            "mine": reply.member_id is not None,
            "parts": parts(reply.text),
        }
        for reply in replies
    ]


def used(reply: CannedReply) -> None:
    rows = CannedReply.objects.filter(pk=reply.pk)
    rows.update(used_count=F("used_count") + 1, last_used_at=timezone.now())
