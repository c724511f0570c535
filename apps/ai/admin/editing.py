"""The page on which a prompt gets a new version."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextareaWidget

from apps.ai import wording
from apps.ai.models import PromptVersion, Purpose
from apps.ai.prompts import prompt_for, restore_built_in, save_prompt
from apps.tenants.models import Tenant
from apps.tenants.scope import Scope, scope_of
from apps.tenants.scoped_admin import page

LIST = "admin:ai_promptversion_changelist"
MOST_CHARACTERS = 20_000


class PromptForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("Text"),
        max_length=MOST_CHARACTERS,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 22}),
        help_text=gettext_lazy("Saving makes a new version, which is in force at once."),
    )


def edit_page(request: HttpRequest, *, tenant_id: int, purpose: str) -> HttpResponse:
    tenant, wanted = _tenant(scope_of(request), tenant_id), _purpose(purpose)
    name = capfirst(str(wanted.label))
    prompt = prompt_for(tenant=tenant, purpose=wanted)
    form = PromptForm(request.POST or None, initial={"text": prompt.text})
    if request.method == "POST":
        user = scope_of(request).user
        if "built_in" in request.POST:
            return _saved(request, restore_built_in(tenant=tenant, purpose=wanted, user=user))
        if form.is_valid():
            text = form.cleaned_data["text"]
            return _saved(request, save_prompt(tenant=tenant, purpose=wanted, text=text, user=user))
    return page(
        request,
        "ai/edit.html",
        title=f"{name}: {tenant.name}" if scope_of(request).is_superuser else name,
        form=form,
        prompt=prompt,
        rules=wording.rules(language=tenant.language, purpose=wanted),
        back=reverse(LIST),
    )


def _saved(request: HttpRequest, version: PromptVersion | None) -> HttpResponse:
    if version is None:
        messages.info(request, _("Nothing was changed: this wording is in force already."))
    else:
        messages.success(request, _("Version %(number)s is in force.") % {"number": version.number})
    return redirect(LIST)


def _tenant(scope: Scope, tenant_id: int) -> Tenant:
    own: Any = Tenant.objects.filter(pk=scope.tenant.pk) if scope.tenant else Tenant.objects.all()
    found: Tenant = get_object_or_404(own, pk=tenant_id)
    return found


def _purpose(value: str) -> Purpose:
    if value not in Purpose.values:
        raise Http404
    return Purpose(value)
