"""What a message of Bird's consists of: its words, its files, and what a note tells.

https://docs.bird.com/api/channels-api/supported-channels/programmable-whatsapp/receiving-messages
"""

from dataclasses import dataclass

from apps.channels.buttons import pressed_note
from apps.channels.connectors.whatsapp import telling
from apps.channels.contract import Media
from apps.channels.shapes import Shape, decimal, number, part, parts, word
from apps.core.text import clean_name

# Body type → its list of files.
_FILES = {"image": "images", "file": "files"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    text: str
    media: tuple[Media, ...]
    note: str


def read(message: Shape) -> Content:
    """Never empty: a client did write something."""
    body = part(message, "body")
    kind = word(body, "type")
    inner = part(body, kind)
    text, media = word(inner, "text"), tuple(_file(kind, one) for one in _named(kind, inner))
    note = _place(inner) if kind == "location" else _pressed(inner, text)
    if not (text or media or note):
        note = telling.unseen_told()
    return Content(text=text, media=media, note=note)


def _named(kind: str, inner: Shape) -> list[Shape]:
    return [one for one in parts(inner, _FILES.get(kind, "")) if word(one, "mediaUrl")]


def _file(kind: str, one: Shape) -> Media:
    content_type = telling.bare_type(word(one, "contentType")) or ("image/jpeg" if kind == "image" else "")
    return Media(
        kind=telling.kind_of(content_type),
        ref=word(one, "mediaUrl"),
        name=clean_name(word(one, "filename")),
        content_type=content_type,
        size=number(one, "size"),
    )


def _place(inner: Shape) -> str:
    coordinates, place = part(inner, "coordinates"), part(inner, "location")
    return telling.place_told(
        latitude=decimal(coordinates, "latitude"),
        longitude=decimal(coordinates, "longitude"),
        words=(word(place, "label"), word(place, "address")),
    )


def _pressed(inner: Shape, text: str) -> str:
    """A button's answer brings what was pressed as an action."""
    payloads = (word(part(one, "postback"), "payload") for one in parts(inner, "actions"))
    pressed = next(filter(None, payloads), "")
    return pressed_note(pressed, words=text)
