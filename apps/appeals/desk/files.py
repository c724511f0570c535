"""Clients' files: only for those who see the conversation, and never as something a browser would run."""

import re
from typing import Any
from urllib.parse import quote

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404

from apps.appeals.desk.doors import at_desk, visible
from apps.appeals.models import Attachment, Rendition
from apps.core.content_types import INLINE, UNKNOWN
from apps.core.errors import OutsideError
from apps.core.storing import stored
from apps.tenants.scope import Scope

# One range, as players ask for it; Safari plays nothing that is not handed out in parts.
RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")
PART = 4 * 1024 * 1024


@at_desk
def attachment(request: HttpRequest, scope: Scope, pk: int) -> HttpResponseBase:
    """The original, as it came."""
    found = get_object_or_404(Attachment, pk=pk, message__conversation__in=visible(scope))
    return _handed_out(request, found, name=found.name or f"{found.kind}-{found.pk}")


@at_desk
def rendition(request: HttpRequest, scope: Scope, pk: int) -> HttpResponseBase:
    """What is shown in its place: `pk` is the attachment's."""
    found = get_object_or_404(Rendition, attachment=pk, attachment__message__conversation__in=visible(scope))
    return _handed_out(request, found, name=f"{found.attachment_id}")


def _handed_out(request: HttpRequest, found: Attachment | Rendition, *, name: str) -> HttpResponseBase:
    if not found.file:
        raise Http404
    try:
        content: Any = stored(str(found.file.name))
    except OutsideError as error:
        if error.code == "file_gone":
            raise Http404 from None
        return HttpResponse(status=503, headers={"Retry-After": "30"})
    shown = found.content_type in INLINE
    response = _part(request, content) or FileResponse(content)
    response["Content-Type"] = found.content_type if shown else UNKNOWN
    disposition = "inline" if shown else "attachment"
    response["Content-Disposition"] = f"{disposition}; filename*=UTF-8''{quote(name)}"
    response["Accept-Ranges"] = "bytes"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, max-age=3600"
    return response


def _part(request: HttpRequest, content: Any) -> HttpResponse | None:
    """None where the whole is wanted. https://www.rfc-editor.org/rfc/rfc9110#name-range-requests"""
    wanted = RANGE.fullmatch(request.headers.get("Range", ""))
    if wanted is None or not (span := _span(wanted[1], wanted[2], content.size)):
        return None
    with content:
        if span.start >= content.size:
            return HttpResponse(status=416, headers={"Content-Range": f"bytes */{content.size}"})
        content.seek(span.start)
        body = content.read(min(len(span), PART))
    range_ = f"bytes {span.start}-{span.start + len(body) - 1}/{content.size}"
    return HttpResponse(body, status=206, headers={"Content-Range": range_})


def _span(first: str, last: str, size: int) -> range:
    """Which bytes; empty for a range that makes no sense, which is as if none had been asked for."""
    if not first:  # the last so many
        return range(max(0, size - int(last or 0)), size) if last else range(0)
    start = int(first)
    if start >= size:
        return range(start, start + 1)  # beyond the end: told so
    return range(start, min(int(last or size), size - 1) + 1)
