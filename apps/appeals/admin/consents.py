"""Consent to advertising in the admin: a filter, the history on a client's page, a whole list at once."""

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import SimpleListFilter
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from apps.appeals import consent
from apps.appeals.campaigns.matching import match
from apps.appeals.models import Consent, ConsentWay, Contact
from apps.core.errors import Rejected
from apps.tenants.addresses import is_id
from apps.tenants.models import Tenant
from apps.tenants.scope import EVERYONE, scope_of
from apps.tenants.scoped_admin import NOBODY, TenantInline
from apps.tenants.scoped_pages import page

MOST_PASTED = 500_000
SHOWN = 50


class ConsentFilter(SimpleListFilter):
    title = _("consent to advertising")
    parameter_name = "consent"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("yes", _("have agreed")),
            ("no", _("have not agreed")),
            ("withdrawn", _("have taken it back")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        took_back = Q(pk__in=Consent.objects.filter(is_given=False).values("contact"))
        match self.value():
            case "yes":
                return queryset.filter(consent.in_force())
            case "no":
                return queryset.exclude(consent.in_force())
            case "withdrawn":
                return queryset.exclude(consent.in_force()).filter(took_back)
        return queryset


class ConsentInline(TenantInline):
    """Nobody changes what was said."""

    model = Consent
    view_roles = EVERYONE
    edit_roles = delete_roles = NOBODY
    fields = ("is_given", "way", "at", "by", "note", "noted_at")
    readonly_fields = fields


class ConsentsForm(forms.Form):
    pasted = forms.CharField(
        label=_("Phones and user names"),
        required=False,
        max_length=MOST_PASTED,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 8}),
        help_text=_("One a line. Only clients who are known already are found; the others are shown to you."),
    )
    way = forms.ChoiceField(
        label=_("How they agreed"),
        choices=[(one.value, one.label) for one in ConsentWay if one is not ConsentWay.STOP],
        initial=ConsentWay.IMPORTED,
        widget=UnfoldAdminSelectWidget,
    )
    day = forms.DateField(label=_("When"), widget=UnfoldAdminSingleDateWidget)
    note = forms.CharField(
        label=_("Where the proof is"),
        max_length=consent.NOTE,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("A form on the site, a folder with papers: it is asked for when a client complains."),
    )


def consents(request: HttpRequest) -> HttpResponse:
    """For the clients picked in the list (`picked`), and for those who are pasted."""
    picked = [int(one) for one in request.GET.getlist("picked") if is_id(one)]
    given = request.POST if request.method == "POST" else None
    form = ConsentsForm(given, initial={"day": timezone.localdate()})
    back = reverse("admin:appeals_contact_changelist")
    tenant = scope_of(request).tenant
    if tenant is None:
        messages.error(request, gettext("Open this as an employee of the organisation."))
        return redirect(back)
    if form.is_bound and form.is_valid():
        try:
            _note(request, tenant, picked, form.cleaned_data)
            return redirect(back)
        except Rejected as error:
            form.add_error("day", str(error.public))
    text = gettext("Consent is noted for everybody found. Who has said no since then stays left out.")
    if picked:
        chosen = ngettext("%(n)d client was picked.", "%(n)d clients were picked.", len(picked))
        text = f"{chosen % {'n': len(picked)}} {text}"
    return page(
        request,
        "tenants/confirm.html",
        title=_("Consent to advertising"),
        form=form,
        text=text,
        button=_("Note the consent"),
        back=back,
    )


def _note(request: HttpRequest, tenant: Tenant, picked: Iterable[int], values: dict[str, Any]) -> None:
    found = match(values["pasted"], tenant_id=tenant.pk)
    own = Contact.objects.filter(tenant=tenant, pk__in=[*picked]).values_list("pk", flat=True)
    noted = consent.agree(
        contacts={*own, *found.contact_ids},
        tenant_id=tenant.pk,
        way=ConsentWay(values["way"]),
        by=scope_of(request).member,
        at=_moment(values["day"]),
        note=values["note"],
    )
    said = ngettext("Noted for %(n)d client.", "Noted for %(n)d clients.", noted.noted) % {"n": noted.noted}
    if noted.known:
        said += " " + gettext("Agreed before: %(n)d.") % {"n": noted.known}
    messages.success(request, said)
    if noted.refused:
        told = gettext("Left out, as they have said no since: %(n)d.") % {"n": noted.refused}
        messages.warning(request, told)
    if found.unmatched:
        lines = ", ".join(found.unmatched[:SHOWN]) + (" …" if len(found.unmatched) > SHOWN else "")
        told = gettext("Lines that no client was found by (%(n)d): %(lines)s")
        messages.warning(request, told % {"n": len(found.unmatched), "lines": lines})


def _moment(day: date) -> datetime | None:
    if day == timezone.localdate():
        return None
    return timezone.make_aware(datetime.combine(day, time.min))
