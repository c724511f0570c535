"""What Avito's own message holds, by its type: text, files, and all that can only be told in a note."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from apps.channels.contract import Media, MediaKind
from apps.channels.shapes import Shape, decimal, part, word
from apps.core.text import clean_name

# Kinds that are neither words nor files.
TOLD = frozenset({"location", "link", "item", "call", "appcall", "app_call"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    text: str = ""
    media: tuple[Media, ...] = ()
    note: str = ""


def read(kind: str, content: Shape) -> Content:
    """Whatever is of a kind nobody knows yet, or empty, is a note that says so."""
    reader = _READERS.get(kind.lower())
    found = reader(content) if reader else None
    if found is None or not (found.text.strip() or found.media or found.note):
        return Content(note=_("[something that can only be seen in Avito itself]"))
    return found


def _text(content: Shape) -> Content:
    return Content(text=word(content, "text"))


def _image(content: Shape) -> Content:
    sizes = part(part(content, "image"), "sizes")
    address = word(sizes, max(sizes, key=_area)) if sizes else ""
    if not address:
        return Content()
    return Content(media=(Media(kind=MediaKind.IMAGE, ref=address, content_type="image/jpeg"),))


def _area(size: str) -> int:
    """Of «1280x960»."""
    width, _x, height = size.partition("x")
    known = all(side.isascii() and side.isdecimal() and len(side) < 6 for side in (width, height))
    return int(width) * int(height) if known else 0


def _voice(content: Shape) -> Content:
    """Opus in MP4. Its address lives an hour, so the id is kept, and the address asked for when fetched."""
    voice = word(part(content, "voice"), "voice_id")
    if not voice:
        return Content()
    return Content(media=(Media(kind=MediaKind.VOICE, ref=voice, content_type="audio/mp4"),))


def _link(content: Shape) -> Content:
    link = part(content, "link")
    preview = part(link, "preview")
    address = word(link, "url") or word(preview, "url")
    about = _joined(word(preview, "title"), word(preview, "description"))
    return Content(
        text=word(link, "text") or address,
        note=_("[link: %(about)s]") % {"about": about} if about else "",
    )


def _item(content: Shape) -> Content:
    item = part(content, "item")
    return Content(note=advertisement(item, url=word(item, "item_url")))


def advertisement(item: Shape, *, url: str) -> str:
    """Of a message that shows it, or of a chat that is about it: Avito writes both alike but for `url`."""
    about = _joined(word(item, "title"), word(item, "price_string"), url)
    return _("[advertisement: %(about)s]") % {"about": about} if about else ""


def _location(content: Shape) -> Content:
    place = part(content, "location")
    latitude, longitude = decimal(place, "lat"), decimal(place, "lon")
    point = "" if latitude is None or longitude is None else f"{latitude:.6f}, {longitude:.6f}"
    about = _joined(word(place, "title"), word(place, "text"), point)
    return Content(note=_("[location: %(about)s]") % {"about": about} if about else "")


def _call(content: Shape) -> Content:
    if word(part(content, "call"), "status") == "missed":
        return Content(note=_("[missed call]"))
    return Content(note=_("[call]"))


def _not_handed_out(what: str) -> str:
    return _("[%(what)s: Avito does not hand it out. Ask the client for a photo or a text.]") % {"what": what}


def _video(content: Shape) -> Content:
    return Content(note=_not_handed_out(_("video")))


def _file(content: Shape) -> Content:
    return Content(note=_not_handed_out(_("file")))


def _app_call(content: Shape) -> Content:
    return Content(note=_("[call in the Avito application]"))


def _joined(*words: str) -> str:
    return ", ".join(filter(None, (clean_name(one, limit=300) for one in words)))


_READERS: Mapping[str, Callable[[Shape], Content]] = {
    "text": _text,
    "image": _image,
    "voice": _voice,
    "link": _link,
    "item": _item,
    "location": _location,
    "call": _call,
    "appcall": _app_call,
    "app_call": _app_call,
    "video": _video,
    "file": _file,
}
