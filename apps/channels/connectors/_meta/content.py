"""What a message consists of beside its text: files, and what can only be told in a note.

https://developers.facebook.com/docs/messenger-platform/reference/webhook-events/messages
https://developers.facebook.com/docs/instagram-platform/webhooks/examples
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from django.utils.translation import gettext as _

from apps.channels.buttons import pressed_note
from apps.channels.contract import Media, MediaKind
from apps.channels.shapes import Shape, decimal, part, parts, word
from apps.core.text import clean_name, shorten

_FILES: Mapping[str, MediaKind] = {
    "image": MediaKind.IMAGE,
    "video": MediaKind.VIDEO,
    # Clients record these in the app; a sound file comes as «file».
    "audio": MediaKind.VOICE,
    "file": MediaKind.DOCUMENT,
    "sticker": MediaKind.STICKER,
    "reel": MediaKind.VIDEO,
    "ig_reel": MediaKind.VIDEO,
    "ig_post": MediaKind.IMAGE,
    "ig_story": MediaKind.IMAGE,
    "story_mention": MediaKind.IMAGE,
}
_TITLE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    media: tuple[Media, ...] = ()
    notes: tuple[str, ...] = ()


def read(message: Shape, *, app: str) -> Content:
    """`app` is where people see what cannot be told here."""
    attachments = parts(message, "attachments")
    story = part(part(message, "reply_to"), "story")
    notes = [_note(one, app) for one in attachments]
    files = [_file(one) for one in attachments]
    if story:
        notes.append(_("[an answer to your story]"))
        files.append(_media(MediaKind.IMAGE, word(story, "url")))
    notes.append(button_note(word(part(message, "quick_reply"), "payload"), words=word(message, "text")))
    if message.get("is_unsupported") is True and not any(files):
        notes.append(unseen(app))
    return Content(media=_once(files), notes=tuple(note for note in notes if note))


def button_note(data: str, *, words: str) -> str:
    return pressed_note(data if data == words else shorten(data, _TITLE), words=words)


def unseen(app: str) -> str:
    return _("[something that can only be seen in %(app)s itself]") % {"app": app}


def _file(attachment: Shape) -> Media | None:
    kind = _FILES.get(word(attachment, "type"))
    payload = part(attachment, "payload")
    if kind is MediaKind.IMAGE and payload.get("sticker_id"):
        kind = MediaKind.STICKER
    url = word(payload, "url")
    return _media(kind, url, name=_name(url) if kind is MediaKind.DOCUMENT else "") if kind else None


def _media(kind: MediaKind, url: str, *, name: str = "") -> Media | None:
    return Media(kind=kind, ref=url, name=name) if url.startswith(("https://", "http://")) else None


def _name(url: str) -> str:
    """Meta names files in their addresses only."""
    try:
        return clean_name(unquote(urlsplit(url).path).rpartition("/")[2])
    except ValueError:
        return ""


def _once(files: Iterable[Media | None]) -> tuple[Media, ...]:
    """A sticker used to come as an image of the same address, too: the last one counts."""
    return tuple({file.ref: file for file in files if file}.values())


def _note(attachment: Shape, app: str) -> str:
    kind = word(attachment, "type")
    if told := _NOTES.get(kind):
        return told(attachment)
    return "" if kind in _FILES and _file(attachment) else unseen(app)


def _title(attachment: Shape) -> str:
    payload = part(attachment, "payload")
    title = word(attachment, "title") or word(payload, "title")
    link = word(attachment, "url") or word(attachment, "URL") or word(payload, "url")
    return shorten(title, _TITLE) or shorten(link, _TITLE)


def _link(attachment: Shape) -> str:
    words = [word(attachment, "title"), word(attachment, "url") or word(part(attachment, "payload"), "url")]
    return _("[link: %(link)s]") % {"link": shorten(" ".join(filter(None, words)), 2 * _TITLE)}


def _post(attachment: Shape) -> str:
    return _("[shared post: %(title)s]") % {"title": _own_title(attachment)}


def _reel(attachment: Shape) -> str:
    return _("[shared reel: %(title)s]") % {"title": _own_title(attachment)}


def _own_title(attachment: Shape) -> str:
    return shorten(word(part(attachment, "payload"), "title"), _TITLE) or "…"


def _story(attachment: Shape) -> str:
    return _("[a story]")


def _mention(attachment: Shape) -> str:
    return _("[mentioned you in a story]")


def _template(attachment: Shape) -> str:
    elements = parts(part(part(attachment, "payload"), "generic"), "elements")
    title = _title(attachment) or next((word(one, "title") for one in elements), "")
    return _("[card: %(title)s]") % {"title": shorten(title, _TITLE) or "…"}


def _location(attachment: Shape) -> str:
    place = part(part(attachment, "payload"), "coordinates")
    latitude, longitude = decimal(place, "lat"), decimal(place, "long")
    if latitude is None or longitude is None:
        return _("[link: %(link)s]") % {"link": _title(attachment)}
    return _("[location: %(latitude).6f, %(longitude).6f]") % {"latitude": latitude, "longitude": longitude}


_NOTES: Mapping[str, Callable[[Shape], str]] = {
    "fallback": _link,
    "share": _link,
    "ig_post": _post,
    "reel": _reel,
    "ig_reel": _reel,
    "ig_story": _story,
    "story_mention": _mention,
    "template": _template,
    "location": _location,
}
