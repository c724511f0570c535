"""Receivers: added with a secret that is shown once, tested, rotated, switched off and on; never deleted."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables
from simple_history.admin import SimpleHistoryAdmin
from unfold.decorators import action, display

from apps.core.secrets import Undecryptable, mask
from apps.integrations.admin.webhooks import acts
from apps.integrations.webhooks import wording
from apps.integrations.webhooks.endpoints import check_address, check_move, give_first_secret, overlap_ends
from apps.integrations.webhooks.models import Disabled, WebhookEndpoint
from apps.tenants import mailing
from apps.tenants.badges import Colours
from apps.tenants.clock import on_the_wall
from apps.tenants.scoped_admin import ADMIN_ONLY, NOBODY, TenantAdmin
from apps.tenants.scoped_forms import TenantForm

Act = Callable[[HttpRequest, WebhookEndpoint], HttpResponse]
SHOWN = ("shown_address", "shown_state", "shown_told", "shown_secret", "used_at", "shown_deliveries")


class EndpointForm(TenantForm):
    class Meta:
        model = WebhookEndpoint
        fields = ("name", "key", "url")

    def clean_url(self) -> str:
        """The page saves in the same transaction: no first try begins between question and answer."""
        url = str(self.cleaned_data["url"])
        check_address(url)
        if self.instance.pk is not None:
            check_move(self.instance, url)
        return url


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(SimpleHistoryAdmin, TenantAdmin):
    form = EndpointForm
    view_roles = edit_roles = ADMIN_ONLY
    delete_roles = NOBODY
    list_display = ("name", "key", "shown_host", "state_label", "used_at")
    list_select_related = ("tenant",)
    list_before_template = "webhooks/endpoints_help.html"
    search_fields = ("name", "key")
    actions_detail = ("test", "rotate", "turn_off", "turn_on")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        if obj is None:
            fields: tuple[str, ...] = ("name", "key", "url")
        else:
            fields = ("name", "key", *(SHOWN if obj.used_at else ("url", *SHOWN[1:])))
        return self._with_tenant(request, [(None, {"fields": fields})])

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        names = [*super().get_readonly_fields(request, obj), *SHOWN]
        return [*names, "key"] if obj is not None else names

    @display(description=_("address"))
    def shown_host(self, endpoint: WebhookEndpoint) -> str:
        # In a list the host alone: what follows it may be the receiver's secret.
        return urlsplit(endpoint.url).hostname or "–"

    @display(description=_("address"))
    def shown_address(self, endpoint: WebhookEndpoint) -> SafeString:
        return format_html(
            '<span style="overflow-wrap: anywhere">{}</span><br><span class="bc-note">{}</span>',
            endpoint.url,
            wording.FIXED,
        )

    @display(
        description=_("state"),
        ordering="is_active",
        label=Colours({"on": "success", "off": "info", "fell": "danger"}),
    )
    def state_label(self, endpoint: WebhookEndpoint) -> tuple[str, str]:
        if endpoint.is_active:
            return "on", gettext("switched on")
        if endpoint.disabled_because == Disabled.BY_HAND:
            return "off", gettext("switched off")
        return "fell", gettext("switched itself off")

    @display(description=_("state"))
    def shown_state(self, endpoint: WebhookEndpoint) -> str:
        if endpoint.is_active:
            if endpoint.paused_until is None or endpoint.paused_until <= timezone.now():
                return gettext("switched on")
            until = on_the_wall(endpoint.paused_until, endpoint.tenant)
            return gettext("switched on; it asked for patience until %(until)s") % {"until": until}
        since = on_the_wall(endpoint.disabled_at, endpoint.tenant) if endpoint.disabled_at else "–"
        told = gettext("off since %(since)s: %(why)s")
        return told % {"since": since, "why": endpoint.get_disabled_because_display()}

    @display(description=_("who hears when it switches itself off"))
    def shown_told(self, endpoint: WebhookEndpoint) -> str:
        if not mailing.is_set_up():
            return gettext("No e-mails are set up here (EMAIL_URL): the start page alone says so.")
        addresses = mailing.administrators_of(endpoint.tenant)
        if not addresses:
            return gettext("No administrator has an e-mail address: the start page alone says so.")
        return gettext("By e-mail: %(addresses)s") % {"addresses": ", ".join(addresses)}

    @display(description=_("secret"))
    @sensitive_variables()
    def shown_secret(self, endpoint: WebhookEndpoint) -> str:
        try:
            ending, until = mask(str(endpoint.secrets.get("current", ""))), overlap_ends(endpoint)
        except Undecryptable:
            return gettext(str(wording.UNREADABLE))
        if until is None:
            return ending or "–"
        told = gettext("%(secret)s; the former one signs along until %(until)s")
        return told % {"secret": ending, "until": on_the_wall(until, endpoint.tenant)}

    @display(description=_("deliveries"))
    def shown_deliveries(self, endpoint: WebhookEndpoint) -> SafeString:
        address = reverse("admin:integrations_webhookdelivery_changelist")
        return format_html(
            '<a href="{}?endpoint__id__exact={}" class="text-link underline">{}</a>',
            address,
            endpoint.pk,
            gettext("What was sent there"),
        )

    @sensitive_variables()
    def save_model(self, request: HttpRequest, obj: WebhookEndpoint, form: Any, change: bool) -> None:
        if change:
            # Nothing else of a row that was read before: it may have been switched off meanwhile.
            return obj.save(update_fields=["name", *(["url"] if "url" in form.changed_data else [])])
        value = give_first_secret(obj)
        super().save_model(request, obj, form, change)
        # Only for response_add, a few lines further in the same request.
        obj.value_once = value  # type: ignore[attr-defined]
        return None

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        return acts.show_secret(request, obj, obj.value_once, is_new=True)

    @action(description=_("Send a test"), permissions=["act"], icon="send")
    def test(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._on(request, object_id, acts.test)

    @action(description=_("New secret"), permissions=["act"], icon="key")
    def rotate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._on(request, object_id, acts.rotate)

    @action(description=_("Switch off"), url_path="off", permissions=["turn_off"], icon="block")
    def turn_off(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._on(request, object_id, acts.turn_off)

    @action(description=_("Switch on"), url_path="on", permissions=["turn_on"], icon="check")
    def turn_on(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._on(request, object_id, acts.turn_on)

    def _on(self, request: HttpRequest, object_id: str, act: Act) -> HttpResponse:
        """The door has made sure that it is one of the visitor's own."""
        endpoint: Any = self.get_object(request, object_id)
        return act(request, endpoint)

    def has_act_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self._found(request, object_id) is not None

    def has_turn_off_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Also of one that switched itself off: «leave it off», and the alarm ends."""
        endpoint = self._found(request, object_id)
        return endpoint is not None and endpoint.disabled_because != Disabled.BY_HAND

    def has_turn_on_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        endpoint = self._found(request, object_id)
        return endpoint is not None and not endpoint.is_active

    def _found(self, request: HttpRequest, object_id: Any) -> WebhookEndpoint | None:
        endpoint: WebhookEndpoint | None = self.get_object(request, str(object_id)) if object_id else None
        return endpoint if endpoint is not None and self.has_change_permission(request, endpoint) else None
