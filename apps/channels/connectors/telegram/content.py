"""What a message consists of beside its text: files, and all that can only be told in a note."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from apps.channels.contract import Media, MediaKind
from apps.channels.shapes import Shape, as_words, decimal, number, part, word
from apps.core.text import clean_name

# https://core.telegram.org/bots/api#message. An animation comes with a document of the same file beside it.
_FILES: Mapping[str, tuple[MediaKind, str]] = {
    "voice": (MediaKind.VOICE, "audio/ogg"),
    "audio": (MediaKind.AUDIO, "audio/mpeg"),
    "video": (MediaKind.VIDEO, "video/mp4"),
    "video_note": (MediaKind.VIDEO, "video/mp4"),
    "animation": (MediaKind.VIDEO, "video/mp4"),
    "document": (MediaKind.DOCUMENT, ""),
    "sticker": (MediaKind.STICKER, "image/webp"),
}
_SERVICE = frozenset(
    {
        "new_chat_members",
        "left_chat_member",
        "new_chat_title",
        "new_chat_photo",
        "delete_chat_photo",
        "pinned_message",
        "message_auto_delete_timer_changed",
        "write_access_allowed",
        "users_shared",
        "chat_shared",
        "connected_website",
        "passport_data",
        "proximity_alert_triggered",
        "boost_added",
        "chat_background_set",
        "successful_payment",
        "refunded_payment",
        "invoice",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    media: tuple[Media, ...]
    notes: tuple[str, ...]
    own_phone: str = ""


def read(message: Shape) -> Content | None:
    """None where there is nothing that a person could read."""
    media = _media(message)
    notes = tuple(
        tell(message) for name, tell in _NOTES.items() if isinstance(message.get(name), (dict, list))
    )
    if not media and not notes and not (word(message, "text") or word(message, "caption")):
        return None
    return Content(
        media=media,
        notes=(*_forwarded(message), *(note for note in notes if note)),
        own_phone=_own_phone(message),
    )


def is_service(message: Shape) -> bool:
    return any(name in message for name in _SERVICE)


def _media(message: Shape) -> tuple[Media, ...]:
    if photo := _largest(message.get("photo")):
        return (_file(photo, MediaKind.IMAGE, "image/jpeg"),)
    for name, (kind, content_type) in _FILES.items():
        found = part(message, name)
        if word(found, "file_id"):
            return (_file(found, kind, _sticker_type(found) if name == "sticker" else content_type),)
    return ()


def _file(found: Shape, kind: MediaKind, content_type: str) -> Media:
    return Media(
        kind=kind,
        ref=word(found, "file_id"),
        name=clean_name(word(found, "file_name")),
        content_type=clean_name(word(found, "mime_type"), limit=100) or content_type,
        size=number(found, "file_size"),
        seconds=number(found, "duration"),
    )


def _largest(sizes: Any) -> Shape | None:
    photos = (
        [one for one in sizes if isinstance(one, dict) and word(one, "file_id")]
        if isinstance(sizes, list)
        else []
    )
    return max(
        photos, key=lambda one: (number(one, "width") or 0) * (number(one, "height") or 0), default=None
    )


def _sticker_type(sticker: Shape) -> str:
    if sticker.get("is_video") is True:
        return "video/webm"
    return "application/x-tgsticker" if sticker.get("is_animated") is True else "image/webp"


def _own_phone(message: Shape) -> str:
    """The sender's own contact card is their number, confirmed by Telegram; any other is just words."""
    contact = part(message, "contact")
    if contact.get("user_id") is None or contact.get("user_id") != part(message, "from").get("id"):
        return ""
    digits = "".join(sign for sign in word(contact, "phone_number") if sign.isascii() and sign.isdigit())
    return f"+{digits}" if 5 <= len(digits) <= 15 else ""


def _contact(message: Shape) -> str:
    card = part(message, "contact")
    words = f"{word(card, 'first_name')} {word(card, 'last_name')} {word(card, 'phone_number')}"
    return _("[contact: %(card)s]") % {"card": " ".join(words.split())}


def _location(message: Shape) -> str:
    place = part(message, "location")
    latitude, longitude = decimal(place, "latitude"), decimal(place, "longitude")
    if latitude is None or longitude is None:
        return ""
    return _("[location: %(latitude).6f, %(longitude).6f]") % {"latitude": latitude, "longitude": longitude}


def _venue(message: Shape) -> str:
    venue = part(message, "venue")
    words = ", ".join(filter(None, (word(venue, "title"), word(venue, "address"))))
    return _("[place: %(place)s]") % {"place": words}


def _poll(message: Shape) -> str:
    return _("[poll: %(question)s]") % {"question": word(part(message, "poll"), "question")}


def _sticker(message: Shape) -> str:
    return _("[sticker %(emoji)s]") % {"emoji": word(part(message, "sticker"), "emoji")}


def _web_app(message: Shape) -> str:
    return _("[form: %(data)s]") % {"data": as_words(word(part(message, "web_app_data"), "data"))}


def _dice(message: Shape) -> str:
    dice = part(message, "dice")
    return f"[{word(dice, 'emoji')} {number(dice, 'value') or ''}]"


def _unseen(message: Shape) -> str:
    return _("[something that can only be seen in Telegram itself]")


_NOTES: Mapping[str, Callable[[Shape], str]] = {
    "contact": _contact,
    "venue": _venue,
    "location": _location,
    "poll": _poll,
    "sticker": _sticker,
    "web_app_data": _web_app,
    "dice": _dice,
    "story": _unseen,
    "game": _unseen,
    "paid_media": _unseen,
    "gift": _unseen,
    "checklist": _unseen,
}


def _forwarded(message: Shape) -> tuple[str, ...]:
    """https://core.telegram.org/bots/api#messageorigin"""
    if not isinstance(message.get("forward_origin"), dict):
        return ()
    origin = part(message, "forward_origin")
    user, chat = part(origin, "sender_user"), part(origin, "sender_chat") or part(origin, "chat")
    name = (
        f"{word(user, 'first_name')} {word(user, 'last_name')}".strip()
        or word(origin, "sender_user_name")
        or word(chat, "title")
    )
    return (_("[forwarded from %(name)s]") % {"name": name} if name else _("[forwarded]"),)
