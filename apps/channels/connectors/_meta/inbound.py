"""Events of Instagram and Messenger as messages, edits, reactions and readings.

https://developers.facebook.com/docs/messenger-platform/reference/webhook-events
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from apps.channels.connectors._meta import content
from apps.channels.connectors._meta.events import Dialect, Event, events_of
from apps.channels.contract import (
    Edited,
    Ignored,
    Inbound,
    Incoming,
    Reached,
    ReachedUpTo,
    Reacted,
    StatusChanged,
)
from apps.channels.shapes import Shape, decoded, moment, part, unexpected, word
from apps.core.errors import Rejected
from apps.core.text import clean, shorten

NOTE = 500
LONGEST_MID = 200
# What our own messages carry, so that their echo is told from another program's.
KEY_MARK = "batterycrm:"
_KEY = re.compile(rf"{KEY_MARK}([0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}})")
_EMOJI = {"love": "❤️", "smile": "😆", "wow": "😮", "sad": "😢", "angry": "😠", "like": "👍", "dislike": "👎"}


def parse(body: bytes, *, dialect: Dialect, received_at: datetime) -> list[Inbound]:
    """An event that cannot be read does not take the others of its body along."""
    found: list[Inbound] = []
    broken = False
    for event in events_of(decoded(body), dialect=dialect, received_at=received_at):
        if isinstance(event, Ignored):
            found.append(event)
            continue
        try:
            found += _READERS[event.kind](event)
        except Rejected:
            broken = True
    if broken and not found:
        raise unexpected()
    return found


def _message(event: Event) -> list[Inbound]:
    message, mid = event.value, _mid(event.value)
    if message.get("is_deleted") is True:
        return [_changed(event, mid, text="", deleted=True)]
    if event.is_ours and (key := _KEY.fullmatch(word(message, "metadata"))):
        return [
            StatusChanged(external_message_id=mid, reached=Reached.SENT, at=event.at, key=key[1]),
        ]
    found = content.read(message, app=event.dialect.app)
    text = word(message, "text")
    if not (text or found.media or found.notes):
        return [Ignored(reason="unknown_content")]
    return [
        _incoming(
            event,
            mid,
            text=text,
            media=found.media,
            notes=found.notes,
            reply_to=word(part(message, "reply_to"), "mid")[:LONGEST_MID],
            referral=part(message, "referral"),
        )
    ]


def _postback(event: Event) -> list[Inbound]:
    """A button of a menu or a card, in the words that stand on it."""
    postback = event.value
    payload = word(postback, "payload")
    return [
        _incoming(
            event,
            word(postback, "mid")[:LONGEST_MID] or _made_up_id(event),
            text=word(postback, "title") or shorten(payload, NOTE),
            notes=(content.button_note(payload, words=word(postback, "title")),),
            referral=part(postback, "referral"),
        )
    ]


def _referral(event: Event) -> list[Inbound]:
    """The client came by a link or an advertisement, and has not said a word yet."""
    note = _("[came by a link or an advertisement]")
    return [_incoming(event, _made_up_id(event), notes=(note,), referral=event.value)]


def _optin(event: Event) -> list[Inbound]:
    ref = word(event.value, "ref") or word(event.value, "payload")
    note = _("[allowed messages to be sent: %(ref)s]") % {"ref": shorten(ref, 200) or "…"}
    return [_incoming(event, _made_up_id(event), notes=(note,))]


def _incoming(
    event: Event, mid: str, *, notes: tuple[str, ...], referral: Shape | None = None, **said: Any
) -> Incoming:
    came_from = word(referral or {}, "ad_id") or word(referral or {}, "ref")
    product = word(part(referral or {}, "product"), "id")
    title = word(part(referral or {}, "ads_context_data"), "ad_title")
    told = [
        *notes,
        _("[advertisement: %(title)s]") % {"title": shorten(title, 200)} if title else "",
        _("[about the product %(id)s]") % {"id": shorten(product, 100)} if product else "",
        _("[another program leads this conversation at the moment]") if event.elsewhere else "",
    ]
    return Incoming(
        sender=event.client,
        external_message_id=mid,
        sent_at=event.at,
        ad_channel=event.dialect.ad_channel if came_from else "",
        ad_id=came_from[:200],
        note=shorten(" ".join(filter(None, told)), NOTE),
        from_us=event.is_ours,
        **said,
    )


def _edit(event: Event) -> list[Inbound]:
    return [_changed(event, _mid(event.value), text=word(event.value, "text"), deleted=False)]


def _changed(event: Event, mid: str, *, text: str, deleted: bool) -> Inbound:
    if event.is_ours:
        return Ignored(reason="own_change")
    return Edited(
        sender=event.client, external_message_id=mid, edited_at=event.at, text=text, deleted=deleted
    )


def _reaction(event: Event) -> list[Inbound]:
    if event.is_ours:
        return [Ignored(reason="own_reaction")]
    reaction = event.value
    taken_back = reaction.get("action") == "unreact"
    name = word(reaction, "reaction")
    emoji = (
        "" if taken_back else word(reaction, "emoji") or _EMOJI.get(name, "👍" if not name else f"[{name}]")
    )
    return [
        Reacted(sender=event.client, external_message_id=_mid(reaction), emoji=emoji[:16], at=event.at),
    ]


def _read(event: Event) -> list[Inbound]:
    """Instagram names the message, Messenger the time up to which all was read."""
    return [_up_to(event, Reached.READ)]


def _delivery(event: Event) -> list[Inbound]:
    mids = event.value.get("mids")
    named = [mid for mid in mids if isinstance(mid, str) and mid] if isinstance(mids, list) else []
    up_to = _up_to(event, Reached.DELIVERED)
    if isinstance(up_to, Ignored):
        return [up_to]
    told = [
        StatusChanged(
            external_message_id=clean(mid, limit=LONGEST_MID),
            reached=Reached.DELIVERED,
            at=up_to.at,
        )
        for mid in named
    ]
    return [*told, up_to]


def _up_to(event: Event, reached: Reached) -> ReachedUpTo | Ignored:
    if event.is_ours:
        return Ignored(reason="own_reading")
    watermark = event.value.get("watermark")
    return ReachedUpTo(
        external_chat_id=event.client.external_chat_id,
        reached=reached,
        at=event.at if watermark is None else moment(watermark, event.received_at),
        external_message_id=word(event.value, "mid")[:LONGEST_MID],
    )


_READERS: Mapping[str, Callable[[Event], list[Inbound]]] = {
    "message": _message,
    "postback": _postback,
    "message_edit": _edit,
    "reaction": _reaction,
    "read": _read,
    "delivery": _delivery,
    "referral": _referral,
    "optin": _optin,
}


def _mid(shape: Shape) -> str:
    mid = word(shape, "mid")[:LONGEST_MID]
    if not mid:
        raise unexpected()
    return mid


def _made_up_id(event: Event) -> str:
    """For what has no id of its own: a repeated webhook brings the same."""
    return f"{event.kind}:{round(event.at.timestamp() * 1000)}"
