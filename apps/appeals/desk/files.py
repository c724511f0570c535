"""Clients' files: only for those who see the conversation, and never as something a browser would run."""

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404

from apps.appeals.desk.doors import at_desk, visible
from apps.appeals.models import Attachment
from apps.core.files.handing_out import hand_out
from apps.tenants.scope import Scope


@at_desk
def attachment(request: HttpRequest, scope: Scope, pk: int) -> HttpResponseBase:
    found = get_object_or_404(Attachment, pk=pk, message__conversation__in=visible(scope))
    if not found.file:
        raise Http404
    try:
        content = found.file.open("rb")
    except FileNotFoundError:
        raise Http404 from None
    name = found.name or f"{found.kind}-{found.pk}"
    return hand_out(request, content, name=name, content_type=found.content_type)
