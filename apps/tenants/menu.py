"""What the admin's frame shows to whom: asked by `config.unfold` by name, once per page."""

from typing import Any

from django.apps import apps
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.core.alarms import raised
from apps.tenants.models import Role
from apps.tenants.scope import find_scope
from apps.tenants.second_factor import is_reminded


def may_view(request: HttpRequest, label: str) -> bool:
    """The page itself decides; the menu only asks it."""
    model_admin = admin.site.get_model_admin(apps.get_model(label))
    return model_admin.has_view_permission(request)


def works_here(request: HttpRequest) -> bool:
    return find_scope(request) is not None


def is_employee(request: HttpRequest) -> bool:
    scope = find_scope(request)
    return scope is not None and scope.member is not None


def administers(request: HttpRequest) -> bool:
    scope = find_scope(request)
    return scope is not None and scope.may(Role.ADMIN)


def subheader(request: HttpRequest) -> str | None:
    """Whose data is on the screen."""
    scope = find_scope(request)
    if scope is None:
        return None
    return str(_("all organisations")) if scope.tenant is None else scope.tenant.name


def dropdown(request: HttpRequest) -> list[dict[str, Any]]:
    """Under the brand: only for those who work in several organisations."""
    scope = find_scope(request)
    if scope is None or len(scope.memberships) < 2:
        return []
    return [{"icon": "swap_horiz", "title": _("Switch organisation"), "link": reverse("admin:switch_tenant")}]


def index(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """The start page's own additions."""
    scope = find_scope(request)
    alarms = raised(scope.tenant.pk if scope.tenant else None) if scope and scope.may(Role.ADMIN) else []
    reminded = scope is not None and is_reminded(scope)
    return {**context, "remind_second_factor": reminded, "alarms": alarms}


def account_links(request: HttpRequest) -> list[dict[str, Any]]:
    links = [{"title": _("Change password"), "link": reverse("admin:password_change")}]
    if find_scope(request) is not None:
        links.insert(0, {"title": _("Second factor"), "link": reverse("admin:second_factor")})
    if is_employee(request):
        links.insert(0, {"title": _("Notifications"), "link": reverse("desk_notices")})
    return links
