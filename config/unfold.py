"""The admin's frame: names, colours, and the sidebar. Who sees what is decided in `apps.tenants.menu`."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Item = dict[str, Any]


def _sees(model: str) -> Callable[[HttpRequest], bool]:
    def check(request: HttpRequest) -> bool:
        # Settings are read before any app may be imported.
        from apps.tenants.menu import may_view

        return may_view(request, model)

    return check


def _is_at(prefix: str, *, but: str = "-") -> Callable[[HttpRequest], bool]:
    """By the route's name: other pages live below a list's address without being the list's."""

    def check(request: HttpRequest) -> bool:
        match = request.resolver_match
        name = (match.url_name or "") if match is not None else ""
        return name.startswith(prefix) and not name.startswith(but)

    return check


def _list(title: str | Promise, icon: str, model: str) -> Item:
    """A model's list, shown to whoever may open it."""
    app, name = model.lower().split(".")
    link = reverse_lazy(f"admin:{app}_{name}_changelist")
    active = _is_at(f"{app}_{name}_")
    return {"title": title, "icon": icon, "link": link, "permission": _sees(model), "active": active}


def _page(title: str | Promise, icon: str, name: str, *, permission: str) -> Item:
    link = reverse_lazy(name)
    return {"title": title, "icon": icon, "link": link, "permission": f"apps.tenants.menu.{permission}"}


def _group(title: str | Promise, *items: Item) -> dict[str, Any]:
    return {"title": title, "items": list(items)}


SETTINGS: dict[str, Any] = {
    "SITE_TITLE": "BatteryCRM",
    "SITE_HEADER": "BatteryCRM",
    "SITE_SUBHEADER": "apps.tenants.menu.subheader",
    "SITE_DROPDOWN": "apps.tenants.menu.dropdown",
    "SITE_SYMBOL": "battery_charging_full",
    "SITE_URL": None,
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("admin_extra/favicon.svg")}
    ],
    "SHOW_LANGUAGES": True,
    "SHOW_VIEW_ON_SITE": False,
    "BORDER_RADIUS": "6px",
    "STYLES": [lambda request: static("admin_extra/extra.css")],
    "SCRIPTS": [
        lambda request: static("admin_extra/copy.js"),
        lambda request: static("admin_extra/scrolled.js"),
    ],
    "DASHBOARD_CALLBACK": "apps.appeals.dashboard.page.index",
    "ACCOUNT": {"navigation": "apps.tenants.menu.account_links"},
    "LOGIN": {"form": "apps.tenants.login.LoginForm"},
    "COLORS": {
        "primary": {
            "50": "oklch(98.2% .018 155.8)",
            "100": "oklch(96.2% .044 156.7)",
            "200": "oklch(92.5% .084 155.9)",
            "300": "oklch(87.1% .15 154.4)",
            "400": "oklch(79.2% .209 151.7)",
            "500": "oklch(67% .19 149.5)",
            "600": "oklch(54% .16 149.6)",
            "700": "oklch(47% .14 150)",
            "800": "oklch(41% .115 151)",
            "900": "oklch(36% .09 152.5)",
            "950": "oklch(26.6% .065 152.9)",
        }
    },
    "SIDEBAR": {
        "show_search": False,
        "show_all_applications": False,
        "navigation": [
            _group(
                _("Work"),
                {
                    **_page(_("Conversations"), "forum", "desk", permission="works_here"),
                    "active": _is_at("desk", but="desk_mentions"),
                },
                {
                    **_page(_("Mentions"), "alternate_email", "desk_mentions", permission="is_employee"),
                    "badge": "apps.appeals.desk.mentions.badge",
                },
                _list(_("Appeals"), "assignment", "appeals.Appeal"),
                _list(_("Orders"), "receipt_long", "crm.OrderSync"),
                _list(_("Clients"), "contacts", "appeals.Contact"),
                _list(_("Campaigns"), "campaign", "appeals.Campaign"),
                _list(_("Audiences"), "ads_click", "ads.Audience"),
                _list(_("Price list"), "sell", "appeals.PriceItem"),
                _list(_("Canned replies"), "bolt", "appeals.CannedReply"),
            ),
            _group(
                _("Calls"),
                _list(_("Calls"), "call", "callanalysis.Call"),
                _page(_("Report"), "monitoring", "admin:callanalysis_report", permission="works_here"),
                _list(_("Checklists"), "checklist", "callanalysis.Checklist"),
                _list(_("Tables of calls"), "table_chart", "callanalysis.Table"),
                _list(_("Managers"), "support_agent", "callanalysis.SalesManager"),
                _list(_("Offices"), "domain", "callanalysis.Office"),
                _page(_("Connecting"), "cable", "admin:callanalysis_connecting", permission="administers"),
                _list(_("Settings of calls"), "tune", "callanalysis.AnalysisSettings"),
            ),
            _group(
                _("Connections"),
                _page(_("Integrations"), "extension", "admin:integrations_cards", permission="administers"),
                _list(_("Channels"), "hub", "channels.Channel"),
                _list(_("Orders: fields and statuses"), "conversion_path", "crm.OrderRules"),
                _list(_("Orders: conflicts"), "compare_arrows", "crm.Conflict"),
                _list(_("Histories of channels"), "history", "channels.Backfill"),
                _list(_("Replies by the AI itself"), "smart_toy", "appeals.AutoSending"),
                _page(_("Incoming events"), "inbox", "admin:channels_accounting", permission="administers"),
                _list(_("Outgoing webhooks"), "webhook", "integrations.WebhookEndpoint"),
            ),
            _group(
                _("AI"),
                _list(_("Prompts"), "edit_note", "ai.PromptVersion"),
                _list(_("AI calls"), "smart_toy", "ai.ModelCall"),
            ),
            _group(
                _("Monitoring"),
                _page(_("Failed and unclear"), "report", "admin:tenants_trouble", permission="administers"),
                _list(_("Action log"), "receipt_long", "integrations.ActionLog"),
                _list(_("Sent webhooks"), "outbox", "integrations.WebhookDelivery"),
                _list(_("Access log"), "visibility", "appeals.Access"),
                _list(_("Uploads of audiences"), "cloud_upload", "ads.Export"),
                _list(_("Clients in audiences"), "fact_check", "ads.Entry"),
            ),
            _group(
                _("Settings"),
                _list(_("Organisation"), "storefront", "tenants.Tenant"),
                _list(_("Tags"), "sell", "appeals.Tag"),
                _page(_("Working hours"), "schedule", "admin:tenants_hours", permission="administers"),
                _page(_("Deadlines"), "timer", "admin:appeals_targets", permission="administers"),
                _list(_("Employees"), "badge", "tenants.Member"),
                _list(_("Teams"), "groups", "tenants.Team"),
                _list(_("API keys"), "key", "tenants.ApiKey"),
                _list(_("Users"), "manage_accounts", "auth.User"),
            ),
        ],
    },
}
