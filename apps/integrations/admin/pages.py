"""The integrations pages themselves: all cards, a new connection, one connection, its check and its end."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from apps.integrations.cards import Light, line_of, shelves, status_of
from apps.integrations.changes import changes_of
from apps.integrations.checking import WHILE_ONE_WAITS, check_connection, install_and_check
from apps.integrations.connecting import InvalidSettings, connect, disconnect, reconfigure
from apps.integrations.forms import SettingsForm
from apps.integrations.models import Connection
from apps.integrations.registry import UnknownConnector, connector
from apps.integrations.stopping import consequences
from apps.integrations.upkeep import read
from apps.tenants.choosing import chosen_tenant, offer_tenants, picked
from apps.tenants.models import Tenant
from apps.tenants.scope import scope_of
from apps.tenants.scoped_admin import page

LAST_REQUESTS = 20


def cards(request: HttpRequest) -> HttpResponse:
    tenant = chosen_tenant(request)
    if tenant is None:
        return choose_tenant(request)
    found = shelves(tenant=tenant)
    return page(
        request,
        "integrations/cards.html",
        title=_("Integrations"),
        tenant=tenant,
        shelves=found,
        total=sum(len(shelf.cards) for shelf in found),
        connected=sum(shelf.connected for shelf in found),
        picked=picked(request, tenant),
        may_pick=scope_of(request).is_superuser,
    )


@sensitive_post_parameters()
def connect_new(request: HttpRequest, slug: str) -> HttpResponse:
    module = _module(slug)
    tenant = chosen_tenant(request)
    if tenant is None:
        return choose_tenant(request)
    form = SettingsForm(module, data=request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = connect(tenant=tenant, connector=slug, name=form.name, values=form.values())
        except InvalidSettings as invalid:
            form.add_errors(invalid.errors)
        else:
            return _checked(request, made)
    return page(
        request,
        "integrations/connect.html",
        title=_("Connect %(name)s") % {"name": module.SPEC.name},
        spec=module.SPEC,
        form=form,
        tenant=tenant,
        cards_url=cards_url(request, tenant),
        may_pick=scope_of(request).is_superuser,
    )


@sensitive_post_parameters()
def one(request: HttpRequest, connection: Connection) -> HttpResponse:
    module = _module(connection.connector)
    form = SettingsForm(module, connection=connection, data=request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            saved = reconfigure(
                connection=connection, name=form.name, values=form.values(), forget=form.forgotten()
            )
        except InvalidSettings as invalid:
            form.add_errors(invalid.errors)
        else:
            return _checked(request, saved)
    return page(
        request,
        "integrations/connection.html",
        title=connection.name,
        spec=module.SPEC,
        form=form,
        line=line_of(connection),
        connection=connection,
        requests=connection.actions.all()[:LAST_REQUESTS],
        changes=changes_of(connection),
        cards_url=cards_url(request, connection.tenant),
    )


def check(request: HttpRequest, connection: Connection) -> HttpResponse:
    if not connection.is_active:
        messages.error(request, _("It is not connected."))
        return redirect(page_of(connection))
    checked = check_connection(connection=connection, within=WHILE_ONE_WAITS)
    _tell(request, checked)
    if request.POST.get("back") == "cards":
        return redirect(f"{cards_url(request, checked.tenant)}#{checked.connector}")
    return redirect(page_of(checked))


def mark_read(request: HttpRequest, connection: Connection) -> HttpResponse:
    """What was mended by itself, and what may have been lost meanwhile."""
    read(connection=connection)
    return redirect(page_of(connection))


def cut(request: HttpRequest, connection: Connection) -> HttpResponse:
    """Asks first, and says what stops."""
    back = cards_url(request, connection.tenant)
    if request.method == "POST":
        disconnect(connection=connection)
        messages.success(request, _("“%(name)s” is disconnected.") % {"name": connection.name})
        return redirect(f"{back}#{connection.connector}")
    return page(
        request,
        "integrations/disconnect.html",
        title=_("Disconnect %(name)s") % {"name": connection.name},
        spec=_module(connection.connector).SPEC,
        connection=connection,
        consequences=consequences(connection),
        cards_url=back,
    )


def choose_tenant(request: HttpRequest) -> HttpResponse:
    return offer_tenants(request, title=_("Integrations of which organisation?"))


def cards_url(request: HttpRequest, tenant: Tenant) -> str:
    return reverse("admin:integrations_cards") + picked(request, tenant)


def page_of(connection: Connection) -> str:
    return reverse("admin:integrations_connection_change", args=[connection.pk])


def _module(slug: str) -> Any:
    try:
        return connector(slug)
    except UnknownConnector:
        raise Http404 from None


def _checked(request: HttpRequest, connection: Connection) -> HttpResponseRedirect:
    """Settings are saved; whether they work is asked at once."""
    checked = install_and_check(connection=connection, within=WHILE_ONE_WAITS)
    _tell(request, checked)
    return redirect(page_of(checked))


def _tell(request: HttpRequest, checked: Connection) -> None:
    status = status_of(checked)
    if status.light is Light.GREEN:
        account = checked.account or checked.name
        messages.success(request, _("Connected and checked: %(account)s") % {"account": account})
    elif status.light is Light.RED:
        messages.error(request, f"{status.title}. {status.detail}")
    else:
        messages.warning(request, f"{status.title}. {status.detail}")
