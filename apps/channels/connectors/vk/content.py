"""What a message consists of beside its text. https://dev.vk.com/ru/reference/objects/attachments-message"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from apps.channels.buttons import pressed_note
from apps.channels.connectors.vk import keyboard
from apps.channels.contract import Media, MediaKind
from apps.channels.shapes import Shape, as_words, decimal, number, part, parts, word
from apps.core.text import clean_name, shorten

PAYLOAD = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    media: tuple[Media, ...]
    notes: tuple[str, ...]


def read(message: Shape) -> Content | None:
    """None where there is nothing that a person could read."""
    media: list[Media] = []
    notes = [*_forwarded(message), *_pressed(message.get("payload"), word(message, "text"))]
    for attachment in parts(message, "attachments"):
        file, note = _attached(attachment)
        media += [file] if file else []
        notes += [note] if note else []
    notes += _place(message)
    if message.get("is_cropped") is True:
        notes.append(_("[the message is long: VK sent only a part of it]"))
    if not media and not notes and not word(message, "text"):
        return None
    return Content(media=tuple(media), notes=tuple(notes))


def button_note(payload: Any, *, words: str = "") -> str:
    """A button's payload is whatever the community's keyboard put there."""
    return pressed_note(shorten(clean_name(as_words(payload), limit=None), PAYLOAD), words=words)


def _pressed(payload: Any, text: str) -> list[str]:
    if payload in (None, "", {}, []) or keyboard.is_ours(payload, text):
        return []
    return [button_note(payload, words=text)]


def _attached(attachment: Shape) -> tuple[Media | None, str]:
    """The file, or what is said instead of one."""
    kind = word(attachment, "type")
    found = part(attachment, kind)
    read_file = _FILES.get(kind)
    file = read_file(found) if read_file else None
    if file is not None:
        return file, _sticker_note() if kind == "sticker" else ""
    tell = _NOTES.get(kind)
    return None, tell(found) if tell else _unseen(found)


def _photo(photo: Shape) -> Media | None:
    sizes = [one for one in parts(photo, "sizes") if word(one, "url")]
    original = part(photo, "orig_photo")
    sizes += [original] if word(original, "url") else []
    if not sizes:
        return None
    largest = max(sizes, key=lambda one: (number(one, "width") or 0) * (number(one, "height") or 0))
    return Media(kind=MediaKind.IMAGE, ref=word(largest, "url"), content_type="image/jpeg")


def _voice(voice: Shape) -> Media | None:
    ogg, mp3 = word(voice, "link_ogg"), word(voice, "link_mp3")
    if not (ogg or mp3):
        return None
    return Media(
        kind=MediaKind.VOICE,
        ref=ogg or mp3,
        content_type="audio/ogg" if ogg else "audio/mpeg",
        seconds=number(voice, "duration"),
        transcript=word(voice, "transcript") or None,
    )


def _document(doc: Shape) -> Media | None:
    url = word(doc, "url")
    if not url:
        return None
    # Animations are documents as well; what VK calls a type, a file's ending tells better.
    return Media(
        kind=MediaKind.DOCUMENT, ref=url, name=clean_name(word(doc, "title")), size=number(doc, "size")
    )


def _audio(audio: Shape) -> Media | None:
    """VK mostly keeps a track's address to itself."""
    url = word(audio, "url")
    if not url:
        return None
    return Media(
        kind=MediaKind.AUDIO,
        ref=url,
        name=clean_name(f"{word(audio, 'artist')} — {word(audio, 'title')}"),
        content_type="audio/mpeg",
        seconds=number(audio, "duration"),
    )


def _sticker(sticker: Shape) -> Media | None:
    images = [one for one in parts(sticker, "images") if word(one, "url")]
    if not images:
        return None
    fitting = max(images, key=lambda one: number(one, "width") or 0)
    return Media(kind=MediaKind.STICKER, ref=word(fitting, "url"), content_type="image/png")


def _graffiti(drawing: Shape) -> Media | None:
    url = word(drawing, "url")
    return Media(kind=MediaKind.IMAGE, ref=url, content_type="image/png") if url else None


_FILES: Mapping[str, Callable[[Shape], Media | None]] = {
    "photo": _photo,
    "audio_message": _voice,
    "doc": _document,
    "audio": _audio,
    "sticker": _sticker,
    "graffiti": _graffiti,
}


def _sticker_note() -> str:
    return _("[sticker]")


def _track(audio: Shape) -> str:
    name = " — ".join(filter(None, (word(audio, "artist"), word(audio, "title"))))
    return _("[audio: %(name)s]") % {"name": clean_name(name)}


def _video(video: Shape) -> str:
    return _("[video: %(name)s, vk.com/video%(owner)s_%(id)s]") % {
        "name": clean_name(word(video, "title")) or "—",
        **_numbered(video),
    }


def _link(link: Shape) -> str:
    words = " ".join(filter(None, (clean_name(word(link, "title")), word(link, "url"))))
    return _("[link: %(words)s]") % {"words": words}


def _goods(goods: Shape) -> str:
    price = clean_name(word(part(goods, "price"), "text"))
    words = ", ".join(filter(None, (clean_name(word(goods, "title")), price)))
    return _("[goods: %(words)s]") % {"words": words}


def _post(post: Shape) -> str:
    return _("[post: %(words)s vk.com/wall%(owner)s_%(id)s]") % {
        "words": shorten(word(post, "text"), 100),
        **_numbered(post, owner="from_id" if post.get("owner_id") is None else "owner_id"),
    }


def _call(call: Shape) -> str:
    return _("[call]")


def _story(story: Shape) -> str:
    return _("[answer to a story]")


def _unseen(found: Shape) -> str:
    return _("[something that can only be seen in VK itself]")


_NOTES: Mapping[str, Callable[[Shape], str]] = {
    "audio": _track,
    "video": _video,
    "link": _link,
    "market": _goods,
    "wall": _post,
    "call": _call,
    "story": _story,
}


def _numbered(found: Shape, *, owner: str = "owner_id") -> dict[str, str]:
    """Ids for an address; an owner may be negative."""
    values = {"owner": found.get(owner), "id": found.get("id")}
    return {name: str(value) if isinstance(value, int) else "" for name, value in values.items()}


def _place(message: Shape) -> list[str]:
    geo = part(message, "geo")
    point = part(geo, "coordinates")
    latitude, longitude = decimal(point, "latitude"), decimal(point, "longitude")
    if latitude is None or longitude is None:
        return []
    where = _("[location: %(latitude).6f, %(longitude).6f]") % {"latitude": latitude, "longitude": longitude}
    title = clean_name(word(part(geo, "place"), "title"))
    return [where, _("[place: %(place)s]") % {"place": title}] if title else [where]


def _forwarded(message: Shape) -> list[str]:
    """Forwarded messages are the client's evidence: their words are shown, whoever wrote them."""
    found = parts(message, "fwd_messages")
    if not found:
        return []
    said = "; ".join(filter(None, (shorten(word(one, "text"), 150) for one in found)))
    return [_("[forwarded: %(words)s]") % {"words": said} if said else _("[forwarded]")]
