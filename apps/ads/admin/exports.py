"""Uploads as a list with what hinders them, and one of them with every step."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import formats, timezone
from django.utils.dateparse import parse_datetime
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.ads.models import Export, Left
from apps.core.models import State
from apps.tenants.badges import Colours
from apps.tenants.period_filter import PeriodFilter
from apps.tenants.scope import LEADERS
from apps.tenants.scoped_admin import NOBODY, TenantAdmin

COLOURS = Colours(
    {
        "uploaded": "success",
        "nothing": "success",
        "too_few": "warning",
        State.FAILED: "danger",
        State.UNKNOWN: "warning",
        State.QUEUED: "info",
        State.RUNNING: "info",
    }
)


@admin.register(Export)
class ExportAdmin(TenantAdmin):
    """Begun by the audience's own hour or its button; put on its way again from the page of what failed."""

    view_roles = LEADERS
    edit_roles = delete_roles = NOBODY
    list_before_template = "tenants/nothing_yet.html"
    nothing_yet = (
        _("No uploads yet."),
        _("An audience is uploaded every day at its hour, and by «Upload now» on its page."),
    )
    list_display = (
        "created_at",
        "shown_placement",
        "cause",
        "shown_state",
        "total",
        "to_add",
        "to_remove",
        "shown_error",
    )
    list_filter = ("placement__connection", "state", "outcome", ("created_at", PeriodFilter))
    list_filter_submit = True
    list_select_related = ("placement__audience", "placement__connection", "tenant")
    list_disable_select_all = True
    fields = (
        "shown_placement",
        ("cause", "asked_by"),
        ("said_state", "outcome"),
        "shown_error",
        ("created_at", "finished_at"),
        ("total", "is_whole", "shape"),
        ("to_add", "to_remove", "refused"),
        "shown_left_out",
        "shown_receipts",
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        names = ("shown_placement", "said_state", "shown_error", "shown_left_out", "shown_receipts")
        return [*super().get_readonly_fields(request, obj), *names]

    @display(description=_("audience in an account"))
    def shown_placement(self, export: Export) -> str:
        return str(export.placement)

    @display(description=_("state"), ordering="state", label=COLOURS)
    def shown_state(self, export: Export) -> tuple[str, str]:
        if export.state == State.DONE and export.outcome:
            return export.outcome, export.get_outcome_display()
        if export.state == State.QUEUED and export.stage and not export.error_code:
            return export.state, gettext("being processed there")
        return export.state, export.get_state_display()

    @display(description=_("state"))
    def said_state(self, export: Export) -> str:
        _state, word = self.shown_state(export)
        return str(word)

    @display(description=_("what hinders it"))
    def shown_error(self, export: Export) -> str:
        return gettext(export.error_text) if export.error_text else "—"

    @display(description=_("left out"))
    def shown_left_out(self, export: Export) -> SafeString | str:
        known = [one for one in Left if one in export.left_out]
        rows = ((one.label, export.left_out[one]) for one in known)
        return format_html_join(", ", "{}: {}", rows) or "—"

    @display(description=_("steps"))
    def shown_receipts(self, export: Export) -> SafeString | str:
        """With what the service called each request: its support finds it by that."""
        rows = ((_moment(one["at"]), one["step"], one["request"]) for one in export.receipts)
        return format_html_join("\n", "<div>{} · {} <span class='bc-note'>{}</span></div>", rows) or "—"


def _moment(text: str) -> str:
    found = parse_datetime(text)
    return formats.date_format(timezone.localtime(found), "SHORT_DATETIME_FORMAT") if found else text
