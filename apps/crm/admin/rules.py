"""One CRM's page: whether orders go by themselves, how their fields and statuses are mapped, and a preview
of the exact order of an appeal, with a try of it.
"""

from datetime import UTC, datetime
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.appeals.admitting import seen_by
from apps.appeals.models import Appeal, AppealStatus
from apps.core.errors import OutsideError
from apps.crm.admin.rule_forms import RulesForm, field_forms, keep_fields, keep_statuses, status_forms
from apps.crm.composing import Preview, body_of, compose
from apps.crm.models import OrderRules, OrderSync
from apps.crm.ordering import crms, earlier_without_order, order_now
from apps.crm.staying import carry_over, elsewhere
from apps.tenants.addresses import is_id
from apps.tenants.scope import Scope, scope_of
from apps.tenants.scoped_admin import ADMIN_ONLY, NOBODY, TenantAdmin, page

ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)


@admin.register(OrderRules)
class OrderRulesAdmin(TenantAdmin):
    view_roles = edit_roles = ADMIN_ONLY
    # Made with the connection, and gone with it.
    add_roles = delete_roles = NOBODY
    list_display = ("connection", "sends_itself", "since")
    list_select_related = ("connection", "tenant")
    list_disable_select_all = True
    actions = ()

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        rules = self.get_object(request, object_id)
        if rules is None:
            gone: HttpResponse = self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
            return gone
        match request.POST.get("act") if request.method == "POST" else None:
            case "try":
                return self._try(request, rules)
            case "same":
                return self._same(request, rules)
        return self._page(request, rules)

    def _page(self, request: HttpRequest, rules: OrderRules) -> HttpResponse:
        data = request.POST if request.method == "POST" else None
        general = RulesForm(data, instance=rules)
        fields = field_forms(data, rules.connection)
        statuses = status_forms(data, rules.connection)
        # Each is asked, so that each shows what is wrong with it.
        wrong = [form for form in (general, *fields, *statuses) if not form.is_valid()]
        if data is not None and not wrong:
            with transaction.atomic():
                general.save()
                keep_fields(rules.connection, fields)
                keep_statuses(rules.connection, statuses)
            messages.success(request, _("Saved. Orders from now on are filled in like this."))
            return redirect(_address(rules, request.GET.get("appeal", "")))
        appeal = _appeal(scope_of(request), rules, request.GET.get("appeal", ""))
        preview = _preview(appeal, rules)
        may_read = scope_of(request).phones == "shown"
        return page(
            request,
            "crm/rules.html",
            title=_("Orders to %(crm)s") % {"crm": rules.connection},
            rules=rules,
            general=general,
            fields=fields,
            statuses=statuses,
            appeal=appeal,
            asked=request.GET.get("appeal", "") or (str(appeal.pk) if appeal else ""),
            preview=preview,
            body=body_of(preview, rules.connection) if preview and may_read else "",
            sync=OrderSync.objects.filter(appeal=appeal, connection=rules.connection).first(),
            elsewhere=elsewhere().filter(connection=rules.connection).count(),
            waiting=earlier_without_order(rules.connection, since=ALWAYS).count(),
            phones=scope_of(request).phones,
            card=reverse("admin:integrations_connection_change", args=[rules.connection_id]),
        )

    def _try(self, request: HttpRequest, rules: OrderRules) -> HttpResponse:
        """A real order of one appeal: the way to see that all of it holds."""
        scope = scope_of(request)
        appeal = _appeal(scope, rules, request.POST.get("appeal", ""))
        if appeal is None:
            messages.error(request, _("There is no such appeal."))
            return redirect(_address(rules))
        try:
            order_now(appeal=appeal, connection=rules.connection, member=scope.member)
        except OutsideError as error:
            messages.error(request, str(error.public))
        else:
            messages.success(
                request, _("The order of this appeal is on its way. Reload the page in a moment.")
            )
        return redirect(_address(rules, str(appeal.pk)))

    def _same(self, request: HttpRequest, rules: OrderRules) -> HttpResponse:
        """The settings lead to the account that they led to before."""
        count = carry_over(rules.connection)
        if count:
            messages.success(request, _("These orders are asked for and kept in line again."))
        else:
            messages.warning(request, _("They were made by another API, which calls them otherwise."))
        return redirect(_address(rules))


def _address(rules: OrderRules, appeal: str = "") -> str:
    there = reverse("admin:crm_orderrules_change", args=[rules.pk])
    return f"{there}?appeal={appeal}#preview" if is_id(appeal) else there


def _appeal(scope: Scope, rules: OrderRules, asked: str) -> Appeal | None:
    """The one that was asked for; else the latest that is agreed, else the latest with a device."""
    rows = Appeal.objects.filter(seen_by(scope.member, "conversation"), tenant=rules.tenant_id)
    rows = rows.select_related("contact", "channel", "operator", "conversation").order_by("-pk")
    if asked:
        return rows.filter(pk=asked).first() if is_id(asked) else None
    return rows.filter(status=AppealStatus.AGREED).first() or rows.exclude(devices=None).first()


def _preview(appeal: Appeal | None, rules: OrderRules) -> Preview | None:
    if appeal is None or rules.connection.connector not in crms():
        return None
    return compose(appeal, rules.connection)
