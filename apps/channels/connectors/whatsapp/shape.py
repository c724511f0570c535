"""The envelope of Meta's events. One body may hold many entries, each with many changes.

https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages
"""

import json
import re
from collections.abc import Iterator

from apps.channels.contract import Sender
from apps.channels.shapes import Shape, decoded, part, parts, unexpected, word
from apps.core.text import clean_name

_LONGEST_ID = 200


def changes_in(body: Shape) -> Iterator[Shape]:
    for entry in parts(body, "entry"):
        yield from parts(entry, "changes")


def numbers_in(body: Shape) -> set[str]:
    """The ids of our numbers that a body is for. Changes of the account as a whole name none."""
    return {number for change in changes_in(body) if (number := _number_of(change))}


def part_of(body: bytes, number: str) -> bytes:
    """The body without the changes of other numbers. Raises Rejected where it is no body of Meta's."""
    event = decoded(body)
    if len(numbers_in(event)) < 2:
        return body
    entries = [
        {**entry, "changes": [one for one in parts(entry, "changes") if _number_of(one) in ("", number)]}
        for entry in parts(event, "entry")
    ]
    return json.dumps({**event, "entry": entries}).encode()


def _number_of(change: Shape) -> str:
    return word(part(part(change, "value"), "metadata"), "phone_number_id")


def identifier(shape: Shape, name: str) -> str:
    """An id as it is stored. Without it an item says nothing: Rejected."""
    found = word(shape, name).strip()
    if not found or len(found) > _LONGEST_ID:
        raise unexpected()
    return found


def client_in(value: Shape, *, phone: str, user: str) -> Sender:
    """The client of one item: by phone where Meta tells it, else by the id it has for them (BSUID).

    Since 2026 a client with a username may hide the number, then `wa_id` and `from` are absent.
    https://developers.facebook.com/documentation/business-messaging/whatsapp/business-scoped-user-ids
    """
    contact = _contact(value, phone, user)
    phone = phone or word(contact, "wa_id").strip()
    known_as = phone or user or word(contact, "user_id").strip()
    if not known_as or len(known_as) > _LONGEST_ID:
        raise unexpected()
    profile = part(contact, "profile")
    return Sender(
        external_user_id=known_as,
        external_chat_id=known_as,
        name=clean_name(word(profile, "name")),
        username=clean_name(word(profile, "username")),
        phone=f"+{phone}" if re.fullmatch(r"[0-9]{5,15}", phone) else "",
    )


def _contact(value: Shape, phone: str, user: str) -> Shape:
    """The card of this client; the only one there is, where neither id tells."""
    cards = parts(value, "contacts")
    for card in cards:
        if (phone and word(card, "wa_id") == phone) or (user and word(card, "user_id") == user):
            return card
    return cards[0] if len(cards) == 1 and not phone and not user else {}
