"""Phones that a client wrote in a chat: on whose card they stand may be the same person, or a near one."""

import re
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from apps.appeals.admitting import seen_by
from apps.appeals.models import Author, Contact, Message
from apps.appeals.models.contact import PHONE_DIGITS, phone_tail
from apps.core.phones import normalise_phone, phones_in
from apps.tenants.models import Member

# Of a client's chats, and of their messages with so many digits in a row, the newest of each chat first.
CHATS, MESSAGES = 50, 200
_MANY_DIGITS = rf"(\d\D{{0,2}}){{{PHONE_DIGITS}}}"
# A number on so many cards is the shop's own, or nobody's: only the latest are looked at.
LOOKED_AT = 50
# Of its words, on either side of the phone.
AROUND = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """`words` are those of the message around the phone."""

    message: Message
    words: str


def said_of(contact: Contact, others: QuerySet[Contact], *, reader: Member | None) -> dict[int, Said]:
    """Those of the others whose phone this client wrote, and where. Three queries at most."""
    said = _said_by(contact, reader)
    if not said:
        return {}
    tails = {phone[-PHONE_DIGITS:] for phone in said}
    alike = others.exclude(phone="").alias(tail=phone_tail()).filter(tail__in=tails)
    rows = alike.order_by("-pk").values_list("pk", "phone")[:LOOKED_AT]
    return {pk: said[number] for pk, phone in rows if (number := normalise_phone(phone)) in said}


def _said_by(contact: Contact, reader: Member | None) -> dict[str, Said]:
    """By the phone; of one that was written several times the newest words."""
    chats = contact.conversations.filter(seen_by(reader)).order_by("-last_message_at")
    ids = list(chats.values_list("pk", flat=True)[:CHATS])
    numbered = Q(text__regex=_MANY_DIGITS) | Q(note__regex=_MANY_DIGITS)
    own = Message.objects.filter(numbered, conversation__in=ids, author=Author.CLIENT, deleted_at=None)
    found: dict[str, Said] = {}
    # In the order of the index by conversation: by time alone all of the organisation would be read.
    for message in own.order_by("-conversation", "-sent_at", "-received_at", "-pk")[:MESSAGES]:
        for words in (message.text, message.note):
            for start, end, phone in phones_in(words):
                found.setdefault(phone, Said(message=message, words=_around(words, start, end)))
    return found


def _around(words: str, start: int, end: int) -> str:
    first, last = max(0, start - AROUND), min(len(words), end + AROUND)
    part = re.sub(r"\s+", " ", words[first:last]).strip()
    return f"{'… ' if first else ''}{part}{' …' if last < len(words) else ''}"
