"""Files in the chat: judged by their bytes before they are kept, handed out to their own visitor alone.

An `<img>` sends no header with the visitor's token: each address bears a pass instead, made of the session it
was given to, for one file and for a day at most.
"""

import uuid
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.channels.chat.answers import MAX_BODY, Refused
from apps.channels.chat.sessions import Chat
from apps.channels.connectors.webchat import LIMITS
from apps.channels.contract import MediaKind, OutgoingFile
from apps.channels.describing import described
from apps.channels.models import ChatLine, ChatVisitor
from apps.core.errors import Rejected, Transient
from apps.core.files.handing_out import hand_out
from apps.core.files.sniffing import HEAD, INLINE, is_program
from apps.core.files.storing import store, streamed

SALT = "channels.chat.file"
# An address stays the same for so long, that browsers keep what they have fetched, and opens twice as long.
PERIOD = 12 * 3600
LONGEST_RECORDING = 3600
MB = 1024 * 1024


def has_file(request: HttpRequest) -> bool:
    return request.content_type == "multipart/form-data"


def refuse_large(request: HttpRequest) -> None:
    """By what the request says of its length, before it is read."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > LIMITS.file_bytes + MAX_BODY:
        raise _too_large()


def _too_large() -> Refused:
    said = _("A file may have at most %(limit)d MB.") % {"limit": LIMITS.file_bytes // MB}
    return Refused(413, "file_too_large", said)


def file_in(upload: UploadedFile, *, is_voice: bool) -> OutgoingFile:
    """What came, not stored yet. Raises Refused."""
    try:
        file = described(upload)
    except Rejected as error:
        raise Refused(400, error.code, error.public) from None
    if file.size > LIMITS.file_bytes:
        raise _too_large()
    head = upload.read(HEAD)
    upload.seek(0)
    if is_program(head):
        raise Refused(
            400, "program", _("Programs can't be sent here. Send a picture, a recording or a document.")
        )
    if is_voice:
        return replace(file, kind=_voice(file))
    # A picture that no page shows is a document.
    return file if file.content_type in INLINE else replace(file, kind=MediaKind.DOCUMENT)


def _voice(file: OutgoingFile) -> MediaKind:
    if not file.content_type.startswith("audio/") or file.content_type not in INLINE:
        raise Refused(
            400, "not_sound", _("The recording can't be read. Record it again or send it as a file.")
        )
    return MediaKind.VOICE


def seconds_in(value: Any) -> int | None:
    """How long the page says a recording is."""
    if not (isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 6):
        return None
    return min(int(value), LONGEST_RECORDING)


def keep(file: OutgoingFile, upload: UploadedFile, chat: Chat) -> OutgoingFile:
    """Stored: killed from here on, an orphan is all that is left, and the page sends it again."""
    suffix = PurePosixPath(file.name).suffix[:12]
    path = f"tenants/{chat.channel.tenant_id}/chat/{chat.channel.pk}/{uuid.uuid4().hex}{suffix}"
    try:
        return replace(file, path=store(path, upload))
    except Transient as error:
        raise Refused(503, error.code, error.public, retry_after=5) from None
    except Rejected as error:
        raise Refused(400, error.code, error.public) from None


def shown_file(line: ChatLine, *, chat: Chat, visitor: ChatVisitor) -> dict[str, Any]:
    """As the page needs it: `shown` is how, `image`, `audio`, `video` or empty for a download."""
    file = line.file
    address = f"{reverse('chat:file', args=[chat.channel.public_id, line.pk])}?pass={_pass(visitor, line)}"
    content_type = file["content_type"]
    return {
        "kind": file["kind"],
        "shown": content_type.partition("/")[0] if content_type in INLINE else "",
        "name": file["name"],
        "type": content_type,
        "size": file["size"],
        "seconds": file.get("seconds"),
        "url": address,
    }


def _pass(visitor: ChatVisitor, line: ChatLine) -> str:
    until = int(timezone.now().timestamp()) // PERIOD + 2
    return f"{until}.{_seal(visitor, line.pk, until)}"


def _seal(visitor: ChatVisitor, line: int, until: int) -> str:
    return salted_hmac(SALT, f"{visitor.token_digest}:{line}:{until}", algorithm="sha256").hexdigest()[:40]


def _opens(visitor: ChatVisitor, line: int, given: str) -> bool:
    until, _dot, seal = given.partition(".")
    if not (until.isascii() and until.isdecimal() and len(until) < 12):
        return False
    is_ours = constant_time_compare(seal, _seal(visitor, line, int(until)))
    return is_ours and timezone.now().timestamp() < int(until) * PERIOD


@require_GET
def file(request: HttpRequest, public_id: str, line: int) -> HttpResponseBase:
    """404 for what is not there, is somebody else's or was asked for too late: nobody learns which."""
    lines = ChatLine.objects.select_related("visitor").filter(visitor__channel__public_id=public_id)
    found = lines.filter(pk=line).exclude(file={}).first() if line < 2**63 else None
    if found is None or not _opens(found.visitor, found.pk, request.GET.get("pass", "")):
        raise Http404
    try:
        content = streamed(found.file["path"])
    except Rejected:
        raise Http404 from None
    except Transient:
        return HttpResponse(status=503, headers={"Retry-After": "5"})
    return hand_out(request, content, name=found.file["name"], content_type=found.file["content_type"])
