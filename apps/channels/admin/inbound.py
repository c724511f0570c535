"""Incoming events: the list, one event with what it says, and reading again."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import NoReverseMatch, URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from apps.channels.accounting import ENDINGS, REPEATED, TITLES
from apps.channels.admin.accounting import accounting_page, replay_unrouted
from apps.channels.admin.body import shown_body
from apps.channels.models import InboundEvent
from apps.channels.reasons import reason_title
from apps.channels.receiving import read_again
from apps.channels.resolving import messenger
from apps.core.text import shorten
from apps.integrations.registry import connector_name, connectors
from apps.tenants.scoped_admin import ADMIN_ONLY, NOBODY, TenantAdmin, scoped_page


class EndedFilter(admin.SimpleListFilter):
    """The same conditions as the accounting counts by, so that a figure and its list agree."""

    title = _("what it came to")
    parameter_name = "ended"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [*TITLES.items(), ("repeated", _("received more than once"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[InboundEvent]) -> QuerySet[InboundEvent]:
        if self.value() == "repeated":
            return queryset.filter(REPEATED)
        condition = ENDINGS.get(self.value() or "")
        return queryset if condition is None else queryset.filter(condition)


class ConnectorFilter(admin.SimpleListFilter):
    """By the service's own name. The parameter is the field's, as the links of the accounting write it."""

    title = _("integration")
    parameter_name = "connector"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(slug, connector_name(slug)) for slug in connectors() if messenger(slug)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[InboundEvent]) -> QuerySet[InboundEvent]:
        slug = self.value()
        return queryset if slug is None else queryset.filter(connector=slug)


@admin.register(InboundEvent)
class InboundEventAdmin(TenantAdmin):
    view_roles = ADMIN_ONLY
    edit_roles = delete_roles = NOBODY
    list_display = ("received_at", "integration", "channel", "state", "outcome", "why", "deliveries")
    list_filter = (EndedFilter, "channel", ConnectorFilter)
    list_select_related = ("channel", "tenant")
    date_hierarchy = "received_at"
    show_full_result_count = False
    actions = ["read_again"]
    fields = (
        "integration",
        "channel",
        "received_at",
        "deliveries",
        "state",
        "outcome",
        "why",
        "trouble",
        "came_of_it",
        "shown",
    )
    readonly_fields = ("integration", "why", "trouble", "came_of_it", "shown")

    def get_queryset(self, request: HttpRequest) -> QuerySet[InboundEvent]:
        # Bodies have up to 5 MB; a list of a hundred must not load them.
        rows: QuerySet[InboundEvent] = super().get_queryset(request).defer("body", "proof")
        return rows

    def get_urls(self) -> list[URLPattern]:
        own = [
            path("accounting/", scoped_page()(accounting_page), name="channels_accounting"),
            path("accounting/replay/", scoped_page()(replay_unrouted), name="channels_replay_unrouted"),
        ]
        return [*own, *super().get_urls()]

    def has_read_again_permission(self, request: HttpRequest) -> bool:
        return bool(self.has_view_permission(request))

    @admin.action(description=_("Read again"), permissions=["read_again"])
    def read_again(self, request: HttpRequest, queryset: QuerySet[InboundEvent]) -> None:
        count = read_again(queryset.values_list("pk", flat=True))
        said = ngettext("%(n)d event will be read again.", "%(n)d events will be read again.", count)
        self.message_user(request, said % {"n": count}, messages.SUCCESS if count else messages.WARNING)

    @admin.display(description=_("integration"), ordering="connector")
    def integration(self, event: InboundEvent) -> str:
        return connector_name(event.connector)

    @admin.display(description=_("reason"), ordering="reason")
    def why(self, event: InboundEvent) -> str:
        return reason_title(event.reason) or "–"

    @admin.display(description=_("error"))
    def trouble(self, event: InboundEvent) -> str:
        # Stored in the language of the source.
        return gettext(event.error_text) if event.error_text else "–"

    @admin.display(description=_("body"))
    def shown(self, event: InboundEvent) -> SafeString:
        return format_html(
            '<pre style="white-space: pre-wrap; overflow-wrap: anywhere">{}</pre>', shown_body(event)
        )

    @admin.display(description=_("what it became"))
    def came_of_it(self, event: InboundEvent) -> SafeString | str:
        """Rows of other apps that point at this event: they are known here by their relation only."""
        named = [name for relation in InboundEvent._meta.related_objects for name in _names(event, relation)]
        return format_html_join(" · ", "{}", ((name,) for name in named)) or "–"


def _names(event: InboundEvent, relation: Any) -> list[SafeString | str]:
    rows = relation.related_model._default_manager.filter(**{relation.field.name: event})[:10]
    return [_linked(row) for row in rows]


def _linked(row: Any) -> SafeString | str:
    name = shorten(str(row), 100) or f"{row._meta.verbose_name} {row.pk}"
    address = _address(row)
    return format_html('<a href="{}" class="text-link underline">{}</a>', address, name) if address else name


def _address(row: Any) -> str:
    if hasattr(row, "get_absolute_url"):
        return str(row.get_absolute_url())
    try:
        return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
    except NoReverseMatch:
        return ""
