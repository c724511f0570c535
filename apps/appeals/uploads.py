"""A file that an operator sends: judged by its bytes and by the channel before anything is kept of it."""

import uuid
from dataclasses import replace
from pathlib import PurePosixPath

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from apps.appeals.models import Conversation
from apps.channels.contract import MediaKind, OutgoingFile
from apps.channels.gate import file_refusal
from apps.core.content_types import HEAD, content_type_of
from apps.core.errors import Rejected, Transient
from apps.core.storing import store
from apps.core.text import clean_name

KINDS = {"image": MediaKind.IMAGE, "audio": MediaKind.AUDIO, "video": MediaKind.VIDEO}


def kept(upload: UploadedFile, *, conversation: Conversation, is_voice: bool = False) -> OutgoingFile:
    """Raises Rejected with the reason why this file can't go through this channel, or can't be stored now."""
    file = described(upload, is_voice=is_voice)
    if reason := file_refusal(conversation.channel, file):
        raise Rejected(reason, code="refused")
    path = f"tenants/{conversation.tenant_id}/sent/{uuid.uuid4().hex}{PurePosixPath(file.name).suffix[:12]}"
    try:
        return replace(file, path=store(path, upload))
    except Transient as error:
        raise Rejected(error.public, code=error.code) from None


def described(upload: UploadedFile, *, is_voice: bool = False) -> OutgoingFile:
    """As it is, without a place in the storage. `is_voice`: recorded in the page, not chosen from a disk."""
    content_type = content_type_of(upload.read(HEAD), named=upload.content_type or "", is_sound=is_voice)
    upload.seek(0)
    if not upload.size:
        raise Rejected(_("The file is empty."), code="empty_file")
    family = content_type.partition("/")[0]
    if is_voice and family != "audio":
        raise Rejected(
            _("The recording did not work: there is no sound in it. Record it again."), code="no_sound"
        )
    kind = MediaKind.VOICE if is_voice else KINDS.get(family, MediaKind.DOCUMENT)
    name = clean_name(upload.name or "", limit=150) or str(kind)
    return OutgoingFile(
        kind=kind, name=name, content_type=content_type, size=upload.size, path="", is_recording=is_voice
    )
