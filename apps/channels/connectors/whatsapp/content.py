"""What a message consists of: text, a file, and all that can only be told in a note."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from apps.channels.buttons import pressed_note
from apps.channels.connectors.whatsapp import telling
from apps.channels.contract import Media, MediaKind
from apps.channels.shapes import Shape, as_words, decimal, number, part, parts, word
from apps.core.text import clean_name

_FILES: Mapping[str, MediaKind] = {
    "image": MediaKind.IMAGE,
    "audio": MediaKind.AUDIO,
    "video": MediaKind.VIDEO,
    "document": MediaKind.DOCUMENT,
    "sticker": MediaKind.STICKER,
}
_REPLIES = ("button_reply", "list_reply")


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    text: str
    media: tuple[Media, ...]
    notes: tuple[str, ...]


def read(message: Shape) -> Content:
    """Never empty: what nobody knows yet is a note that says so, for a client did write something."""
    text, media = text_of(message), _media(message)
    tell = _NOTES.get(word(message, "type"))
    told = tell(message) if tell else ""
    if not text and not media and not told:
        told = telling.unseen_told()
    return Content(text=text, media=media, notes=tuple(filter(None, (*_around(message), told))))


def text_of(message: Shape) -> str:
    """The words, wherever this kind of message has them."""
    kind = word(message, "type")
    if kind in _FILES:
        return word(part(message, kind), "caption")
    if kind == "interactive":
        return _chosen(part(message, "interactive"))
    if kind == "button":
        return word(part(message, "button"), "text")
    if kind == "order":
        return word(part(message, "order"), "text")
    return word(part(message, "text"), "body")


def _chosen(interactive: Shape) -> str:
    for name in _REPLIES:
        if title := word(part(interactive, name), "title"):
            return title
    return word(part(interactive, "nfm_reply"), "body")


def _media(message: Shape) -> tuple[Media, ...]:
    name = word(message, "type")
    found = part(message, name)
    if name not in _FILES or not word(found, "id"):
        return ()
    is_voice = name == "audio" and found.get("voice") is True
    file = Media(
        kind=MediaKind.VOICE if is_voice else _FILES[name],
        ref=word(found, "id"),
        name=clean_name(word(found, "filename")),
        content_type=telling.bare_type(word(found, "mime_type")),
        size=number(found, "file_size"),
    )
    return (file,)


def _interactive(message: Shape) -> str:
    interactive = part(message, "interactive")
    if form := word(part(interactive, "nfm_reply"), "response_json"):
        return _("[form: %(data)s]") % {"data": as_words(form)}
    replies = [part(interactive, name) for name in _REPLIES]
    pressed = next((reply for reply in replies if word(reply, "id")), {})
    return pressed_note(word(pressed, "id"), words=word(pressed, "title"))


def _button(message: Shape) -> str:
    button = part(message, "button")
    return pressed_note(word(button, "payload"), words=word(button, "text"))


def _location(message: Shape) -> str:
    place = part(message, "location")
    return telling.place_told(
        latitude=decimal(place, "latitude"),
        longitude=decimal(place, "longitude"),
        words=(word(place, "name"), word(place, "address")),
    )


def _contacts(message: Shape) -> str:
    return " ".join(_card(contact) for contact in parts(message, "contacts")[:5])


def _card(contact: Shape) -> str:
    name = word(part(contact, "name"), "formatted_name")
    phones = [word(phone, "phone") for phone in parts(contact, "phones")]
    return telling.card_told(name, phones)


def _order(message: Shape) -> str:
    """https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages/order"""
    goods = [_position(item) for item in parts(part(message, "order"), "product_items")]
    return _("[order: %(goods)s]") % {"goods": "; ".join(goods)}


def _position(item: Shape) -> str:
    price = item.get("item_price")
    cost = f" × {price} {word(item, 'currency')}".rstrip() if type(price) in (int, float) else ""
    return f"{word(item, 'product_retailer_id')} — {number(item, 'quantity') or 1}{cost}"


_NOTES: Mapping[str, Callable[[Shape], str]] = {
    "interactive": _interactive,
    "button": _button,
    "location": _location,
    "contacts": _contacts,
    "order": _order,
}


def _around(message: Shape) -> tuple[str, ...]:
    """What came along with the words: forwarded from elsewhere, asked about a product, led by an ad."""
    context, headline = part(message, "context"), word(part(message, "referral"), "headline")
    product = word(part(context, "referred_product"), "product_retailer_id")
    forwarded = context.get("forwarded") is True or context.get("frequently_forwarded") is True
    return (
        telling.forward_told() if forwarded else "",
        _("[about the product: %(product)s]") % {"product": product} if product else "",
        _("[from the advertisement: %(headline)s]") % {"headline": headline} if headline else "",
    )
