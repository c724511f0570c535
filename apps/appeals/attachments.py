"""Files that came with messages: copied into our own storage at once, because the vendor's links die."""

import mimetypes
import tempfile
import uuid
from collections.abc import Iterable
from functools import partial
from pathlib import PurePosixPath
from typing import Any

import structlog
from django.core.files import File
from django.core.files.storage import default_storage
from django.utils.translation import gettext_lazy as _

from apps.appeals import listening
from apps.appeals.models import Attachment, Message
from apps.appeals.people import touch
from apps.channels.contract import Media, MediaKind
from apps.core.errors import RateLimited, Rejected, Transient
from apps.core.text import clean_name
from apps.core.work import Effect
from apps.integrations.checking import note_failure
from apps.integrations.models import Connection
from apps.integrations.opening import open_connection
from apps.integrations.registry import connector

log = structlog.get_logger(__name__)

_STORAGE_AWAY = _("The storage of files does not take them at the moment. It will be tried again.")

# Shown in the page itself; everything else is only ever offered for download.
INLINE = (
    "image/jpeg",
    "image/png",
    "image/gif",
    "image/webp",
    "audio/ogg",
    "audio/mpeg",
    "audio/mp4",
    "video/mp4",
)


def expect(message: Message, files: Iterable[Media]) -> None:
    """What came with a message is to be fetched. In the transaction that stores the message."""
    Attachment.objects.bulk_create(
        Attachment(
            tenant_id=message.tenant_id,
            message=message,
            kind=media.kind,
            ref=media.ref,
            name=media.name[:200],
            content_type=media.content_type[:100],
            size=media.size,
            seconds=media.seconds,
            transcript=media.transcript or "",
        )
        for media in files
    )


def fetch(attachment: Attachment) -> Effect:
    """The work behind every attachment. Fetching twice leaves one row and at most one orphan file."""
    channel = attachment.message.conversation.channel
    module = connector(channel.connection.connector)
    media = Media(
        kind=MediaKind(attachment.kind),
        ref=attachment.ref,
        name=attachment.name,
        content_type=attachment.content_type,
        size=attachment.size,
    )
    # Beyond 1 MB the file goes to disk: many large ones at once must not fill the worker's memory.
    with tempfile.SpooledTemporaryFile(max_size=1024 * 1024) as spool:
        named = _ask(module, channel.connection, media, spool)
        size = spool.tell()
        if not size:
            raise Rejected(_("The messenger handed out an empty file."), code="empty_file")
        spool.seek(0)
        content_type = trusted(sniff(spool.read(64)), named or attachment.content_type)
        spool.seek(0)
        path = store(_path(attachment, content_type), spool)
    return partial(_keep, attachment, path, size, content_type)


def _ask(module: Any, connection: Connection, media: Media, spool: Any) -> str:
    try:
        return str(module.fetch(open_connection(connection), media, spool))
    except RateLimited as error:
        note_failure(connection, error)
        raise


def store(path: str, content: Any) -> str:
    """`content` is an open file or upload. Raises Transient while the storage is away."""
    try:
        return str(default_storage.save(path, content if isinstance(content, File) else File(content)))
    except _storage_errors():
        log.exception("attachment.not_stored")
        raise Transient(_STORAGE_AWAY, code="storage") from None


def _storage_errors() -> tuple[type[Exception], ...]:
    from boto3.exceptions import Boto3Error  # heavy: only once something has failed
    from botocore.exceptions import BotoCoreError, ClientError

    return (OSError, Boto3Error, BotoCoreError, ClientError)


def _path(attachment: Attachment, content_type: str) -> str:
    suffix = (
        PurePosixPath(clean_name(attachment.name)).suffix[:12]
        or mimetypes.guess_extension(content_type)
        or ""
    )
    return f"tenants/{attachment.tenant_id}/messages/{attachment.message_id}/{uuid.uuid4().hex}{suffix}"


def _keep(attachment: Attachment, path: str, size: int, content_type: str) -> None:
    attachment.file.name = path
    attachment.size, attachment.content_type = size, content_type[:100]
    attachment.save(update_fields=["file", "size", "content_type"])
    listening.order(attachment)
    touch(attachment.message.conversation_id)


def settled(attachment: Attachment) -> None:
    touch(attachment.message.conversation_id)


SIGNATURES = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF8", "image/gif"),
    (b"OggS", "audio/ogg"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"\xff\xf3", "audio/mpeg"),
    (b"\xff\xf2", "audio/mpeg"),
    (b"%PDF-", "application/pdf"),
)


def trusted(found: str, named: str) -> str:
    """What the bytes say, else the messenger's word; but nothing is shown in the page on its word alone."""
    return found or (named if named and named not in INLINE else "application/octet-stream")


def sniff(head: bytes) -> str:
    """The content type by content; empty where the first bytes don't tell."""
    for signature, content_type in SIGNATURES:
        if head.startswith(signature):
            return content_type
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:8] == b"ftyp":
        return "audio/mp4" if head[8:11] == b"M4A" else "video/mp4"
    return ""
