"""What a message consists of beside its text: files, and all that can only be told in a note.

https://dev.max.ru/docs-api/objects/Message
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from apps.channels.connectors.max.files import VIDEO
from apps.channels.contract import Media, MediaKind
from apps.channels.shapes import Shape, decimal, number, part, parts, word
from apps.core.text import clean_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    text: str
    media: tuple[Media, ...]
    notes: tuple[str, ...]
    own_phone: str = ""

    @property
    def is_empty(self) -> bool:
        return not (self.text.strip() or self.media or self.notes)


def read(message: Shape) -> Content:
    """A forwarded message counts as said by whoever forwards it, with a note of whose words it is."""
    body, link = part(message, "body"), part(message, "link")
    forwarded = part(link, "message") if link.get("type") == "forward" else {}
    text = "\n".join(filter(None, (word(body, "text"), word(forwarded, "text"))))
    attached = [*parts(body, "attachments"), *parts(forwarded, "attachments")]
    found = [_read(one, text) for one in attached]
    return Content(
        text=text,
        media=tuple(media for _note, media in found if media is not None),
        notes=(*_forwarded(link), *(note for note, _media in found if note)),
        own_phone=_own_phone(message),
    )


def text_of(message: Shape) -> str:
    return read(message).text


def keyboards(message: Shape) -> list[Shape]:
    attached = parts(part(message, "body"), "attachments")
    return [one for one in attached if word(one, "type") == "inline_keyboard"]


def started_note() -> str:
    return _("[the client pressed «Start»]")


def _read(attached: Shape, text: str) -> tuple[str, Media | None]:
    """A note, a file, or both. Of a kind that nobody knows yet there is at least a note."""
    kind = word(attached, "type")
    if kind == "inline_keyboard":
        return "", None
    if kind == "share":
        return _share(attached, text), None
    if tell := _NOTES.get(kind):
        return tell(attached), None
    media = _FILES[kind](attached) if kind in _FILES else None
    if media is None:
        return _("[something that can only be seen in MAX itself]"), None
    return (_("[sticker]") if kind == "sticker" else ""), media


def _image(attached: Shape) -> Media | None:
    return _file(attached, MediaKind.IMAGE)


def _sticker(attached: Shape) -> Media | None:
    return _file(attached, MediaKind.STICKER)


def _audio(attached: Shape) -> Media | None:
    """What was recorded for this chat; music comes as a file. MAX writes down itself what is said in it."""
    return _file(attached, MediaKind.VOICE, transcript=word(attached, "transcription").strip() or None)


def _document(attached: Shape) -> Media | None:
    return _file(attached, MediaKind.DOCUMENT)


def _video(attached: Shape) -> Media | None:
    token = word(part(attached, "payload"), "token")
    return _file(attached, MediaKind.VIDEO, ref=f"{VIDEO}{token}" if token else "")


def _file(attached: Shape, kind: MediaKind, *, ref: str = "", transcript: str | None = None) -> Media | None:
    ref = ref or word(part(attached, "payload"), "url")
    if not ref:
        return None
    return Media(
        kind=kind,
        ref=ref,
        name=clean_name(word(attached, "filename")),
        size=number(attached, "size"),
        seconds=number(attached, "duration"),
        transcript=transcript,
    )


_FILES: Mapping[str, Callable[[Shape], Media | None]] = {
    "image": _image,
    "video": _video,
    "audio": _audio,
    "file": _document,
    "sticker": _sticker,
}


def _contact(attached: Shape) -> str:
    payload = part(attached, "payload")
    person, card = part(payload, "max_info"), word(payload, "vcf_info")
    name = f"{word(person, 'first_name')} {word(person, 'last_name')}".strip() or _vcf(card, "FN")
    words = clean_name(f"{name} {_vcf(card, 'TEL')}")
    return _("[contact: %(card)s]") % {"card": words}


def _location(attached: Shape) -> str:
    latitude, longitude = decimal(attached, "latitude"), decimal(attached, "longitude")
    if latitude is None or longitude is None:
        return ""
    return _("[location: %(latitude).6f, %(longitude).6f]") % {"latitude": latitude, "longitude": longitude}


_NOTES: Mapping[str, Callable[[Shape], str]] = {"contact": _contact, "location": _location}


def _share(attached: Shape, text: str) -> str:
    """A link's preview; what the text says already is not said twice."""
    url = word(part(attached, "payload"), "url")
    title = word(attached, "title") or word(attached, "description")
    words = clean_name(" ".join(filter(None, (title, "" if url in text else url))))
    return _("[link: %(link)s]") % {"link": words} if words else ""


def _own_phone(message: Shape) -> str:
    """The sender's own contact, sent by a button that asks for it, is their number; any other is just words.

    MAX signs such a contact (`hash`) and names whose it is.
    """
    user = part(message, "sender").get("user_id")
    for attached in parts(part(message, "body"), "attachments"):
        payload = part(attached, "payload")
        is_own = user is not None and part(payload, "max_info").get("user_id") == user
        if word(attached, "type") == "contact" and is_own and word(payload, "hash"):
            digits = "".join(sign for sign in _vcf(word(payload, "vcf_info"), "TEL") if sign in "0123456789")
            return f"+{digits}" if 5 <= len(digits) <= 15 else ""
    return ""


def _vcf(card: str, name: str) -> str:
    """The first value of a vCard's property: `TEL;TYPE=cell:79001234567`."""
    for line in card.splitlines():
        head, _colon, value = line.partition(":")
        if head.partition(";")[0].strip().upper() == name:
            return value.strip()
    return ""


def _forwarded(link: Shape) -> tuple[str, ...]:
    if link.get("type") != "forward":
        return ()
    sender = part(link, "sender")
    name = clean_name(f"{word(sender, 'first_name')} {word(sender, 'last_name')}")
    return (_("[forwarded from %(name)s]") % {"name": name} if name else _("[forwarded]"),)
