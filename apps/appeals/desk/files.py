"""Clients' files: only for those who see the conversation, and never as something a browser would run."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404

from apps.appeals.accesses import heard
from apps.appeals.desk.doors import at_desk, chats
from apps.appeals.models import Attachment, Dictation, Rendition
from apps.core.errors import OutsideError
from apps.core.files.handing_out import hand_out
from apps.core.files.storing import streamed
from apps.tenants.scope import Scope


@at_desk
def attachment(request: HttpRequest, scope: Scope, pk: int) -> HttpResponseBase:
    """The original, as it came."""
    files = Attachment.objects.select_related("message__conversation__contact")
    found = get_object_or_404(files, pk=pk, message__conversation__in=chats(scope))
    heard(scope, found)
    return _handed_out(request, found, name=found.name or f"{found.kind}-{found.pk}")


@at_desk
def rendition(request: HttpRequest, scope: Scope, pk: int) -> HttpResponseBase:
    """What is shown in its place: `pk` is the attachment's."""
    copies = Rendition.objects.select_related("attachment__message__conversation__contact")
    found = get_object_or_404(copies, attachment=pk, attachment__message__conversation__in=chats(scope))
    heard(scope, found.attachment)
    return _handed_out(request, found, name=f"{found.attachment_id}")


@at_desk
def dictation(request: HttpRequest, scope: Scope, pk: int) -> HttpResponseBase:
    """What an operator spoke, until they discard it."""
    found = get_object_or_404(Dictation, pk=pk, conversation__in=chats(scope))
    return _handed_out(request, found, name=f"dictation-{found.pk}")


def _handed_out(
    request: HttpRequest, found: Attachment | Rendition | Dictation, *, name: str
) -> HttpResponseBase:
    if not found.file:
        raise Http404
    try:
        content: Any = streamed(str(found.file.name))
    except OutsideError as error:
        if error.code == "file_gone":
            raise Http404 from None
        return HttpResponse(status=503, headers={"Retry-After": "30"})
    return hand_out(request, content, name=name, content_type=found.content_type, opens_paper=True)
