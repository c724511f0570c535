"""A member's own devices: registered, tried and removed on one page; and the worker's file."""

import re
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib import messages
from django.contrib.admin.views.decorators import staff_member_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_GET, require_POST

from apps.core.errors import OutsideError
from apps.push import devices, trying
from apps.push.contract import Subscription
from apps.tenants.models import Member
from apps.tenants.scope import scope_of

P = ParamSpec("P")
# The page that all of this belongs to.
BACK = "desk_notices"
LONGEST = 2000
_BROWSERS = ("YaBrowser", "Edg", "OPR", "SamsungBrowser", "Firefox", "Chrome", "Safari")
_NAMES = {"YaBrowser": "Яндекс Браузер", "Edg": "Edge", "OPR": "Opera", "SamsungBrowser": "Samsung Internet"}
_SYSTEMS = ("Android", "iPhone", "iPad", "Windows", "Mac OS X", "CrOS", "Linux")
_SYSTEM_NAMES = {"Mac OS X": "macOS", "CrOS": "ChromeOS"}


def by_member(
    view: Callable[Concatenate[HttpRequest, Member, P], HttpResponse],
) -> Callable[..., HttpResponseBase]:
    """For what an employee does (POST) with their own devices, whatever their role."""

    @require_POST
    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        member = scope_of(request).member
        if member is None:
            raise PermissionDenied
        return view(request, member, *args, **kwargs)

    return staff_member_required(guarded, login_url="admin:login")


def section(member: Member) -> dict[str, Any]:
    """What the page of notifications shows of devices; nothing where there is no service for them."""
    return {
        "devices": list(devices.devices_of(member)),
        "has_service": devices.connections_of(member.tenant).exists(),
        "browser_key": devices.browser_key(member.tenant),
    }


@sensitive_post_parameters()
@by_member
@sensitive_variables()
def add(request: HttpRequest, member: Member) -> HttpResponse:
    """The browser's subscription, as its script got it."""
    given = {name: request.POST.get(name, "") for name in ("endpoint", "p256dh", "auth")}
    if not all(value and len(value) <= LONGEST for value in given.values()):
        return _refused(_("The browser gave no address for notifications. Reload the page and try again."))
    try:
        name = browser_name(request.headers.get("User-Agent", ""))
        device = devices.add_browser(member=member, subscription=Subscription(**given), name=name)
    except OutsideError as error:
        return _refused(str(error.public))
    return JsonResponse({"ok": True, "device": device.pk})


@by_member
def remove(request: HttpRequest, member: Member, pk: int) -> HttpResponse:
    devices.remove(get_object_or_404(devices.devices_of(member), pk=pk))
    messages.success(request, _("Nothing comes to that device any more."))
    return redirect(BACK)


@by_member
def try_out(request: HttpRequest, member: Member, pk: int) -> HttpResponse:
    device = get_object_or_404(devices.devices_of(member), pk=pk)
    trying.try_out(device)
    messages.success(
        request, _("Sent. Nothing there in a minute? Look whether that device allows notifications.")
    )
    return redirect(BACK)


@require_GET
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker, at an address that stays: a browser comes back here for its newer self."""
    context = {"pages": reverse("admin:index"), "icon": static("push/icon.png")}
    response = render(request, "push/worker.js", context, content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return response


def browser_name(agent: str) -> str:
    """«Chrome · Windows»: enough to know one's own devices by."""
    browser = next((one for one in _BROWSERS if f"{one}/" in agent), "")
    system = next((one for one in _SYSTEMS if re.search(rf"\b{re.escape(one)}\b", agent)), "")
    parts = (_NAMES.get(browser, browser), _SYSTEM_NAMES.get(system, system))
    return " · ".join(filter(None, parts)) or _("Browser")


def _refused(text: str) -> HttpResponse:
    return JsonResponse({"ok": False, "error": text})
