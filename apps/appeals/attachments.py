"""Files that came with messages: copied into our own storage at once, because the vendor's links die."""

import mimetypes
import tempfile
import uuid
from collections.abc import Iterable
from functools import partial
from pathlib import PurePosixPath
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.appeals import listening, renditions
from apps.appeals.models import Attachment, Message
from apps.appeals.people import touch
from apps.channels.contract import SOUNDS, Media, MediaKind
from apps.core.errors import RateLimited, Rejected
from apps.core.files.sniffing import HEAD, content_type_of
from apps.core.files.storing import store
from apps.core.text import clean_name
from apps.core.work import Effect
from apps.integrations.checking import note_failure
from apps.integrations.models import Connection
from apps.integrations.opening import open_connection
from apps.integrations.registry import connector


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
        content_type = content_type_of(
            spool.read(HEAD), named=named or attachment.content_type, is_sound=media.kind in SOUNDS
        )
        spool.seek(0)
        path = store(_path(attachment, content_type), spool)
    return partial(_keep, attachment, path, size, content_type)


def _ask(module: Any, connection: Connection, media: Media, spool: Any) -> str:
    try:
        return str(module.fetch(open_connection(connection), media, spool))
    except RateLimited as error:
        note_failure(connection, error)
        raise


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
    renditions.order(attachment)
    touch(attachment.message.conversation_id)


def settled(attachment: Attachment) -> None:
    touch(attachment.message.conversation_id)
