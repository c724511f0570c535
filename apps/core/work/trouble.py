"""What failed or is unknown: counts by reason, and Replay."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Min, QuerySet, TextField, Value
from django.utils import timezone

from apps.core.models import TROUBLED, State
from apps.core.work.claim import runnable
from apps.core.work.registry import Work, registered

AT_ONCE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class TroubleGroup:
    """All rows of one kind that stopped for one reason."""

    work: Work
    state: str
    error_code: str
    error_text: str
    count: int
    first_due: datetime
    last_due: datetime


def groups(*, tenant_id: int | None) -> list[TroubleGroup]:
    """Grouped by kind, state and reason, most first. `tenant_id=None` means all tenants.

    In one statement, for it stands on every start page, and kinds of work grow in number.
    """
    kinds = registered()
    counted = [
        troubled(work, tenant_id=tenant_id)
        .order_by()
        .values("state", "error_code")
        .annotate(
            n=Count("pk"),
            text=Max("error_text"),
            first=Min("due_at"),
            last=Max("due_at"),
            kind=Value(kind, TextField()),
        )
        for kind, work in kinds.items()
    ]
    rows = counted[0].union(*counted[1:], all=True) if counted else []
    found = [
        TroubleGroup(
            work=kinds[row["kind"]],
            state=row["state"],
            error_code=row["error_code"],
            error_text=row["text"],
            count=row["n"],
            first_due=row["first"],
            last_due=row["last"],
        )
        for row in rows
    ]
    return sorted(found, key=lambda group: -group.count)


def troubled(work: Work, *, tenant_id: int | None) -> QuerySet[Any]:
    rows: QuerySet[Any] = work.model_class._default_manager.filter(state__in=TROUBLED)
    return rows if tenant_id is None else rows.filter(tenant_id=tenant_id)


def replay(rows: QuerySet[Any] | Iterable[Any], *, work: Work) -> int:
    """Queue them anew, but for those that moved on meanwhile; today's code runs on the stored original."""
    pks = list(rows.values_list("pk", flat=True)) if isinstance(rows, QuerySet) else [row.pk for row in rows]
    again = {
        "state": State.QUEUED,
        "due_at": timezone.now(),
        "failures": 0,
        "rung_at": None,
        "lease_until": None,
    }
    return sum(
        work.model_class._default_manager.filter(
            pk__in=pks[start : start + AT_ONCE], state__in=TROUBLED
        ).update(**again)
        for start in range(0, len(pks), AT_ONCE)
    )


def oldest_due() -> datetime | None:
    """Since when the oldest row that could run waits: the figure that says whether the workers keep up."""
    return min((since for since in oldest_by_kind().values() if since), default=None)


def oldest_by_kind() -> dict[str, datetime | None]:
    """By model label. A row behind another of its lane, or backing off, is not due."""
    now = timezone.now()
    return {
        label: runnable(work, now).order_by("due_at").values_list("due_at", flat=True).first()
        for label, work in registered().items()
    }
