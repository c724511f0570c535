"""Of whom is a page about one organisation: the visitor's own, or the one that a superuser picks."""

from django.http import HttpRequest, HttpResponse

from apps.tenants.models import Tenant
from apps.tenants.scope import scope_of
from apps.tenants.scoped_pages import page


def chosen_tenant(request: HttpRequest) -> Tenant | None:
    """A member's own; a superuser names one in the address, unless there is only one."""
    scope = scope_of(request)
    if not scope.is_superuser:
        return scope.tenant
    wanted = request.GET.get("tenant", "")
    if wanted:
        return Tenant.objects.filter(pk=wanted).first() if wanted.isdecimal() and len(wanted) < 19 else None
    few = list(Tenant.objects.order_by("pk")[:2])
    return few[0] if len(few) == 1 else None


def offer_tenants(request: HttpRequest, *, title: str) -> HttpResponse:
    return page(request, "tenants/choose.html", title=title, tenants=Tenant.objects.order_by("name"))


def picked(request: HttpRequest, tenant: Tenant) -> str:
    """What an address needs so that a superuser stays with the same organisation."""
    return f"?tenant={tenant.pk}" if scope_of(request).is_superuser else ""
