"""Audiences as a list, and one of them: its conditions, who would go and who not, and its uploads."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.ads.admin.form import AudienceForm
from apps.ads.launching import begin, platforms
from apps.ads.models import Audience, Cause, Export, Left, Placement
from apps.ads.placing import place
from apps.ads.selecting import preview
from apps.integrations.registry import connector
from apps.tenants.scope import LEADERS, scope_of
from apps.tenants.scoped_admin import NOBODY, TenantAdmin, page

# A page shows so many of a reason; their number is told whole.
SHOWN = 200
LATEST = 5


@admin.register(Audience)
class AudienceAdmin(TenantAdmin):
    """Never deleted: the ledger of who was uploaded hangs on it. It is switched off instead."""

    form = AudienceForm
    view_roles = edit_roles = LEADERS
    delete_roles = NOBODY
    list_before_template = "tenants/nothing_yet.html"
    nothing_yet = (
        _("No audiences yet."),
        _(
            "An audience is a list of clients whom your advertising is to reach again, such as those "
            "who refused a repair. It is uploaded to the advertising account every day, and whoever has "
            "bought or taken their consent back is taken out. Connect an advertising account among the "
            "integrations: the first audience is then made by itself."
        ),
    )
    change_form_outer_after_template = "ads/audience.html"
    list_display = ("name", "shown_accounts", "people", "is_active", "shown_hour")
    list_select_related = ("tenant",)
    list_disable_select_all = True
    actions: ClassVar[list[Any]] = []
    search_fields = ("name",)
    search_help_text = _("Name")
    fieldsets = (
        (None, {"fields": ["name", "accounts", ("is_active", "hour")]}),
        (
            _("Whom"),
            {
                "fields": [
                    "statuses",
                    "days",
                    ("since", "until"),
                    ("reason", "device"),
                    ("city", "tags"),
                ],
                "description": _("One and the same appeal of a client answers to all of it."),
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        there = Q(placements__entries__removed_at=None, placements__entries__sent_at__isnull=False)
        there &= Q(placements__entries__refused_at=None)
        rows: QuerySet[Any] = super().get_queryset(request)
        counted = rows.annotate(people_n=Count("placements__entries__contact", filter=there, distinct=True))
        with_accounts: QuerySet[Any] = counted.prefetch_related("placements__connection")
        return with_accounts

    def get_urls(self) -> list[URLPattern]:
        own = [
            path("<path:object_id>/upload/", self.upload, name="ads_audience_upload"),
            path("<path:object_id>/people/", self.people_of, name="ads_audience_people"),
        ]
        return [*own, *super().get_urls()]

    def save_model(self, request: HttpRequest, obj: Audience, form: Any, change: bool) -> None:
        obj.filter = form.conditions().as_json()
        with transaction.atomic():
            super().save_model(request, obj, form, change)
            place(obj, form.cleaned_data["accounts"])

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        audience = self.get_object(request, unquote(object_id)) if request.method == "GET" else None
        shown = {"audience": audience, **_standing(audience)} if audience else {}
        context = {**(extra_context or {}), **shown}
        return super().change_view(request, object_id, form_url, context)  # type: ignore[no-any-return]

    def upload(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Now, to every account that it is in."""
        audience: Any = self.get_object(request, unquote(object_id))
        back = redirect("admin:ads_audience_change", audience.pk)
        if request.method != "POST":
            return back
        placements = audience.placements.filter(is_wanted=True, connection__is_active=True)
        begun = [
            begin(placement=one, cause=Cause.BY_HAND, member=scope_of(request).member)
            for one in placements.order_by("pk")
        ]
        if begun:
            said = ngettext("The upload is on its way.", "%(n)d uploads are on their way.", len(begun))
            messages.success(request, said % {"n": len(begun)})
        else:
            messages.error(request, gettext("Choose an advertising account first, and save."))
        return back

    def people_of(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Who is behind one of the preview's numbers."""
        audience: Any = self.get_object(request, unquote(object_id))
        reason = request.GET.get("reason", "")
        reason = reason if reason in Left else ""
        found = preview(audience, shown=reason, most=SHOWN)
        return page(
            request,
            "ads/people.html",
            title=audience.name,
            said=Left(reason).label if reason else gettext("may be uploaded"),
            people=found.shown,
            count=found.left_out.get(reason, 0) if reason else found.eligible,
            phones=scope_of(request).phones,
            back=reverse("admin:ads_audience_change", args=[audience.pk]),
        )

    @display(description=_("advertising accounts"))
    def shown_accounts(self, audience: Any) -> str:
        wanted = [str(one.connection) for one in audience.placements.all() if one.is_wanted]
        return ", ".join(wanted) or "—"

    @display(description=_("people there now"))
    def people(self, audience: Any) -> int:
        return int(audience.people_n)

    @display(description=_("at what hour"), ordering="hour")
    def shown_hour(self, audience: Audience) -> str:
        return f"{audience.hour:02}:00"


def _standing(audience: Audience) -> dict[str, Any]:
    found = preview(audience)
    placements = list(audience.placements.filter(is_wanted=True).select_related("connection").order_by("pk"))
    return {
        "preview": found,
        "minimums": {one.connection.name: _minimum(one) for one in placements if _minimum(one) > 1},
        "placements": placements,
        "exports": Export.objects.filter(placement__audience=audience).select_related(
            "placement__connection", "placement__audience"
        )[:LATEST],
    }


def _minimum(placement: Placement) -> int:
    """None of a connection whose connector is not installed any more."""
    if placement.connection.connector not in platforms():
        return 0
    module: Any = connector(placement.connection.connector)
    return int(module.terms(module.spoken(placement.connection)).minimum)
