"""Who may open the desk, and which conversations they find there."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib.admin.views.decorators import staff_member_required
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from apps.appeals.live.passes import make_pass
from apps.appeals.models import Conversation
from apps.core.text import clean
from apps.tenants.scope import Scope, scope_of

P = ParamSpec("P")


def visible(scope: Scope) -> QuerySet[Conversation]:
    conversations = Conversation.objects.select_related(
        "contact__unsubscribed_by", "channel__connection", "identity", "tenant"
    )
    return conversations.filter(of_tenant(scope))


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
    """For what is done (POST) in one conversation; somebody else's is not found."""

    @require_POST
    @at_desk
    def guarded(request: HttpRequest, scope: Scope, /, pk: int, **kwargs: Any) -> HttpResponse:
        return view(request, scope, get_object_or_404(visible(scope), pk=pk), **kwargs)  # type: ignore[call-arg]

    return guarded
