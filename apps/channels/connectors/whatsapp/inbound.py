"""Meta's events as messages.

https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from django.utils.translation import gettext as _

from apps.channels.connectors.whatsapp import content
from apps.channels.connectors.whatsapp.shape import changes_in, client_in, identifier, numbers_in
from apps.channels.connectors.whatsapp.statuses import read_status
from apps.channels.contract import Edited, Ignored, Inbound, Incoming, Reachability, Reacted, Sender
from apps.channels.shapes import Shape, decoded, moment, part, parts, unexpected, word
from apps.core.errors import Rejected
from apps.core.text import shorten

NOTE = 500
# What they say is of the messenger's own doings, or of no message.
_SERVICE = frozenset({"request_welcome", "ephemeral"})
_UNSEEN_IN_ECHOES = frozenset({"edit", "revoke", "reaction", "system"})

Read = Callable[[Shape, Shape, datetime], list[Inbound]]


def parse(body: bytes, *, received_at: datetime, timezone: str) -> list[Inbound]:
    """An item that cannot be read does not take the others along, unless none can be."""
    event = decoded(body)
    if not isinstance(event.get("entry"), list):
        raise unexpected()
    if len(numbers_in(event)) > 1:
        raise unexpected()  # see `part_of`: whoever reads knows for which number
    found: list[Inbound] = []
    broken = 0
    for value, item, read in _items(event):
        try:
            found += read(value, item, received_at)
        except Rejected:
            broken += 1
    if broken and not found:
        raise unexpected()
    if broken:
        found.append(Ignored(reason="unreadable_item"))
    return found or [Ignored(reason=_nothing_in(event))]


def _items(event: Shape) -> Iterator[tuple[Shape, Shape, Read]]:
    """By content alone: `field` may be missing."""
    for change in changes_in(event):
        value = part(change, "value")
        for name, read in _LISTS.items():
            for item in parts(value, name):
                yield value, item, read


def _nothing_in(event: Shape) -> str:
    field = next((word(change, "field") for change in changes_in(event)), "")
    return f"unsupported_{field}" if re.fullmatch(r"[a-z_]{1,40}", field) else "empty"


def _message(value: Shape, message: Shape, received_at: datetime) -> list[Inbound]:
    kind = word(message, "type")
    if message.get("group_id"):
        return [Ignored(reason="group_chat")]
    if kind in _SERVICE:
        return [Ignored(reason="service_message")]
    if read := _KINDS.get(kind):
        return read(value, message, received_at)
    return [_said(_sender(value, message), message, received_at)]


def _echo(value: Shape, message: Shape, received_at: datetime) -> list[Inbound]:
    """Somebody of ours wrote in the phone's own app.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/smb_message_echoes
    """
    if word(message, "type") in _UNSEEN_IN_ECHOES:
        return [Ignored(reason="own_change")]
    client = client_in(value, phone=word(message, "to").strip(), user=word(message, "to_user_id").strip())
    return [_said(client, message, received_at, from_us=True)]


def _status(value: Shape, status: Shape, received_at: datetime) -> list[Inbound]:
    return read_status(status, received_at)


_LISTS: Mapping[str, Read] = {"messages": _message, "message_echoes": _echo, "statuses": _status}


def _said(sender: Sender, message: Shape, received_at: datetime, *, from_us: bool = False) -> Incoming:
    found = content.read(message)
    referral = part(message, "referral")
    return Incoming(
        sender=sender,
        external_message_id=identifier(message, "id"),
        sent_at=moment(message.get("timestamp"), received_at),
        text=found.text,
        media=found.media,
        reply_to=word(part(message, "context"), "id")[:200],
        # https://developers.facebook.com/documentation/business-messaging/whatsapp/ctwa
        ad_channel="whatsapp" if referral else "",
        ad_id=(word(referral, "source_id") or word(referral, "source_url"))[:200],
        note=shorten(" ".join(found.notes), NOTE),
        from_us=from_us,
    )


def _edit(value: Shape, message: Shape, received_at: datetime) -> list[Inbound]:
    edit = part(message, "edit")
    edited = Edited(
        sender=_sender(value, message),
        external_message_id=identifier(edit, "original_message_id"),
        edited_at=moment(message.get("timestamp"), received_at),
        text=content.text_of(part(edit, "message")),
    )
    return [edited]


def _revoke(value: Shape, message: Shape, received_at: datetime) -> list[Inbound]:
    taken_back = Edited(
        sender=_sender(value, message),
        external_message_id=identifier(part(message, "revoke"), "original_message_id"),
        edited_at=moment(message.get("timestamp"), received_at),
        deleted=True,
    )
    return [taken_back]


def _reaction(value: Shape, message: Shape, received_at: datetime) -> list[Inbound]:
    reaction = part(message, "reaction")
    reacted = Reacted(
        sender=_sender(value, message),
        external_message_id=identifier(reaction, "message_id"),
        emoji=word(reaction, "emoji"),
        at=moment(message.get("timestamp"), received_at),
    )
    return [reacted]


def _system(value: Shape, message: Shape, received_at: datetime) -> list[Inbound]:
    """Who changed their number is told in the old conversation, which leads to nobody from then on."""
    system = part(message, "system")
    now_known_as = word(system, "wa_id") or word(system, "new_wa_id") or word(system, "user_id")
    if word(system, "type") not in ("user_changed_number", "user_changed_user_id") or not now_known_as:
        return [Ignored(reason="service_message")]
    former = client_in(
        value, phone=word(message, "from").strip(), user=word(system, "previous_user_id").strip()
    )
    at = moment(message.get("timestamp"), received_at)
    notice = Incoming(
        sender=former,
        external_message_id=identifier(message, "id"),
        sent_at=at,
        note=shorten(_("[the client now writes from another number: %(id)s]") % {"id": now_known_as}, NOTE),
    )
    return [notice, Reachability(sender=former, reachable=False, at=at)]


_KINDS: Mapping[str, Read] = {"edit": _edit, "revoke": _revoke, "reaction": _reaction, "system": _system}


def _sender(value: Shape, message: Shape) -> Sender:
    return client_in(value, phone=word(message, "from").strip(), user=word(message, "from_user_id").strip())
