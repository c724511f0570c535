"""Who may open the desk, and which conversations they find there."""

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib.admin.views.decorators import staff_member_required
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from apps.appeals.admitting import seen_by
from apps.appeals.live.passes import make_pass
from apps.appeals.models import Conversation
from apps.core.errors import Rejected
from apps.core.text import clean
from apps.tenants.scope import Scope, scope_of

P = ParamSpec("P")


def chats(scope: Scope) -> QuerySet[Conversation]:
    """All that somebody finds: bare rows, for lists and counts."""
    return Conversation.objects.filter(of_tenant(scope), seen_by(scope.member))


def visible(scope: Scope) -> QuerySet[Conversation]:
    """The same with what a conversation's page shows of each."""
    return chats(scope).select_related("contact", "channel__connection", "identity", "tenant")


def led_by_another(scope: Scope, pk: int) -> None:
    """Nothing is told of it but that it is there. Raises Http404 where it is not even that."""
    if not Conversation.objects.filter(of_tenant(scope), pk=pk).exists():
        raise Http404


def of_tenant(scope: Scope) -> Q:
    """For every row that has a tenant."""
    return Q() if scope.tenant is None else Q(tenant=scope.tenant)


def pass_of(scope: Scope) -> str:
    """With it a page asks what is new."""
    return make_pass(
        tenant_id=scope.tenant.pk if scope.tenant else None,
        member_id=scope.member.pk if scope.member else None,
    )


def number(value: str) -> int | None:
    """An id as the page sends it; None for whatever else is sent."""
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 19 else None


def form_key(request: HttpRequest) -> uuid.UUID:
    """By which the same form sent twice is known. Raises Rejected for a form that is no more of today."""
    try:
        return uuid.UUID(request.POST.get("key", ""))
    except ValueError:
        raise Rejected(
            _("The form is out of date. Reload the page and send it again."), code="no_key"
        ) from None


def words(request: HttpRequest, name: str, *, limit: int | None = None) -> str:
    """A form sends its lines with CR LF, whatever was typed or drafted."""
    return clean(request.POST.get(name, ""), limit=limit).replace("\r\n", "\n").strip()


def at_desk(
    view: Callable[Concatenate[HttpRequest, Scope, P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """For every member of a tenant, whatever their role."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        return view(request, scope_of(request), *args, **kwargs)

    return staff_member_required(guarded, login_url="admin:login")


def on_conversation(
    view: Callable[Concatenate[HttpRequest, Scope, Conversation, P], HttpResponse],
) -> Callable[..., HttpResponseBase]:
    """For what is done (POST) in one conversation; another organisation's is not found."""

    @require_POST
    @at_desk
    def guarded(request: HttpRequest, scope: Scope, /, pk: int, **kwargs: Any) -> HttpResponse:
        found = visible(scope).filter(pk=pk).first()
        if found is None:
            led_by_another(scope, pk)
            said = _("This appeal is now led by another employee. What you typed stays on the page.")
            return JsonResponse({"ok": False, "error": said, "code": "elsewhere"}, status=403)
        return view(request, scope, found, **kwargs)  # type: ignore[call-arg]

    return guarded
