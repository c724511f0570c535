"""Whom a campaign is for: conditions over clients, or a list of them."""

from dataclasses import asdict, dataclass, fields
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.appeals.campaigns.matching import match
from apps.appeals.campaigns.templating import carried_by
from apps.appeals.devices import called
from apps.appeals.following import standing_ids
from apps.appeals.models import Appeal, Campaign, Contact, Conversation
from apps.appeals.models.contact import STANDING

# More are a mistake in the conditions.
MOST = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """As `Campaign.audience` keeps it. A list (`picked` ids, `pasted` lines) stands alone: with it the
    conditions are not asked. Dates are ISO days of the organisation's clock, both included.
    """

    by_list: bool = False
    picked: tuple[int, ...] = ()
    pasted: str = ""
    wrote_from: str = ""
    wrote_until: str = ""
    appealed_from: str = ""
    appealed_until: str = ""
    statuses: tuple[str, ...] = ()
    reason: str = ""
    device: str = ""

    @classmethod
    def of(cls, campaign: Campaign) -> "Audience":
        known = {field.name for field in fields(cls)}
        kept: dict[str, Any] = {name: of for name, of in campaign.audience.items() if name in known}
        for name in ("picked", "statuses"):
            kept[name] = tuple(kept.get(name, ()))
        return cls(**kept)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    contacts: QuerySet[Contact]
    # Of a pasted list: the lines that no client was found by.
    unmatched: tuple[str, ...] = ()

    def ids(self) -> list[int]:
        """One more than MOST where there are more."""
        return list(self.contacts.values_list("pk", flat=True)[: MOST + 1])


def chosen(campaign: Campaign) -> Chosen:
    audience = Audience.of(campaign)
    contacts = Contact.objects.filter(STANDING, tenant=campaign.tenant_id).order_by("pk")
    if audience.by_list:
        found = match(audience.pasted, tenant_id=campaign.tenant_id)
        ids = found.contact_ids | standing_ids(audience.picked)
        return Chosen(contacts=contacts.filter(pk__in=ids), unmatched=found.unmatched)
    return Chosen(contacts=contacts.filter(_wrote(campaign, audience) & _appealed(campaign, audience)))


def _wrote(campaign: Campaign, audience: Audience) -> Q:
    """Their last words, in the channels of the campaign, are of this time."""
    theirs = Conversation.objects.filter(contact=OuterRef("pk"))
    channels = list(campaign.channels.values_list("pk", flat=True)) if campaign.pk else []
    if channels:
        theirs = theirs.filter(channel__in=channels)
    zone = ZoneInfo(campaign.tenant.timezone)
    since, until = _begin(audience.wrote_from, zone), _end(audience.wrote_until, zone)
    condition = Q(Exists(theirs.filter(last_inbound_at__gte=since) if since else theirs))
    if not since and not until and (carried := carried_by(campaign)) and carried.first:
        return condition | ~Q(phone="")
    if until:
        condition &= Q(Exists(theirs.filter(last_inbound_at__lt=until)))
        condition &= ~Q(Exists(theirs.filter(last_inbound_at__gte=until)))
    return condition


def _appealed(campaign: Campaign, audience: Audience) -> Q:
    """One and the same appeal of theirs answers to all of it."""
    zone = ZoneInfo(campaign.tenant.timezone)
    asked = {
        "created_at__gte": _begin(audience.appealed_from, zone),
        "created_at__lt": _end(audience.appealed_until, zone),
        "status__in": audience.statuses,
        "rejection_reason__icontains": audience.reason,
    }
    appeals = Appeal.objects.filter(contact=OuterRef("pk"), **{name: of for name, of in asked.items() if of})
    if audience.device:
        named = called(audience.device, tenant=campaign.tenant, path="devices__")
        appeals = appeals.filter(named, devices__removed_at=None)
    return Q(Exists(appeals)) if audience.device or any(asked.values()) else Q()


def _begin(day: str, zone: ZoneInfo) -> datetime | None:
    return datetime.combine(date.fromisoformat(day), time.min, tzinfo=zone) if day else None


def _end(day: str, zone: ZoneInfo) -> datetime | None:
    """The moment at which the day is over."""
    return (
        datetime.combine(date.fromisoformat(day) + timedelta(days=1), time.min, tzinfo=zone) if day else None
    )
