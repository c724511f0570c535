"""We write first, to a client's phone: one conversation for one phone, whoever comes first."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.appeals.answering import answer
from apps.appeals.following import held
from apps.appeals.models import Contact, Conversation, Identity, Message
from apps.appeals.people import follow_identity
from apps.channels.contract import FilledTemplate, Sender
from apps.channels.models import Channel
from apps.channels.starting import client_at, obstacle, starters
from apps.core.errors import Rejected
from apps.tenants.models import Member


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One channel that could begin. `conversation`: it has begun there; `owner`: as another client."""

    channel: Channel
    conversation: Conversation | None = None
    owner: Contact | None = None
    reason: str = ""


def ways_to(contact: Contact) -> list[Way]:
    """Empty where the organisation has no channel that can start a conversation."""
    rows = Channel.objects.filter(tenant=contact.tenant_id, connection__connector__in=starters())
    return [way_to(contact, channel) for channel in rows.select_related("connection").order_by("name")]


def way_to(contact: Contact, channel: Channel) -> Way:
    own = Conversation.objects.filter(channel=channel, contact=contact).order_by("-last_message_at").first()
    if own is not None:
        return Way(channel=channel, conversation=own)
    if reason := obstacle(channel):
        return Way(channel=channel, reason=reason)
    sender = client_at(channel, contact.phone)
    if sender is None and contact.phone:
        return Way(channel=channel, reason=_("The client's phone is no number that can be dialled."))
    if sender is None:
        return Way(channel=channel, reason=_("Enter the client's phone first."))
    theirs = Conversation.objects.filter(channel=channel, identity__external_user_id=sender.external_user_id)
    taken = theirs.select_related("contact").first()
    return Way(channel=channel, conversation=taken, owner=taken.contact if taken else None)


def write_first(
    *,
    contact: Contact,
    channel: Channel,
    member: Member | None,
    key: uuid.UUID,
    text: str = "",
    template: FilledTemplate | None = None,
) -> Message:
    """Conversation and message together, or neither. The same form sent twice is one message.

    Raises Rejected with the reason where it can't go.
    """
    if reason := obstacle(channel):
        raise Rejected(reason, code="cannot_start")
    sender = client_at(channel, contact.phone)
    if sender is None:
        raise Rejected(_("Enter the client's phone first."), code="no_phone")
    with transaction.atomic():
        found = conversation_with(contact=contact, channel=channel, sender=sender, at=timezone.now())
        if found is None:
            raise Rejected(_("Another client writes from this phone. Open their conversation."), code="taken")
        return answer(conversation=found, member=member, key=key, text=text, template=template)


def conversation_with(
    *, contact: Contact, channel: Channel, sender: Sender, at: datetime
) -> Conversation | None:
    """Locked until the transaction ends; None where another client writes under this id. Where they write to
    us in the same moment, it is theirs. `at` is where a new one stands in the list.
    """
    identity = _identity_for(contact, channel, sender)
    if identity.contact_id != contact.pk:
        return None
    found, created = Conversation.objects.select_for_update().get_or_create(
        channel=channel,
        external_chat_id=sender.external_chat_id,
        defaults={
            "tenant_id": channel.tenant_id,
            "identity": identity,
            "contact_id": contact.pk,
            "last_message_at": at,
        },
    )
    if created:
        follow_identity(found)
    return found


def _identity_for(contact: Contact, channel: Channel, sender: Sender) -> Identity:
    known = Identity.objects.filter(channel=channel, external_user_id=sender.external_user_id)
    if (found := known.first()) is not None:
        return found
    try:
        with transaction.atomic():
            # Merged into another in this moment, it is that one's: then the caller finds it to be another's.
            (owner,) = held([contact.pk], tenant_id=contact.tenant_id)
            return Identity.objects.create(
                tenant_id=channel.tenant_id,
                contact=owner,
                channel=channel,
                external_user_id=sender.external_user_id,
            )
    except IntegrityError:
        # They wrote in the same moment, or a colleague began; those rows stand.
        return known.get()
