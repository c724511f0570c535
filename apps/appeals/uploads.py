"""A file that an operator sends: judged by its bytes and by the channel before anything is kept of it."""

import uuid
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

from django.core.files.uploadedfile import UploadedFile

from apps.appeals.models import Conversation, Upload
from apps.channels.contract import OutgoingFile
from apps.channels.describing import described
from apps.channels.gate import file_refusal
from apps.core.errors import Rejected, Transient
from apps.core.files.storing import forget, store
from apps.tenants.models import Member


def put(
    upload: UploadedFile,
    *,
    conversation: Conversation,
    member: Member | None,
    key: uuid.UUID,
    is_voice: bool = False,
) -> Upload:
    """Kept for an answer. The same `key` twice is the same file.

    Raises Rejected with the reason why it can't go through this channel, or can't be stored now.
    """
    if known := conversation.uploads.filter(key=key).first():
        return known
    file = described(upload, is_voice=is_voice)
    if reason := file_refusal(conversation.channel, file):
        raise Rejected(reason, code="refused")
    file = keep(file, upload, tenant_id=conversation.tenant_id)
    row, is_new = Upload.objects.get_or_create(
        key=key,
        defaults={"tenant_id": conversation.tenant_id, "member": member, **_values(conversation, file)},
    )
    if not is_new:
        forget(file.path)
    if row.conversation_id != conversation.pk:
        raise Rejected(code="key_taken")
    return row


def looked_at(upload: UploadedFile, *, conversation: Conversation, is_voice: bool = False) -> Upload:
    """As it would be kept, to be compared with what was: nothing is stored."""
    return Upload(**_values(conversation, described(upload, is_voice=is_voice)))


def _values(conversation: Conversation, file: OutgoingFile) -> dict[str, Any]:
    return {
        "conversation": conversation,
        "kind": str(file.kind),
        "name": file.name,
        "content_type": file.content_type,
        "size": file.size,
        "path": file.path,
        "is_recording": file.is_recording,
    }


def remove(upload: Upload) -> bool:
    """An operator does not want it in their answer after all. One that went, or waits to go, stays."""
    gone, _counts = Upload.objects.filter(pk=upload.pk, planned=None, used_at=None).delete()
    if gone:
        forget(upload.path)
    return bool(gone)


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
