"""What every provider's messages have in common, however each writes it: who wrote, and what a note says."""

import re
from collections.abc import Iterable

from django.utils.translation import gettext as _

from apps.channels.contract import MediaKind, Sender
from apps.channels.shapes import unexpected
from apps.core.text import clean_name

NOTE = 500
_LONGEST_ID = 200


def client_of(address: str, *, name: str = "") -> Sender:
    """`address` is a phone in digits, or another id of WhatsApp's where the client hides it."""
    address = address.strip().removeprefix("+")
    if not address or len(address) > _LONGEST_ID:
        raise unexpected()
    return Sender(
        external_user_id=address,
        external_chat_id=address,
        name=clean_name(name),
        phone=f"+{address}" if re.fullmatch(r"[0-9]{5,15}", address) else "",
    )


def known_id(value: str) -> str:
    """An id as it is stored. Without it an item says nothing: Rejected."""
    if not (value := value.strip()) or len(value) > _LONGEST_ID:
        raise unexpected()
    return value


def kind_of(content_type: str) -> MediaKind:
    """WhatsApp writes voice messages as Ogg and stickers as WebP, and nothing else so."""
    special = {"audio/ogg": MediaKind.VOICE, "image/webp": MediaKind.STICKER}
    plain = {"image": MediaKind.IMAGE, "audio": MediaKind.AUDIO, "video": MediaKind.VIDEO}
    family = content_type.partition("/")[0]
    return special.get(content_type) or plain.get(family, MediaKind.DOCUMENT)


def bare_type(content_type: str) -> str:
    """`audio/ogg; codecs=opus`: the kind alone is what files are kept under."""
    return clean_name(content_type.partition(";")[0], limit=100).lower()


def place_told(*, latitude: float | None, longitude: float | None, words: Iterable[str] = ()) -> str:
    told = []
    if place := ", ".join(filter(None, words)):
        told.append(_("[place: %(place)s]") % {"place": place})
    if latitude is not None and longitude is not None:
        where = {"latitude": latitude, "longitude": longitude}
        told.append(_("[location: %(latitude).6f, %(longitude).6f]") % where)
    return " ".join(told)


def card_told(name: str, phones: Iterable[str]) -> str:
    return _("[contact: %(card)s]") % {"card": " ".join(filter(None, (name, *phones)))}


def forward_told() -> str:
    return _("[forwarded]")


def unseen_told() -> str:
    return _("[something that can only be seen in WhatsApp itself]")
