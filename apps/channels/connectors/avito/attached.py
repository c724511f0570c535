"""What a normalised message holds beside its text: its `media`, and what only Avito's own content tells.

The server's form has voice, pictures, videos and documents. Places, links, listings and calls are flattened
there; they are read from the original webhook that comes along in `meta.raw`.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from apps.channels.connectors.avito import content
from apps.channels.connectors.avito.ids import as_key
from apps.channels.contract import Media, MediaKind
from apps.channels.shapes import Shape, number, part, word
from apps.core.text import clean_name

MOST_FILES = 30
_LONGEST_LINK = 4000


def files(media: Shape, held: Shape) -> tuple[Media, ...]:
    """All that has an address to fetch it from. Pictures are the original's where `media` has none."""
    found = [
        *_voice(media, held),
        *_listed(media, MediaKind.IMAGE, "images", "image"),
        *_listed(media, MediaKind.VIDEO, "videos", "video"),
        *_listed(media, MediaKind.DOCUMENT, "documents", "document"),
    ]
    if not any(one.kind is MediaKind.IMAGE for one in found):
        found += _listed(held, MediaKind.IMAGE, "images", "image")
    return tuple(found[:MOST_FILES])


def notes(kind: str, media: Shape, held: Shape, got: tuple[Media, ...]) -> list[str]:
    """For the operator: what is no text and no file, and the files that did not come along."""
    told = content.read(kind, held).note if kind in content.TOLD else ""
    kinds = {one.kind for one in got}
    missing = [
        say() for wanted, say in _MISSING.items() if wanted not in kinds and _is_promised(wanted, kind, media)
    ]
    return [told, *missing] if told else missing


def link(value: Any) -> str:
    """An address to fetch a file from; whether it may be called is the door's to judge."""
    text = value.strip() if isinstance(value, str) else ""
    fits = text.isascii() and text.isprintable() and " " not in text and len(text) <= _LONGEST_LINK
    return text if fits and text.lower().startswith(("http://", "https://")) else ""


def _voice(media: Shape, held: Shape) -> Iterator[Media]:
    """By its address, else by its id: whoever talks to Avito directly can still ask for the address."""
    own = part(held, "voice")
    addresses = (link(media.get("voice_url")), link(own.get("url")), link(own.get("voice_url")))
    if ref := next(filter(None, addresses), "") or as_key(own.get("voice_id")):
        yield Media(
            kind=MediaKind.VOICE,
            ref=ref,
            content_type="audio/mp4",  # Avito's are Opus in an MP4
            seconds=number(own, "duration"),
            transcript=word(media, "voice_transcribed_text") or None,
        )


def _listed(shape: Shape, kind: MediaKind, many: str, one: str) -> Iterator[Media]:
    """`images: [{"url"}]` as the specification has it, bare addresses, a single `image`, Avito's `sizes`."""
    listed = shape.get(many)
    single = shape.get(one, shape.get(f"{one}_url"))
    entries = listed if isinstance(listed, list) and listed else [single]
    for entry in entries:
        if address := link(entry) or (_address(entry) if isinstance(entry, dict) else ""):
            about: Shape = entry if isinstance(entry, dict) else {}
            yield Media(
                kind=kind,
                ref=address,
                name=clean_name(word(about, "name") or word(about, "file_name")),
                content_type=clean_name(word(about, "content_type") or word(about, "mime_type"), limit=100),
                size=number(about, "size"),
            )


def _address(entry: Shape) -> str:
    direct = (link(entry.get(name)) for name in ("url", "link", "href"))
    return next((one for one in direct if one), "") or _largest(part(entry, "sizes"))


def _largest(sizes: Shape) -> str:
    """`{"1280x960": address}`: the picture with the most points."""
    return max(((_points(name), link(address)) for name, address in sizes.items()), default=(0, ""))[1]


def _points(size: str) -> int:
    width, _by, height = size.partition("x")
    fits = all(one.isascii() and one.isdecimal() and len(one) < 7 for one in (width, height))
    return int(width) * int(height) if fits else 0


_MISSING: Mapping[MediaKind, Callable[[], str]] = {
    MediaKind.VOICE: lambda: _("[voice message that did not come along: listen to it in Avito]"),
    MediaKind.IMAGE: lambda: _("[picture that did not come along: see it in Avito]"),
    MediaKind.VIDEO: lambda: _("[video that Avito does not hand out: ask the client for a photo or a text]"),
    MediaKind.DOCUMENT: lambda: _(
        "[file that Avito does not hand out: ask the client for a photo or a text]"
    ),
}
_PROMISES: Mapping[MediaKind, tuple[str, frozenset[str]]] = {
    MediaKind.VOICE: ("has_voice", frozenset({"voice"})),
    MediaKind.IMAGE: ("has_images", frozenset({"image"})),
    MediaKind.VIDEO: ("has_video", frozenset({"video"})),
    MediaKind.DOCUMENT: ("has_document", frozenset({"file", "document"})),
}


def _is_promised(wanted: MediaKind, kind: str, media: Shape) -> bool:
    flag, kinds = _PROMISES[wanted]
    return media.get(flag) is True or kind in kinds
