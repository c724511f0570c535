"""Files that came with messages: copied into our own storage at once, because the vendor's links die."""

import mimetypes
import tempfile
import uuid
from functools import partial
from pathlib import PurePosixPath

from django.utils.translation import gettext_lazy as _

from apps.appeals import listening
from apps.appeals.models import Attachment
from apps.appeals.people import touch
from apps.channels.contract import Media, MediaKind
from apps.core.errors import Rejected
from apps.core.files.sniffing import HEAD, sniff, trusted
from apps.core.files.storing import store
from apps.core.text import clean_name
from apps.core.work import Effect
from apps.integrations.opening import open_connection
from apps.integrations.registry import connector


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
        named = module.fetch(open_connection(channel.connection), media, spool)
        size = spool.tell()
        if not size:
            raise Rejected(_("The messenger handed out an empty file."), code="empty_file")
        spool.seek(0)
        content_type = trusted(sniff(spool.read(HEAD)), named or attachment.content_type)
        spool.seek(0)
        path = store(_path(attachment, content_type), spool)
    return partial(_keep, attachment, path, size, content_type)


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
