"""Files for an answer: kept as soon as they are chosen, so that what can't go is known before one sends."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from apps.appeals import uploads
from apps.appeals.desk.actions import done, refused
from apps.appeals.desk.doors import at_desk, chats, form_key, of_tenant, on_conversation
from apps.appeals.models import Conversation, Upload
from apps.core.errors import OutsideError, Rejected
from apps.core.files.handing_out import hand_out
from apps.core.files.storing import streamed
from apps.tenants.scope import Scope


@on_conversation
def put(request: HttpRequest, scope: Scope, conversation: Conversation) -> HttpResponse:
    file = request.FILES.get("file")
    if file is None:
        return refused(_("Choose a file."), 400)
    try:
        kept = uploads.put(
            file,
            conversation=conversation,
            member=scope.member,
            key=form_key(request),
            is_voice=bool(request.POST.get("voice")),
        )
    except Rejected as error:
        return refused(error.public, code=error.code)
    return JsonResponse({"ok": True, "file": shown(kept)})


@require_POST
@at_desk
def remove(request: HttpRequest, scope: Scope, pk: int, row: int) -> HttpResponse:
    """Also from a conversation that went to a colleague meanwhile: the file is still its operator's own."""
    mine = Upload.objects.filter(of_tenant(scope), member=scope.member)
    uploads.remove(get_object_or_404(mine, pk=row, conversation=pk))
    return done()


@at_desk
def look(request: HttpRequest, scope: Scope, pk: int) -> HttpResponseBase:
    """The file itself, for whoever wants to see what they are about to send."""
    found = get_object_or_404(_shown_to(scope), pk=pk)
    try:
        content: Any = streamed(found.path)
    except OutsideError as error:
        if error.code == "file_gone":
            raise Http404 from None
        return HttpResponse(status=503, headers={"Retry-After": "30"})
    return hand_out(request, content, name=found.name, content_type=found.content_type)


def _shown_to(scope: Scope) -> QuerySet[Upload]:
    """What goes, or went, with an answer is for all who find its conversation; what nobody has sent is for
    who put it there alone, whoever leads the appeal by now.
    """
    goes = ~Q(planned=None) | ~Q(used_at=None)
    theirs = Q(planned=None, used_at=None, member=scope.member)
    return Upload.objects.filter(of_tenant(scope), theirs | goes & Q(conversation__in=chats(scope)))


def shown(upload: Upload) -> dict[str, Any]:
    """As the composer shows it."""
    return {
        "id": upload.pk,
        "name": upload.name,
        "size": upload.size,
        "kind": upload.kind,
        "url": reverse("desk_upload", args=[upload.pk]),
    }
