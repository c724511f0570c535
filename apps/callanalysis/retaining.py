"""What an organisation has of recordings, and what was deleted when their time was over: only told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Min, Q, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from apps.callanalysis.models import AnalysisSettings, Call

# Of so many days on which something was deleted, the newest first.
MOST_DAYS = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted:
    """On one day of the clock in force. `bytes` is what that gave back."""

    day: date
    recordings: int
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """`due` of the kept are over their time and go with the next sweep, once a day; `oldest` is a moment."""

    kept: int
    kept_bytes: int
    oldest: datetime | None
    due: int
    deleted: int
    days: Sequence[Deleted]


def retention(own: AnalysisSettings) -> Retention:
    """Two statements, each over all calls of the organisation."""
    calls = Call.objects.filter(tenant=own.tenant_id).order_by()
    kept, gone = ~Q(file=""), Q(audio_deleted_at__isnull=False)
    found = calls.aggregate(
        kept=Count("pk", kept),
        kept_bytes=Sum("size", filter=kept),
        oldest=Min("received_at", filter=kept),
        due=Count("pk", kept & _is_over(own)),
        deleted=Count("pk", gone),
    )
    by_day = calls.filter(gone).annotate(day=TruncDate("audio_deleted_at")).values("day")
    days: Any = by_day.annotate(recordings=Count("pk"), bytes=Sum("size")).order_by("-day")[:MOST_DAYS]
    return Retention(
        kept=found["kept"],
        kept_bytes=found["kept_bytes"] or 0,
        oldest=found["oldest"],
        due=found["due"],
        deleted=found["deleted"],
        days=[Deleted(day=row["day"], recordings=row["recordings"], bytes=row["bytes"] or 0) for row in days],
    )


def _is_over(own: AnalysisSettings) -> Q:
    if own.keep_audio_days is None:
        return Q(pk__in=[])
    return over(timezone.now(), own.keep_audio_days)


def over(now: datetime, days: int) -> Q:
    """A call that is still on its way keeps its recording until it ends."""
    return Q(received_at__lt=now - timedelta(days=days), finished_at__isnull=False)
