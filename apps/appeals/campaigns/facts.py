"""What is asked once for many clients before they are judged."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from apps.appeals.campaigns.templating import Standing, carried_by, is_marketing, standing_of, words_of
from apps.appeals.models import Appeal, Campaign, Contact, Conversation, Device, Identity
from apps.appeals.models.appeal import OPEN_STATUSES
from apps.channels.starting import client_at, starts

# An appeal in which anything was said within this time is being talked about.
TALK = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """`is_beginning`: those who never wrote are written to. `owners` are the clients behind the phones,
    by their ids in the template's channel.
    """

    needs_consent: bool
    standing: Standing | None
    is_beginning: bool
    devices: dict[int, str]
    talking: frozenset[int]
    owners: dict[str, int] = field(default_factory=dict)


def facts_of(campaign: Campaign, contacts: Sequence[Contact], *, standing: Standing | None = None) -> Facts:
    """`standing` where it was asked already."""
    standing = standing or standing_of(campaign)
    is_beginning = begins(campaign, standing)
    ids = [one.pk for one in contacts]
    return Facts(
        needs_consent=needs_consent(campaign),
        standing=standing,
        is_beginning=is_beginning,
        devices=_devices(ids) if "{" in words_of(campaign) else {},
        talking=_talking(ids) if campaign.skip_talking else frozenset(),
        owners=_owners(standing, contacts) if standing and is_beginning else {},
    )


def needs_consent(campaign: Campaign) -> bool:
    advertises = campaign.is_advertising or is_marketing(carried_by(campaign))
    return advertises and campaign.tenant.campaigns_need_consent


def begins(campaign: Campaign, standing: Standing | None) -> bool:
    """Whether those who have never written are written to: in the template's channel, if it may be used."""
    if standing is None or not standing.carried.first or not starts(standing.channel):
        return False
    chosen = list(campaign.channels.values_list("pk", flat=True))
    return not chosen or standing.channel.pk in chosen


def _devices(contacts: Sequence[int]) -> dict[int, str]:
    """The one they brought last."""
    rows = Device.objects.filter(appeal__contact__in=contacts, removed_at=None).exclude(model="")
    newest = rows.order_by("appeal__contact_id", "-id").distinct("appeal__contact_id")
    named = newest.values_list("appeal__contact_id", "brand", "model")
    return {contact: f"{brand} {model}".strip() for contact, brand, model in named}


def _talking(contacts: Sequence[int]) -> frozenset[int]:
    still_open = Appeal.objects.filter(conversation=OuterRef("pk"), status__in=OPEN_STATUSES)
    lively = Q(waiting_since__isnull=False) | Q(
        Exists(still_open), last_message_at__gte=timezone.now() - TALK
    )
    rows = Conversation.objects.filter(lively, contact__in=contacts)
    return frozenset(rows.values_list("contact", flat=True))


def _owners(standing: Standing, contacts: Sequence[Contact]) -> dict[str, int]:
    """Of phones that nobody writes from yet, the first of these clients who has it."""
    senders = [(one.pk, client_at(standing.channel, one.phone)) for one in contacts]
    asked = {sender.external_user_id: pk for pk, sender in reversed(senders) if sender}
    known = Identity.objects.filter(channel=standing.channel, external_user_id__in=list(asked))
    return asked | dict(known.values_list("external_user_id", "contact"))
