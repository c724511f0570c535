"""A file that an operator sends: judged by its bytes and by the channel before anything is kept of it."""

import uuid
from dataclasses import replace
from pathlib import PurePosixPath

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from apps.appeals.attachments import sniff, store, trusted
from apps.appeals.models import Conversation
from apps.channels.contract import MediaKind, OutgoingFile
from apps.channels.gate import file_refusal
from apps.core.errors import Rejected, Transient
from apps.core.text import clean_name

KINDS = {"image": MediaKind.IMAGE, "audio": MediaKind.AUDIO, "video": MediaKind.VIDEO}


def kept(upload: UploadedFile, *, conversation: Conversation) -> OutgoingFile:
    """Raises Rejected with the reason why this file can't go through this channel, or can't be stored now."""
    file = described(upload)
    if reason := file_refusal(conversation.channel, file):
        raise Rejected(reason, code="refused")
    return keep(file, upload, tenant_id=conversation.tenant_id)


def keep(file: OutgoingFile, upload: UploadedFile, *, tenant_id: int | None) -> OutgoingFile:
    """In the storage from then on. Raises Rejected where it does not take it now.

    Without a tenant: a superuser sends it in a form that has yet to tell for whom.
    """
    path = (
        f"tenants/{tenant_id or 'chosen-later'}/sent/{uuid.uuid4().hex}{PurePosixPath(file.name).suffix[:12]}"
    )
    try:
        return replace(file, path=store(path, upload))
    except Transient as error:
        raise Rejected(error.public, code=error.code) from None


def described(upload: UploadedFile) -> OutgoingFile:
    """As it is, without a place in the storage."""
    content_type = trusted(sniff(upload.read(64)), upload.content_type or "")
    upload.seek(0)
    if not upload.size:
        raise Rejected(_("The file is empty."), code="empty_file")
    kind = KINDS.get(content_type.partition("/")[0], MediaKind.DOCUMENT)
    name = clean_name(upload.name or "", limit=150) or str(kind)
    return OutgoingFile(kind=kind, name=name, content_type=content_type, size=upload.size, path="")
