"""A file that an operator sends: judged by its bytes and by the channel before anything is kept of it."""

import uuid
from dataclasses import replace
from pathlib import PurePosixPath

from django.core.files.uploadedfile import UploadedFile

from apps.appeals.models import Conversation
from apps.channels.contract import OutgoingFile
from apps.channels.describing import described
from apps.channels.gate import file_refusal
from apps.core.errors import Rejected, Transient
from apps.core.files.storing import store


def kept(upload: UploadedFile, *, conversation: Conversation, is_voice: bool = False) -> OutgoingFile:
    """Raises Rejected with the reason why this file can't go through this channel, or can't be stored now."""
    file = described(upload, is_voice=is_voice)
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
