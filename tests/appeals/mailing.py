"""Clients who have written, and campaigns to them, for tests."""

import itertools
from datetime import UTC, datetime, time, timedelta
from typing import Any

import time_machine
from django.db.models import F
from django.utils import timezone

from apps.appeals import consent
from apps.appeals.campaigns.audience import Audience
from apps.appeals.campaigns.previewing import preview
from apps.appeals.campaigns.starting import start
from apps.appeals.consent import Agreed
from apps.appeals.models import (
    Author,
    Campaign,
    ConsentWay,
    Contact,
    Conversation,
    Identity,
    Message,
    Recipient,
)
from apps.channels.models import Channel
from apps.core.models import Bucket, State
from apps.tenants.models import Member
from tests.work import drain

NOON = datetime(2026, 12, 1, 9, tzinfo=UTC)  # 12:00 in Moscow
_numbers = itertools.count(100_000)


def client_of(
    channel: Channel,
    name: str = "Иван",
    *,
    contact: Contact | None = None,
    ago: timedelta = timedelta(days=3),
) -> Conversation:
    """Somebody who wrote there so long ago, was answered, and has no appeal."""
    contact = contact or Contact.objects.create(tenant=channel.tenant, name=name)
    number, at = str(next(_numbers)), timezone.now() - ago
    identity = Identity.objects.create(
        tenant=channel.tenant, contact=contact, channel=channel, external_user_id=number
    )
    chat = Conversation.objects.create(
        tenant=channel.tenant,
        channel=channel,
        identity=identity,
        contact=contact,
        external_chat_id=number,
        last_message_at=at,
        last_inbound_at=at,
    )
    Message.objects.create(
        tenant=channel.tenant, conversation=chat, author=Author.CLIENT, text="Здравствуйте", sent_at=at
    )
    return chat


def campaign_of(channel: Channel, text: str = "Мы переехали", **fields: Any) -> Campaign:
    """A draft without quiet hours, to all clients, that is no advertising."""
    audience = fields.pop("audience", Audience())
    quiet = {"quiet_from": time(0), "quiet_until": time(0)}
    given = {"name": "Переезд", "pace": 300, "is_advertising": False, **quiet, **fields}
    return Campaign.objects.create(
        tenant=channel.tenant, text=text, audience=audience.as_json(), state=State.DONE, **given
    )


def begin(campaign: Campaign) -> int:
    """As whoever has looked at the preview confirms it."""
    return start(campaign=campaign, member=None, expected=preview(campaign).will)


def one_round(campaign: Campaign) -> Campaign:
    """All that is due, with a round of this campaign."""
    Campaign.objects.filter(pk=campaign.pk, state=State.QUEUED).update(due_at=timezone.now())
    drain()
    return Campaign.objects.select_related("tenant").get(pk=campaign.pk)


def run_out(campaign: Campaign, *, rounds: int = 60, at: datetime | None = None) -> Campaign:
    """Until there is nothing more to do, with a minute between the rounds."""
    with time_machine.travel(at or timezone.now(), tick=False) as clock:
        for _ in range(rounds):
            campaign = one_round(campaign)
            if campaign.state != State.QUEUED:
                return campaign
            clock.shift(timedelta(minutes=1, seconds=1))
            # The database has a clock of its own.
            Bucket.objects.update(updated_at=F("updated_at") - timedelta(minutes=1, seconds=1))
    raise AssertionError(f"still {campaign.status} after {rounds} rounds")


def outcomes(campaign: Campaign) -> dict[str, str]:
    """By the client's name: the outcome, with its reason where there is one."""
    rows = Recipient.objects.filter(campaign=campaign).select_related("contact")
    return {row.contact.name: "/".join(filter(None, (row.outcome, row.reason))) for row in rows}


def agree(
    contact: Contact, *, way: ConsentWay = ConsentWay.WORDS, by: Member | None = None, **said: Any
) -> Agreed:
    """One client agrees to advertising."""
    return consent.agree(contacts=[contact.pk], tenant_id=contact.tenant_id, way=way, by=by, **said)


def clients(bot: Channel, count: int) -> list[Conversation]:
    return [client_of(bot, f"К{number}") for number in range(count)]


def reached(campaign: Campaign) -> list[str]:
    return list(campaign.recipients.order_by("pk").values_list("outcome", flat=True))


def campaign_at(campaign: Campaign) -> Campaign:
    return Campaign.objects.select_related("tenant").get(pk=campaign.pk)
