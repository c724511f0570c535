"""Clients' files: only for those who see the conversation, and never as something a browser would run."""

from urllib.parse import quote

from django.http import FileResponse, Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404

from apps.appeals.attachments import INLINE
from apps.appeals.desk.doors import at_desk, visible
from apps.appeals.models import Attachment
from apps.tenants.scope import Scope


@at_desk
def attachment(request: HttpRequest, scope: Scope, pk: int) -> HttpResponseBase:
    found = get_object_or_404(Attachment, pk=pk, message__conversation__in=visible(scope))
    if not found.file:
        raise Http404
    shown = found.content_type in INLINE
    response = FileResponse(
        found.file.open("rb"), content_type=found.content_type if shown else "application/octet-stream"
    )
    name = found.name or f"{found.kind}-{found.pk}"
    disposition = "inline" if shown else "attachment"
    response["Content-Disposition"] = f"{disposition}; filename*=UTF-8''{quote(name)}"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, max-age=3600"
    return response
