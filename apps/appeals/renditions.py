"""Beside a stored original: the thumbnail of a picture or a first page, the copy of sound that Safari plays.

The message waits for neither, and what can't be made is no trouble of anybody's: the original is there.
"""

import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO

import structlog

from apps.appeals.models import Attachment, Rendition
from apps.appeals.people import touch
from apps.channels.contract import SOUNDS, MediaKind
from apps.core import thumbnails
from apps.core.audio import M4A, convert, probe
from apps.core.errors import Rejected
from apps.core.files.sniffing import PDF
from apps.core.files.storing import store, stored
from apps.core.thumbnails import Thumbnail
from apps.core.work import Effect

log = structlog.get_logger(__name__)

PICTURES = frozenset({MediaKind.IMAGE, MediaKind.STICKER})
# What every browser plays: by its type, or as codec in its container.
PLAYED_EVERYWHERE = frozenset({"audio/mpeg", "audio/wav", "audio/aac"})
PLAYED_IN_MP4 = frozenset({"aac", "mp3"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    path: str = ""
    content_type: str = ""
    width: int | None = None
    height: int | None = None


def order(attachment: Attachment) -> None:
    """Have one made of a file that has just been stored, where there is anything to make."""
    if _maker(attachment) is not None:
        Rendition.objects.get_or_create(attachment=attachment, defaults={"tenant_id": attachment.tenant_id})


def is_picture(attachment: Attachment) -> bool:
    return attachment.kind in PICTURES or attachment.content_type.startswith("image/")


def is_sound(attachment: Attachment) -> bool:
    return attachment.kind in SOUNDS and attachment.content_type not in PLAYED_EVERYWHERE


def is_paper(attachment: Attachment) -> bool:
    return attachment.content_type == PDF


def _maker(attachment: Attachment) -> Callable[[Attachment, BinaryIO], Made] | None:
    if is_picture(attachment):
        return partial(_thumbnail, small=thumbnails.thumbnail)
    if is_paper(attachment):
        return partial(_thumbnail, small=thumbnails.first_page)
    return _playable if is_sound(attachment) else None


def make(rendition: Rendition) -> Effect:
    """The work behind every rendition. Making it twice leaves one row and at most one orphan file."""
    attachment = rendition.attachment
    maker, made = _maker(attachment), Made()
    try:
        with stored(str(attachment.file.name)) as original:
            made = maker(attachment, original) if maker else made
    except Rejected as error:
        log.info("rendition.none", code=error.code)
    return partial(_keep, rendition, made)


def _thumbnail(
    attachment: Attachment,
    original: BinaryIO,
    *,
    small: Callable[[BinaryIO], AbstractContextManager[Thumbnail]],
) -> Made:
    with small(original) as shown:
        return Made(
            path=store(_path(attachment, thumbnails.SUFFIX), shown.file),
            content_type=thumbnails.CONTENT_TYPE,
            width=shown.width,
            height=shown.height,
        )


def _playable(attachment: Attachment, original: BinaryIO) -> Made:
    sound = probe(original)
    if sound.container == "mp4" and sound.codec in PLAYED_IN_MP4:
        return Made()
    with convert(original, to=M4A) as copy:
        return Made(path=store(_path(attachment, M4A.suffix), copy.file), content_type=M4A.content_type)


def _path(attachment: Attachment, suffix: str) -> str:
    return f"tenants/{attachment.tenant_id}/renditions/{attachment.message_id}/{uuid.uuid4().hex}{suffix}"


def _keep(rendition: Rendition, made: Made) -> None:
    rendition.file.name = made.path
    rendition.content_type, rendition.width, rendition.height = made.content_type, made.width, made.height
    rendition.save(update_fields=["file", "content_type", "width", "height"])


def settled(rendition: Rendition) -> None:
    touch(rendition.attachment.message.conversation_id)
