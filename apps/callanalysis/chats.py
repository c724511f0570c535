"""Appeals that were ended are judged as calls are, by the checklists and tables that are for chats."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db.models import Exists, Min, OuterRef, QuerySet
from django.utils import timezone

from apps.appeals.models import Appeal, Author, Message
from apps.appeals.models.appeal import ENDED_STATUSES
from apps.callanalysis.models import Checklist, Office, Scorecard, Table, TableRow
from apps.callanalysis.publishing import in_force

# Who ended it by mistake has so long to open it again.
REST = timedelta(minutes=5)
# What was ended while nothing here ran is caught up with; what is older is the past.
CATCH_UP = timedelta(days=3)
AT_ONCE = 500


def begin_ended() -> int:
    """Once a minute. Each appeal once for each questionnaire, however often it is ended and opened again."""
    kinds: Iterable[tuple[Any, Any, str]] = (
        (Checklist, Scorecard, "checklist"),
        (Table, TableRow, "table"),
    )
    return sum(
        _begin(owner, judgements, name) for owners, judgements, name in kinds for owner in _for_chats(owners)
    )


def _for_chats(owners: Any) -> QuerySet[Any]:
    """What is narrowed to stages or funnels of deals takes no chats: they have none."""
    wanted = owners.objects.filter(is_active=True, for_chats=True, deal_stages=[], funnels=[])
    published = wanted.annotate(since=Min("versions__published_at")).filter(since__isnull=False)
    rows: QuerySet[Any] = published.prefetch_related("offices")
    return rows


def _begin(owner: Any, judgements: Any, name: str) -> int:
    now = timezone.now()
    answered = Message.objects.filter(appeal=OuterRef("pk"), author=Author.OPERATOR, deleted_at=None)
    judged = judgements.objects.filter(**{name: owner}, appeal=OuterRef("pk"))
    ended = Appeal.objects.filter(
        Exists(answered),
        ~Exists(judged),
        tenant=owner.tenant_id,
        status__in=ENDED_STATUSES,
        closed_at__gte=max(owner.since, now - CATCH_UP),
        closed_at__lte=now - REST,
    )
    if offices := [office.pk for office in owner.offices.all()]:
        people = Office.managers.through.objects.filter(office__in=offices)
        ended = ended.filter(operator__in=people.values("salesmanager__member"))
    chosen = list(ended.order_by("closed_at").values_list("pk", flat=True)[:AT_ONCE])
    if not chosen:
        return 0
    version = in_force(owner)
    judgements.objects.bulk_create(
        (
            judgements(tenant_id=owner.tenant_id, appeal_id=pk, version=version, **{name: owner})
            for pk in chosen
        ),
        ignore_conflicts=True,
    )
    return len(chosen)
