"""What this app tells of a client: their appeals, campaigns to them, consent to advertising, merges."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import Prefetch, Q, QuerySet, prefetch_related_objects
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.appeals.admitting import seen_by
from apps.appeals.models import Appeal, Consent, Contact, ContactMerge, Device, Recipient, Repair
from apps.appeals.models.appeal import ENDED_STATUSES
from apps.appeals.timeline.offering import Entry
from apps.tenants.models import Member

APPEAL = gettext_lazy("Appeal")
CAMPAIGN = gettext_lazy("Campaign")
CONSENT = gettext_lazy("Consent to advertising")
MERGE = gettext_lazy("Merge of clients")


def appeals(contact: Contact, reader: Member | None, before: datetime | None, limit: int) -> Iterator[Entry]:
    """When each was opened, and when it ended and with what: four queries."""
    rows = Appeal.objects.filter(seen_by(reader, "conversation"), contact=contact).select_related("channel")
    opened = _latest(rows, "created_at", before, limit)
    ended = _latest(rows.filter(status__in=ENDED_STATUSES), "closed_at", before, limit)
    repairs = Prefetch("repairs", Repair.objects.filter(removed_at=None))
    devices = Prefetch("devices", Device.objects.filter(removed_at=None).prefetch_related(repairs))
    prefetch_related_objects([*opened, *ended], devices)
    for row in opened:
        yield _of_appeal(row, row.created_at, "forum", _opened(row))
    for row in ended:
        yield _of_appeal(row, row.closed_at, "task_alt" if row.status == "closed" else "cancel", _ended(row))


def campaigns(
    contact: Contact, reader: Member | None, before: datetime | None, limit: int
) -> Iterator[Entry]:
    """Those that were handed over to them."""
    rows = Recipient.objects.filter(seen_by(reader, "conversation"), contact=contact).select_related(
        "campaign"
    )
    for row in _latest(rows, "handed_at", before, limit):
        named = {"name": row.campaign.name, "outcome": row.get_outcome_display()}
        yield Entry(
            at=row.handed_at,
            icon="campaign",
            kind=CAMPAIGN,
            text=_("Campaign “%(name)s”: %(outcome)s") % named,
            address=reverse("desk_conversation", args=[row.conversation_id]) if row.conversation_id else "",
        )


def consents(contact: Contact, reader: Member | None, before: datetime | None, limit: int) -> Iterator[Entry]:
    """Each word of theirs, and that they want no campaigns, while that stands."""
    rows = Consent.objects.filter(contact=contact).select_related("by")
    for row in _latest(rows, "at", before, limit):
        said = _("Agreed to advertising") if row.is_given else _("Took back the consent to advertising")
        by = (row.get_way_display(), row.by.name if row.by else "")
        icon = "verified_user" if row.is_given else "gpp_bad"
        yield _of_client(contact, row.at, icon, CONSENT, said, *by)
    since = contact.unsubscribed_at
    if since is not None and (before is None or since < before):
        said = _("Wants no campaigns")
        yield _of_client(contact, since, "notifications_off", CONSENT, said, contact.unsubscribed_why)


def merges(contact: Contact, reader: Member | None, before: datetime | None, limit: int) -> Iterator[Entry]:
    """And those that were undone, whichever of the two this client was."""
    rows = ContactMerge.objects.filter(Q(kept=contact) | Q(absorbed=contact))
    told = rows.select_related("kept", "absorbed", "by", "undone_by")
    for row in _latest(told, "at", before, limit):
        said = _("Merged with “%(name)s”") % {"name": _other(row, contact)}
        yield _of_client(contact, row.at, "merge", MERGE, said, row.by.name if row.by else "")
    for row in _latest(told, "undone_at", before, limit):
        said = _("The merge with “%(name)s” is undone") % {"name": _other(row, contact)}
        by = row.undone_by.name if row.undone_by else ""
        yield _of_client(contact, row.undone_at, "call_split", MERGE, said, by)


def _latest(rows: QuerySet[Any], clock: str, before: datetime | None, limit: int) -> list[Any]:
    asked = {f"{clock}__lt": before} if before is not None else {f"{clock}__isnull": False}
    return list(rows.filter(**asked).order_by(f"-{clock}", "-pk")[:limit])


def _of_appeal(row: Appeal, at: datetime, icon: str, text: str) -> Entry:
    address = reverse("desk_conversation", args=[row.conversation_id])
    return Entry(at=at, icon=icon, kind=APPEAL, text=text, address=address)


def _of_client(contact: Contact, at: datetime, icon: str, kind: Any, *said: str) -> Entry:
    address = reverse("admin:appeals_contact_change", args=[contact.pk])
    return Entry(at=at, icon=icon, kind=kind, text=" · ".join(filter(None, said)), address=address)


def _opened(row: Appeal) -> str:
    """How it stands, unless its end is told in a line of its own."""
    status = "" if row.closed_at and row.status in ENDED_STATUSES else row.get_status_display()
    said = _("Appeal №%(number)s") % {"number": row.pk}
    return " · ".join(filter(None, (said, row.channel.name, status, _what(row) if status else "")))


def _ended(row: Appeal) -> str:
    said = _("№%(number)s: %(status)s") % {"number": row.pk, "status": row.get_status_display()}
    return " · ".join(filter(None, (said, row.rejection_reason, _what(row))))


def _what(row: Appeal) -> str:
    """«iPhone 13: замена батареи, чистка»."""
    named = []
    for device in row.devices.all():
        works = ", ".join(filter(None, map(str, device.repairs.all())))
        named.append(f"{device}: {works}" if works else str(device))
    return "; ".join(named)


def _other(row: ContactMerge, contact: Contact) -> Contact:
    return row.absorbed if row.kept_id == contact.pk else row.kept
