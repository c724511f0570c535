"""What a member was named in: all of it, seen at once, and that taken back."""

from datetime import datetime

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from apps.appeals import jotting
from apps.appeals.models import Conversation, Mention
from apps.tenants.models import Member


def mentions_of(member: Member) -> QuerySet[Mention]:
    """What was not seen first, then the newest."""
    rows = Mention.objects.filter(tenant=member.tenant_id, member=member).select_related(
        "note__member", "note__conversation__contact", "note__conversation__channel__connection"
    )
    return rows.order_by(F("seen_at").asc(nulls_first=True), "-note__created_at", "-pk")


def see_all(member: Member) -> tuple[datetime, int]:
    """The moment they all bear, by which `unsee` finds them again, and how many they were."""
    now = timezone.now()
    with transaction.atomic():
        return now, _mark(jotting.unseen(member), now)


def unsee(member: Member, *, seen_at: datetime) -> int:
    """What was seen otherwise meanwhile bears another moment, and stays seen."""
    with transaction.atomic():
        return _mark(Mention.objects.filter(tenant=member.tenant_id, member=member, seen_at=seen_at), None)


def _mark(rows: QuerySet[Mention], seen_at: datetime | None) -> int:
    """Their conversations' rows in lists bear a mark, which changes with it."""
    chosen = dict(rows.select_for_update(of=("self",)).values_list("pk", "note__conversation"))
    changed = Mention.objects.filter(pk__in=chosen).update(seen_at=seen_at)
    Conversation.objects.filter(pk__in=set(chosen.values())).update(revision=F("revision") + 1)
    return changed
