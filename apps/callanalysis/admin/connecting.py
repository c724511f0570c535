"""«Connecting»: all that whoever sets up the CRM's side needs, on one page for administrators."""

import secrets
from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextInputWidget

from apps.callanalysis.api.trying import Tried, try_call
from apps.callanalysis.journal import recent
from apps.callanalysis.models import AnalysisSettings, ApiRequest, Call, settings_of
from apps.integrations.models import WebhookEndpoint
from apps.tenants.choosing import chosen_tenant, offer_tenants, picked
from apps.tenants.models import ApiKey, Tenant
from apps.tenants.scope import ADMIN_ONLY, scope_of
from apps.tenants.scoped_pages import page, scoped_page

KEYS, REQUESTS = 20, 50
LIVE_FIRST = F("revoked_at").asc(nulls_first=True)


class LeastForm(forms.ModelForm[AnalysisSettings]):
    class Meta:
        model = AnalysisSettings
        fields = ("least_seconds",)
        widgets = {"least_seconds": UnfoldAdminIntegerFieldWidget()}


REQUIRED = ("call_id", "audio_url", "manager_id", "deal_id")


def _field(name: str) -> forms.CharField:
    """Nothing is checked here: what is wrong is said by the API itself."""
    widget = UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"})
    return forms.CharField(label=name, required=False, strip=False, widget=widget)


class TryForm(forms.Form):
    call_id = _field("call_id")
    audio_url = _field("audio_url")
    manager_id = _field("manager_id")
    deal_id = _field("deal_id")
    duration = _field("duration")
    manager_name = _field("manager_name")
    deal_stage_id = _field("deal_stage_id")
    stage_id = _field("stage_id")
    stage = _field("stage")
    client_phone = _field("client_phone")

    def told(self) -> dict[str, str]:
        return {name: value for name, value in self.cleaned_data.items() if value}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One request of late; `call` where it is one that is here."""

    request: ApiRequest
    call: int | None

    @property
    def is_good(self) -> bool:
        return self.request.status < 400


@scoped_page(roles=ADMIN_ONLY)
def connecting(request: HttpRequest) -> HttpResponse:
    tenant = chosen_tenant(request)
    if tenant is None:
        return offer_tenants(request, title=_("Calls of which organisation?"))
    own, tried = settings_of(tenant), None
    least, trying = LeastForm(instance=own, prefix="least"), TryForm(initial=_example(), prefix="try")
    if request.method == "POST" and request.POST.get("act") == "try":
        trying = TryForm(request.POST, prefix="try")
        tried = _try(request, tenant, trying)
    elif request.method == "POST":
        least = LeastForm(request.POST, instance=own, prefix="least")
        if least.is_valid():
            least.save()
            messages.success(request, _("Saved: it holds for calls that come from now on."))
            return redirect(reverse("admin:callanalysis_connecting") + picked(request, tenant))
    return _shown(request, tenant, least=least, trying=trying, tried=tried)


def _shown(request: HttpRequest, tenant: Tenant, **forms: Any) -> HttpResponse:
    keys = list(ApiKey.objects.filter(tenant=tenant).order_by(LIVE_FIRST, "-created_at")[: KEYS + 1])
    return page(
        request,
        "callanalysis/connecting.html",
        title=_("Connecting"),
        tenant=tenant,
        addresses=_addresses(),
        keys=keys[:KEYS],
        has_more_keys=len(keys) > KEYS,
        endpoints=WebhookEndpoint.objects.filter(tenant=tenant).order_by("-is_active", "name", "pk"),
        lines=_lines(tenant),
        required=REQUIRED,
        **forms,
    )


def _addresses() -> dict[str, str]:
    names = {"upload": "calls_upload", "calls": "calls", "docs": "calls_docs", "openapi": "calls_openapi"}
    return {name: settings.PUBLIC_URL + reverse(route) for name, route in names.items()}


def _example() -> dict[str, str]:
    return {
        "call_id": f"test_{secrets.token_hex(4)}",
        "manager_id": "test_manager",
        "deal_id": "test_deal",
    }


def _try(request: HttpRequest, tenant: Tenant, form: TryForm) -> Tried | None:
    if not form.is_valid():
        return None
    scope = scope_of(request)
    who = scope.member.name if scope.member else scope.user.get_username()
    return try_call(tenant=tenant, data=form.told(), who=_("tried by %(who)s") % {"who": who})


def _lines(tenant: Tenant) -> list[Line]:
    requests = recent(tenant, most=REQUESTS)
    ids = {one.call_id for one in requests if one.call_id}
    here = dict(Call.objects.filter(tenant=tenant, external_id__in=ids).values_list("external_id", "pk"))
    return [Line(request=one, call=here.get(one.call_id)) for one in requests]
