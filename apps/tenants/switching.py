"""The page where somebody who works in several organisations chooses one."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from apps.tenants.addresses import is_id
from apps.tenants.scope import EVERYONE, scope_of, switch
from apps.tenants.scoped_pages import page, scoped_page


@scoped_page(roles=EVERYONE)
def switch_tenant(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return page(request, "tenants/switch.html", title=_("Switch organisation"), scope=scope_of(request))
    chosen = request.POST.get("tenant", "")
    if not is_id(chosen):
        raise PermissionDenied
    switch(request, tenant_id=int(chosen))
    return redirect("admin:index")
