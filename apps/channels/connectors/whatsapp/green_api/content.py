"""What a message of Green API's consists of.

https://green-api.com/en/docs/api/receiving/notifications-format/incoming-message/Webhook-IncomingMessageReceived/
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from apps.channels.buttons import pressed_note
from apps.channels.connectors.whatsapp import telling
from apps.channels.contract import Media
from apps.channels.shapes import Shape, decimal, part, parts, word
from apps.core.text import clean_name

# What stands in place of a message that the instance could not read.
_PLACEHOLDER = re.compile(r"\s*\{\{SWE\d{3}\}\}\s*")
_FILES = frozenset({"imageMessage", "videoMessage", "audioMessage", "documentMessage", "stickerMessage"})
# Kind → (the object, its words, what was pressed).
_ANSWERS: Mapping[str, tuple[str, str, str]] = {
    "buttonsResponseMessage": ("buttonsResponseMessage", "selectedButtonText", "selectedButtonId"),
    "templateButtonsReplyMessage": ("templateButtonReplyMessage", "selectedDisplayText", "selectedId"),
    "listResponseMessage": ("listResponseMessage", "title", "singleSelectReply"),
    "interactiveButtonsResponse": ("interactiveButtonsResponse", "selectedDisplayText", "selectedId"),
}
_TEL = re.compile(r"^(?:item\d+\.)?TEL[^:\r\n]*:([^\r\n]+)", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    text: str
    media: tuple[Media, ...]
    note: str
    reply_to: str


def read(data: Shape) -> Content:
    """Never empty: a client did write something."""
    text, media = _text(data), _media(data)
    unread = bool(_PLACEHOLDER.fullmatch(text))
    notes = [_unread_told()] if unread else list(filter(None, _notes(data)))
    text = "" if unread else text
    if not (text or media or notes):
        notes = [telling.unseen_told()]
    return Content(text=text, media=media, note=" ".join(notes), reply_to=_reply_to(data))


def _text(data: Shape) -> str:
    kind = word(data, "typeMessage")
    if kind in _FILES:
        return word(part(data, "fileMessageData"), "caption")
    if kind in _ANSWERS:
        name, words, _pressed = _ANSWERS[kind]
        return word(part(data, name), words)
    said = word(part(data, "textMessageData"), "textMessage")
    return said or word(part(data, "extendedTextMessageData"), "text")


def _media(data: Shape) -> tuple[Media, ...]:
    file = part(data, "fileMessageData")
    if not word(file, "downloadUrl"):
        return ()
    content_type = telling.bare_type(word(file, "mimeType"))
    is_document = word(data, "typeMessage") == "documentMessage"
    named = Media(
        kind=telling.kind_of(content_type),
        ref=word(file, "downloadUrl"),
        # Of other kinds the name is made up.
        name=clean_name(word(file, "fileName")) if is_document else "",
        content_type=content_type,
    )
    return (named,)


def _notes(data: Shape) -> list[str]:
    tell = _TOLD.get(word(data, "typeMessage"))
    forwarded = any(
        part(data, name).get("isForwarded") is True for name in ("fileMessageData", "extendedTextMessageData")
    )
    return [telling.forward_told() if forwarded else "", tell(data) if tell else _pressed(data)]


def _pressed(data: Shape) -> str:
    if not (answer := _ANSWERS.get(word(data, "typeMessage"))):
        return ""
    name, words, pressed = answer
    return pressed_note(word(part(data, name), pressed), words=word(part(data, name), words))


def _place(data: Shape) -> str:
    place = part(data, "locationMessageData")
    return telling.place_told(
        latitude=decimal(place, "latitude"),
        longitude=decimal(place, "longitude"),
        words=(word(place, "nameLocation"), word(place, "address")),
    )


def _contacts(data: Shape) -> str:
    listed = parts(data, "contacts") or parts(part(data, "contactsArrayMessageData"), "contacts")
    return " ".join(_card(card) for card in [part(data, "contactMessageData"), *listed][:6] if card)


def _card(card: Shape) -> str:
    phones = [phone.strip() for phone in _TEL.findall(word(card, "vcard"))[:3]]
    return telling.card_told(word(card, "displayName"), phones)


def _poll(data: Shape) -> str:
    return _("[poll: %(question)s]") % {"question": word(part(data, "pollMessageData"), "name")}


_TOLD: Mapping[str, Callable[[Shape], str]] = {
    "locationMessage": _place,
    "contactMessage": _contacts,
    "contactsArrayMessage": _contacts,
    "pollMessage": _poll,
}


def _unread_told() -> str:
    return _("[a message that did not come through: open WhatsApp on the phone to read it]")


def _reply_to(data: Shape) -> str:
    answered = _ANSWERS.get(word(data, "typeMessage"))
    holder = part(data, answered[0]) if answered else part(data, "quotedMessage")
    return (word(holder, "stanzaId") or word(part(data, "quotedMessage"), "stanzaId"))[:200]
