"""What is so at this very moment: read from the rows themselves, by their own small indexes."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from apps.appeals.admitting import seen_by
from apps.appeals.dashboard.periods import Period
from apps.appeals.dashboard.reading import Whose
from apps.appeals.models import Appeal, Author, Conversation, Message, StaleHour
from apps.appeals.models.appeal import OPEN_STATUSES
from apps.core.models import TROUBLED
from apps.core.work.trouble import groups
from apps.tenants.models import Member


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    waiting: int
    overdue: int
    free: int
    # Open appeals by operator, and those of them whose client waits for an answer.
    open_by: dict[int, int] = field(default_factory=dict)
    waiting_by: dict[int, int] = field(default_factory=dict)


def present(tenant_id: int | None, *, member: Member | None = None) -> Present:
    """Of the whole team, or of what this member finds of it. Two statements."""
    own = _own(tenant_id)
    late = Q(answer_due_at__lt=timezone.now())
    waiting = Conversation.objects.filter(own, seen_by(member), waiting_since__isnull=False).aggregate(
        waiting=Count("pk"), overdue=Count("pk", filter=late)
    )
    waits = Q(conversation__waiting_since__isnull=False)
    seen = seen_by(member, "conversation")
    rows = Appeal.objects.filter(own, seen, status__in=OPEN_STATUSES).order_by().values("operator")
    by: dict[int | None, tuple[int, int]] = {
        row["operator"]: (row["n"], row["waiting"])
        for row in rows.annotate(n=Count("pk"), waiting=Count("pk", filter=waits))
    }
    free, _waiting = by.pop(None, (0, 0))
    return Present(
        waiting=waiting["waiting"],
        overdue=waiting["overdue"],
        free=free,
        open_by={operator: n for operator, (n, _) in by.items() if operator},
        waiting_by={operator: n for operator, (_, n) in by.items() if operator},
    )


def undelivered(whose: Whose, period: Period, *, member: Member | None) -> int:
    seen = Message.objects.filter(_own(whose.tenant_id), seen_by(member, "conversation"))
    rows = undelivered_in(seen)
    if whose.member_id is not None:
        rows = rows.filter(operator=whose.member_id)
    return rows.filter(sent_at__gte=period.start, sent_at__lt=period.end).count()


def undelivered_in(messages: QuerySet[Message]) -> QuerySet[Message]:
    """Answers that did not arrive, or of which nobody knows; campaigns have pages of their own."""
    return messages.filter(author=Author.OPERATOR, delivery__state__in=TROUBLED)


def failed_work(tenant_id: int | None) -> int:
    return sum(group.count for group in groups(tenant_id=tenant_id))


# A conversation that goes from hand to hand leaves a few marks of the past, which are gone in a minute.
MANY = 500


def is_behind(tenant_id: int | None, period: Period, *, is_limited: bool = False) -> bool:
    """Whether days of the period before today are still being added up, as after an import; or, for who does
    not find everything, told apart by who finds them, as after that was limited.
    """
    today = period.now.astimezone(period.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    marks = StaleHour.objects.filter(_own(tenant_id), at__gte=period.before_start, at__lt=today)
    if marks.filter(is_moved=False).exists():
        return True
    return is_limited and len(marks.values_list("pk", flat=True)[:MANY]) == MANY


def _own(tenant_id: int | None) -> Any:
    return Q() if tenant_id is None else Q(tenant=tenant_id)
