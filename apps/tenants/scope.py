"""Who asks, and in which tenant: the one answer that every door (admin, own pages, API) filters by."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, QueryDict

from apps.tenants.models import Member, Phones, Role, Tenant

SESSION_KEY = "tenant"
_CACHE = "_tenants_scope"

ADMIN_ONLY = frozenset({Role.ADMIN})
LEADERS = frozenset({Role.ADMIN, Role.HEAD})
EVERYONE = frozenset(Role)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """`tenant` None means everything, and only a superuser has that."""

    user: User
    tenant: Tenant | None
    role: Role | None
    member: Member | None
    # All tenants the user may switch between; empty for a superuser, who sees them all at once.
    memberships: tuple[Member, ...] = ()

    @property
    def is_superuser(self) -> bool:
        return self.user.is_superuser

    @property
    def phones(self) -> Phones:
        return Phones.SHOWN if self.member is None else self.member.phones

    def may(self, *roles: Role) -> bool:
        return self.is_superuser or self.role in roles


def scope_of(request: Any) -> Scope:
    """The scope of the signed-in user; PermissionDenied when there is none. For Django's and DRF's requests.

    One query per request: the answer stays on the request.
    """
    scope = find_scope(request)
    if scope is None:
        raise PermissionDenied
    return scope


def find_scope(request: Any) -> Scope | None:
    plain: HttpRequest = getattr(request, "_request", request)
    kept: tuple[int | None, Scope | None] | None = getattr(plain, _CACHE, None)
    user = getattr(request, "user", None)
    key = user.pk if user is not None else None
    # A sign-in within the request changes the user: what was kept for the former one is void.
    if kept is not None and kept[0] == key:
        return kept[1]
    scope = _read_scope(request, user)
    setattr(plain, _CACHE, (key, scope))
    return scope


def _read_scope(request: Any, user: Any) -> Scope | None:
    if user is None or not user.is_authenticated or not user.is_active:
        return None
    if user.is_superuser:
        return Scope(user=user, tenant=None, role=None, member=None)
    memberships = tuple(Member.objects.filter(user=user).select_related("tenant").order_by("pk"))
    if not memberships:
        return None
    session = getattr(request, "session", None)
    wanted = session.get(SESSION_KEY) if session is not None else None
    member = next((one for one in memberships if one.tenant_id == wanted), memberships[0])
    return Scope(
        user=user, tenant=member.tenant, role=Role(member.role), member=member, memberships=memberships
    )


def scope_as(member: Member) -> Scope:
    """What this employee may, where nobody's request is at hand."""
    return Scope(user=member.user, tenant=member.tenant, role=Role(member.role), member=member)


def request_as(member: Member, query: str) -> HttpRequest:
    """What this employee would ask of a list by that address, where nobody asks: for its filters."""
    request, scope = HttpRequest(), scope_as(member)
    request.method, request.GET, request.user = "GET", QueryDict(query), scope.user
    setattr(request, _CACHE, (scope.user.pk, scope))
    return request


def switch(request: HttpRequest, *, tenant_id: int) -> None:
    """Work in another of one's own tenants from now on; PermissionDenied for any other."""
    if not any(one.tenant_id == tenant_id for one in scope_of(request).memberships):
        raise PermissionDenied
    request.session[SESSION_KEY] = tenant_id
    delattr(request, _CACHE)
