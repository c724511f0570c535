"""Who wants no campaigns: by their own word, or by an employee's note of it."""

import re
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from apps.appeals import consent
from apps.appeals.events import note_consent
from apps.appeals.following import held_with_chats
from apps.appeals.models import Author, ConsentWay, Contact, Conversation, EventKind, Message
from apps.appeals.people import touch_all
from apps.tenants.models import Member

# A whole message of just this says it.
WORDS = frozenset({"стоп", "stop", "отписаться", "отпишись", "отпишите", "отписка", "unsubscribe"})
# So long after a campaign the word is about it, if nobody of us has said anything since.
ABOUT_IT = timedelta(days=30)
WHY = 200


def asks_to_stop(text: str) -> bool:
    return re.sub(r"[^\w]+", " ", text).strip().casefold() in WORDS


def heed(message: Message, conversation: Conversation) -> bool:
    """Unsubscribes whoever answers a campaign with the word. Call with the conversation locked.

    A «стоп» to an operator is about what they talk of.
    """
    if not asks_to_stop(message.text):
        return False
    ours = conversation.messages.exclude(author=Author.CLIENT).exclude(author=Author.SYSTEM)
    newest = ours.filter(sent_at__gte=timezone.now() - ABOUT_IT).order_by("-pk").first()
    if newest is None or newest.author != Author.CAMPAIGN:
        return False
    return unsubscribe(contact=conversation.contact, by=None, why=message.text, way=ConsentWay.STOP)


def unsubscribe(*, contact: Contact, by: Member | None, why: str, way: ConsentWay = ConsentWay.WORDS) -> bool:
    """False where it stood already: the first time counts. Whoever wants no campaigns has agreed to none."""
    consent.withdraw(contact=contact, way=way, by=by, note=why)
    with transaction.atomic():
        row = held_with_chats(contact)
        if row.unsubscribed_at is not None:
            return False
        row.unsubscribed_at, row.unsubscribed_by = timezone.now(), by
        row.unsubscribed_why = why.strip()[:WHY]
        _keep(row, EventKind.UNSUBSCRIBED, by)
    return True


def subscribe_again(*, contact: Contact, by: Member | None) -> bool:
    """At the client's wish; the history keeps who noted it. Consent is another word of theirs."""
    with transaction.atomic():
        row = held_with_chats(contact)
        if row.unsubscribed_at is None:
            return False
        row.unsubscribed_at, row.unsubscribed_by, row.unsubscribed_why = None, by, ""
        _keep(row, EventKind.RESUBSCRIBED, by)
    return True


def _keep(contact: Contact, kind: EventKind, by: Member | None) -> None:
    contact.save(update_fields=["unsubscribed_at", "unsubscribed_by", "unsubscribed_why"])
    note_consent(kind, contact=contact, member=by, why=contact.unsubscribed_why)
    touch_all(contact)
