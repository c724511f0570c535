"""The log of what was sent: filtered, looked into, and sent again, one or all that a filter shows."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import action, display

from apps.core.models import State
from apps.integrations.admin.webhooks.looking import body_shown, headers_shown, moment, tries_shown
from apps.integrations.webhooks import wording
from apps.integrations.webhooks.models import WebhookAttempt, WebhookDelivery
from apps.integrations.webhooks.redelivering import redeliver, redeliverable
from apps.tenants.badges import Colours
from apps.tenants.period_filter import PeriodFilter
from apps.tenants.scoped_admin import ADMIN_ONLY, NOBODY, TenantAdmin, page

SHOWN = ("how_it_stands", "why", "next_try", "shown_headers", "shown_body", "shown_tries")
COLOURS = Colours(
    {"done": "success", "failed": "danger", "queued": "info", "running": "info", "again": "warning"}
)
ASKED = _(
    "Each is sent with the id and the words it always had, so that receivers who note ids take it for the "
    "same."
)
NOWHERE = _("Nothing of this can be sent: it is on its way, or its endpoint is switched off.")
# Kinds are offered as the latest have them: to ask all there are would read the whole log for each page.
LATEST = 1000


class KindFilter(DropdownFilter):
    title = _("event")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        rows = model_admin.get_queryset(request).order_by("-created_at", "-pk")
        kinds = {*rows.values_list("kind", flat=True)[:LATEST]}
        return [(kind, kind) for kind in sorted(kinds)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(TenantAdmin):
    view_roles = ADMIN_ONLY
    edit_roles = delete_roles = NOBODY
    list_display = ("created_at", "kind", "subject", "endpoint", "state_label", "last_answer", "tries_count")
    list_filter = ("endpoint", "state", KindFilter, ("created_at", PeriodFilter))
    list_filter_submit = True
    list_select_related = ("endpoint", "tenant")
    list_before_template = "webhooks/deliveries_help.html"
    search_fields = ("subject", "=message_id")
    search_help_text = _("Id of the call, or the webhook id")
    show_full_result_count = False
    actions = ["send_again"]
    actions_detail = ("send_this_again",)
    fields = (
        "message_id",
        ("kind", "subject"),
        "endpoint",
        ("created_at", "delivered_at"),
        *SHOWN,
    )
    readonly_fields = SHOWN

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        tries = WebhookAttempt.objects.filter(delivery=OuterRef("pk"))
        counted = tries.order_by().values("delivery").annotate(count=Count("pk")).values("count")
        last = tries.order_by("-number")
        rows: QuerySet[Any] = super().get_queryset(request).defer("body")
        annotated: QuerySet[Any] = rows.annotate(
            tries_made=Subquery(counted),
            last_status=Subquery(last.values("status")[:1]),
            last_code=Subquery(last.values("error_code")[:1]),
            last_finished=Subquery(last.values("finished_at")[:1]),
        )
        return annotated

    @display(description=_("state"), ordering="state", label=COLOURS)
    def state_label(self, delivery: WebhookDelivery) -> tuple[str, str]:
        if delivery.state == State.QUEUED and delivery.failures:
            return "again", gettext("is tried again")
        return delivery.state, delivery.get_state_display()

    @display(description=_("state"))
    def how_it_stands(self, delivery: WebhookDelivery) -> str:
        return str(self.state_label(delivery)[1])

    @display(description=_("last answer"))
    def last_answer(self, delivery: Any) -> str:
        if not delivery.tries_made:
            return "–"
        finished = delivery.last_finished is not None
        return str(wording.described(delivery.last_status, delivery.last_code, finished=finished))

    @display(description=_("tries"), ordering="tries_made")
    def tries_count(self, delivery: Any) -> int:
        return delivery.tries_made or 0

    @display(description=_("reason"))
    def why(self, delivery: WebhookDelivery) -> str:
        # Stored in the language of the source.
        return gettext(delivery.error_text) if delivery.error_text else "–"

    @display(description=_("next try"))
    def next_try(self, delivery: WebhookDelivery) -> str:
        return moment(delivery.due_at) if delivery.state == State.QUEUED else "–"

    @display(description=_("headers"))
    def shown_headers(self, delivery: WebhookDelivery) -> str:
        return headers_shown(delivery)

    @display(description=_("body"))
    def shown_body(self, delivery: WebhookDelivery) -> str:
        return body_shown(delivery)

    @display(description=_("tries"))
    def shown_tries(self, delivery: WebhookDelivery) -> str:
        return tries_shown(delivery)

    def has_send_again_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return bool(self.has_view_permission(request, object_id))

    @action(description=_("Send again"), permissions=["send_again"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[WebhookDelivery]) -> HttpResponse | None:
        """Of those chosen, or of all that the filter shows; asked first, in numbers."""
        if "confirmed" in request.POST:
            self._tell(request, redeliver(queryset))
            return None
        count = redeliverable(queryset).count()
        if not count:
            messages.warning(request, NOWHERE)
            return None
        whole = request.POST.get("select_across") == "1"
        chosen = request.POST.getlist(ACTION_CHECKBOX_NAME)[: 1 if whole else None]
        hidden = [("action", "send_again"), ("select_across", "1" if whole else "0"), ("confirmed", "1")]
        return page(
            request,
            "tenants/confirm.html",
            title=_("Send again: %(count)d") % {"count": count},
            text=ASKED,
            hidden=[*hidden, *((ACTION_CHECKBOX_NAME, pk) for pk in chosen)],
            button=_("Send again"),
            back=request.get_full_path(),
        )

    @action(description=_("Send again"), url_path="again", permissions=["send_again"], icon="refresh")
    def send_this_again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        rows = self.get_queryset(request).filter(pk=object_id)
        here = redirect("admin:integrations_webhookdelivery_change", object_id)
        if not redeliverable(rows).exists():
            messages.warning(request, NOWHERE)
            return here
        if request.method == "POST":
            self._tell(request, redeliver(rows))
            return here
        return page(
            request,
            "tenants/confirm.html",
            title=_("Send again: %(count)d") % {"count": 1},
            text=ASKED,
            button=_("Send again"),
            back=here.url,
        )

    def _tell(self, request: HttpRequest, count: int) -> None:
        said = ngettext("%(n)d delivery is on its way.", "%(n)d deliveries are on their way.", count)
        self.message_user(request, said % {"n": count}, messages.SUCCESS if count else messages.WARNING)
