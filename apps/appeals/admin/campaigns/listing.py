"""The list of campaigns, and the form of a draft."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.views import ChangeList

from apps.appeals.admin.campaigns import list_file, pages, template
from apps.appeals.admin.campaigns.form import CampaignForm
from apps.appeals.campaigns.progress import pause_title
from apps.appeals.models import Campaign, CampaignStatus, Recipient, SendOutcome, Skip
from apps.appeals.models.campaign import AGAIN, OUT
from apps.appeals.uploads import keep
from apps.channels.contract import OutgoingFile
from apps.channels.describing import described
from apps.channels.models import KnownTemplate
from apps.core.errors import Rejected
from apps.core.models import State
from apps.tenants.badges import Colours
from apps.tenants.scope import LEADERS, scope_of
from apps.tenants.scoped_admin import TenantAdmin

COLOURS = Colours(
    {
        CampaignStatus.STARTING: "info",
        CampaignStatus.SENDING: "info",
        CampaignStatus.PAUSED: "warning",
        CampaignStatus.FINISHED: "success",
        CampaignStatus.STOPPED: "danger",
    }
)


def _count(**conditions: Any) -> Coalesce:
    """Counted for the rows of the page alone, in the same query."""
    rows = Recipient.objects.filter(campaign=OuterRef("pk"), **conditions).order_by()
    counted = rows.values("campaign").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), Value(0))


class CampaignList(ChangeList):
    """Opens the campaign's page, whose draft is edited from there."""

    def url_for_result(self, result: Any) -> str:
        return str(result.get_absolute_url())


@admin.register(Campaign)
class CampaignAdmin(TenantAdmin):
    view_roles = edit_roles = delete_roles = LEADERS
    form = CampaignForm
    list_display = ("name", "shown_status", "progress", "not_reached", "created_by", "created_at")
    list_filter = ("status",)
    list_select_related = ("tenant", "created_by")
    search_fields = ("name", "text")
    search_help_text = _("Name or words of the text")
    list_disable_select_all = True
    actions: ClassVar[list[Any]] = []
    list_before_template = "tenants/nothing_yet.html"
    nothing_yet = (
        _("No campaigns yet."),
        _(
            "A campaign is one message to many of your clients: that you have moved, that a part has "
            "arrived, that batteries are cheaper this week. It goes only to those who have written to you "
            "and have not asked for no campaigns. Before anything is sent you see who gets what."
        ),
    )
    fieldsets = (
        (
            _("What"),
            {
                "fields": ["name", "is_advertising", "text", "attachment", "no_attachment"],
                "description": _(
                    "In the text {имя}, {устройство} and {организация} become the client’s own. After | "
                    "stands what is written where nothing is known: {имя|клиент}. Whoever lacks a value and "
                    "has no such word is skipped."
                ),
            },
        ),
        (
            _("To whom"),
            {
                "fields": [
                    "source",
                    "pasted",
                    ("wrote_from", "wrote_until"),
                    ("appealed_from", "appealed_until"),
                    "statuses",
                    "reason",
                    "device",
                    "skip_talking",
                ]
            },
        ),
        (_("How"), {"fields": ["channels", "pace", ("quiet_from", "quiet_until"), "start_at"]}),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """A file can be left out once there is one."""
        found = super().get_fieldsets(request, obj)
        if obj is None or not obj.file:
            what = found[0][1]
            what["fields"] = [name for name in what["fields"] if name != "no_attachment"]
        return found

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        if request.resolver_match and not str(request.resolver_match.url_name).endswith("_changelist"):
            return rows
        return rows.annotate(  # type: ignore[no-any-return]
            all_n=_count() - _count(outcome=SendOutcome.SKIPPED) + _count(reason=Skip.STOPPED),
            ended_n=_count(outcome__in=(*OUT, *AGAIN)),
            failed_n=_count(outcome__in=AGAIN),
        )

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return CampaignList

    def get_urls(self) -> list[URLPattern]:
        own = [
            path("<path:object_id>/page/", self.of(pages.campaign_page), name="appeals_campaign_page"),
            path("<path:object_id>/live/", self.of(pages.live), name="appeals_campaign_live"),
            path("<path:object_id>/do/", self.of(pages.do), name="appeals_campaign_do"),
            path("<path:object_id>/template/", self.of(template.choose), name="appeals_campaign_template"),
            path("<path:object_id>/list/", self.of(list_file.bring), name="appeals_campaign_list_file"),
            path("<path:object_id>/export/", self.of(pages.export), name="appeals_campaign_export"),
        ]
        return [*own, *super().get_urls()]

    def of(self, view: Any) -> Any:
        """The door has made sure that the row is one of the visitor's own."""

        def opened(request: HttpRequest, object_id: str) -> HttpResponse:
            found = Campaign.objects.select_related("tenant", "created_by", "started_by")
            return view(request, found.get(pk=object_id))  # type: ignore[no-any-return]

        return opened

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and _is_draft(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and _is_draft(obj)

    def get_actions(self, request: HttpRequest) -> Any:
        # What was sent out stays on record; a draft is deleted on its own page.
        return {}

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        found = self.get_object(request, object_id)
        if found is not None and not _is_draft(found):
            return redirect(found)
        return super().change_view(request, object_id, form_url, extra_context)  # type: ignore[no-any-return]

    def changeform_view(
        self, request: Any, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The storage may be far away: it is written to before the form's transaction begins."""
        request.kept_file = self._kept(request, object_id)
        return super().changeform_view(request, object_id, form_url, extra_context)  # type: ignore[no-any-return]

    def get_form(self, request: Any, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        form.kept = getattr(request, "kept_file", None)
        form.may_be_wordless = _has_templates(self._own_tenant_id(request, obj))
        return form

    def _kept(self, request: HttpRequest, object_id: str | None) -> OutgoingFile | str | None:
        """Stored, or in words why it was not."""
        upload = request.FILES.get("attachment")
        if upload is None:
            return None
        found = self.get_object(request, object_id) if object_id else None
        tenant_id = self._own_tenant_id(request, found)
        try:
            return keep(described(upload), upload, tenant_id=tenant_id)
        except Rejected as error:
            return str(error.public)

    def save_model(self, request: HttpRequest, obj: Campaign, form: Any, change: bool) -> None:
        if not change:
            obj.created_by = scope_of(request).member
        if obj.status == CampaignStatus.DRAFT:
            obj.state = State.DONE  # nothing is to be done for a draft
        form.fill(obj)
        super().save_model(request, obj, form, change)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> HttpResponse:
        return redirect(obj)

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        return redirect(obj)

    @display(description=_("status"), ordering="status", label=COLOURS)
    def shown_status(self, campaign: Campaign) -> tuple[str, str]:
        return campaign.status, campaign.get_status_display()

    @display(description=_("sent"))
    def progress(self, campaign: Any) -> str:
        if campaign.started_at is None:
            return "–"
        counted = gettext("%(n)d of %(all)d") % {"n": campaign.ended_n, "all": campaign.all_n}
        why = pause_title(campaign)
        return f"{counted} · {why}" if why else counted

    @display(description=_("not delivered"))
    def not_reached(self, campaign: Any) -> str:
        return str(campaign.failed_n or "–")


def _has_templates(tenant_id: int | None) -> bool:
    return tenant_id is not None and KnownTemplate.objects.filter(tenant=tenant_id).exists()


def _is_draft(obj: Any) -> bool:
    return not isinstance(obj, Campaign) or obj.status == CampaignStatus.DRAFT
