"""Whom an audience is for: clients by one and the same appeal of theirs that answers to all conditions."""

from dataclasses import asdict, dataclass, fields
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Exists, Max, OuterRef, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from apps.ads.models import Audience
from apps.appeals.devices import called
from apps.appeals.models import Appeal, AppealStatus, Device
from apps.appeals.models.listing import AppealTag

# What the customer's document uploads: who refused within a month. Made with the first advertising account.
REFUSERS_DAYS = 30
LONGEST = 3650


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """As `Audience.filter` keeps them; an empty one is not asked. An appeal is of the day it ended, or of the
    day it was made while it is open: within the last `days`, or from one ISO day until another of the
    organisation's clock, both included.
    """

    statuses: tuple[str, ...] = ()
    days: int = 0
    since: str = ""
    until: str = ""
    reason: str = ""
    device: str = ""
    city: str = ""
    tags: tuple[str, ...] = ()

    @classmethod
    def of(cls, audience: Audience) -> "Conditions":
        known = {field.name for field in fields(cls)}
        kept: dict[str, Any] = {name: of for name, of in audience.filter.items() if name in known}
        for name in ("statuses", "tags"):
            kept[name] = tuple(kept.get(name, ()))
        return cls(**kept)

    def as_json(self) -> dict[str, Any]:
        """Without what is empty."""
        return {name: list(of) if isinstance(of, tuple) else of for name, of in asdict(self).items() if of}


REFUSERS = Conditions(statuses=(AppealStatus.REJECTED.value,), days=REFUSERS_DAYS)


def answering(audience: Audience) -> QuerySet[Any]:
    """Appeals that answer to the conditions, with `at`, the day they are of."""
    asked, zone = Conditions.of(audience), ZoneInfo(audience.tenant.timezone)
    rows = Appeal.objects.filter(tenant=audience.tenant_id).annotate(at=Coalesce("closed_at", "created_at"))
    if asked.statuses:
        rows = rows.filter(status__in=asked.statuses)
    if asked.days:
        rows = rows.filter(at__gte=timezone.now() - timedelta(days=asked.days))
    simple = {
        "at__gte": _midnight(asked.since, zone),
        "at__lt": _midnight(asked.until, zone, days=1),
        "rejection_reason__icontains": asked.reason,
        "prefilled_data__city__icontains": asked.city,
    }
    rows = rows.filter(**{name: of for name, of in simple.items() if of})
    if asked.device:
        named = called(asked.device, tenant=audience.tenant)
        rows = rows.filter(Exists(Device.objects.filter(named, appeal=OuterRef("pk"), removed_at=None)))
    if asked.tags:
        tagged = AppealTag.objects.filter(appeal=OuterRef("pk"), tag__name__in=asked.tags)
        rows = rows.filter(Exists(tagged))
    return rows


def latest(audience: Audience) -> dict[int, datetime]:
    """Of each client with such an appeal, when the latest was. One query, one look at each appeal."""
    return dict(answering(audience).order_by().values_list("contact").annotate(Max("at")))


def _midnight(day: str, zone: ZoneInfo, *, days: int = 0) -> datetime | None:
    if not day:
        return None
    return datetime.combine(date.fromisoformat(day) + timedelta(days=days), time.min, tzinfo=zone)
