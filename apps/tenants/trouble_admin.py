"""The page of what went wrong: alarms, and failed and unknown work by reason, row by row, with Replay."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.admin.exceptions import NotRegistered
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from apps.core.alarms import raised
from apps.core.models import TROUBLED, State
from apps.core.work import Work, registered
from apps.core.work.trouble import TroubleGroup, groups, replay, troubled
from apps.tenants.addresses import is_id
from apps.tenants.scope import ADMIN_ONLY, Scope, scope_of
from apps.tenants.scoped_pages import page, scoped_page

PER_PAGE = 50
AGAIN = _("Queue it again? Today's code runs on the stored original.")
TWICE = _(
    "It is unknown whether the first try arrived. If it did, the client gets this a second time: look in the "
    "conversation or ask the client before you go on."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A group as the page shows it."""

    group: TroubleGroup
    address: str

    @property
    def reason(self) -> str:
        # Stored in English, so that it groups; shown in the reader's language.
        return gettext(self.group.error_text) if self.group.error_text else self.group.error_code

    @property
    def state(self) -> str:
        return str(State(self.group.state).label)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    row: Any
    address: str | None

    @property
    def reason(self) -> str:
        return gettext(self.row.error_text) if self.row.error_text else str(self.row.error_code)


@scoped_page(roles=ADMIN_ONLY)
def trouble(request: HttpRequest) -> HttpResponse:
    """Without a kind in the address all groups, with one its rows; POST asks, and once confirmed replays."""
    if "work" not in request.GET:
        return _overview(request)
    work = registered().get(request.GET["work"])
    state = request.GET.get("state", "")
    if work is None or state not in TROUBLED:
        raise Http404
    rows = troubled(work, tenant_id=_tenant_id(scope_of(request))).filter(
        state=state, error_code=request.GET.get("code", "")
    )
    if request.method == "POST":
        return _replay(request, work, rows)
    shown = Paginator(rows.order_by("-pk"), PER_PAGE).get_page(request.GET.get("page"))
    return page(
        request,
        "tenants/trouble_rows.html",
        title=work.title,
        subtitle=State(state).label,
        lines=_rows(request, work, list(shown)),
        shown=shown,
        query=_query(work, state, request.GET.get("code", "")),
        back=reverse("admin:tenants_trouble"),
    )


def _overview(request: HttpRequest) -> HttpResponse:
    tenant_id = _tenant_id(scope_of(request))
    found = groups(tenant_id=tenant_id)
    address = reverse("admin:tenants_trouble")
    lines = [
        Line(group=group, address=f"{address}?{_query(group.work, group.state, group.error_code)}")
        for group in found
    ]
    return page(
        request,
        "tenants/trouble.html",
        title=_("Failed and unclear"),
        lines=lines,
        alarms=raised(tenant_id),
    )


def _replay(request: HttpRequest, work: Work, rows: QuerySet[Any]) -> HttpResponse:
    chosen = [pk for pk in request.POST.getlist("row") if is_id(pk)]
    whole = "all" in request.POST
    if not whole and not chosen:
        messages.warning(request, _("Choose what to replay."))
        return redirect(request.get_full_path())
    # Chosen within the group, so that an id of another tenant or another reason finds nothing.
    picked = rows if whole else rows.filter(pk__in=chosen)
    if "confirmed" not in request.POST:
        return _ask(request, picked, whole=whole, chosen=chosen)
    done = replay(picked.only("pk"), work=work)
    text = ngettext("%(count)d is on the queue again.", "%(count)d are on the queue again.", done)
    messages.success(request, text % {"count": done})
    return redirect("admin:tenants_trouble")


def _ask(request: HttpRequest, picked: QuerySet[Any], *, whole: bool, chosen: list[str]) -> HttpResponse:
    hidden = [("confirmed", "1"), *([("all", "1")] if whole else [("row", pk) for pk in chosen])]
    return page(
        request,
        "tenants/confirm.html",
        title=_("Replay: %(count)d") % {"count": picked.count()},
        text=TWICE if request.GET["state"] == State.UNKNOWN else AGAIN,
        hidden=hidden,
        button=_("Replay"),
        back=request.get_full_path(),
    )


def _tenant_id(scope: Scope) -> int | None:
    """None, everything, is the superuser's alone: with it come the rows that belong to no tenant yet."""
    if scope.is_superuser:
        return None
    assert scope.tenant is not None  # noqa: S101 - the only other case; a wrong guess would show every tenant
    return scope.tenant.pk


def _query(work: Work, state: str, code: str) -> str:
    return urlencode({"work": work.model, "state": state, "code": code})


def _rows(request: HttpRequest, work: Work, rows: list[Any]) -> list[Row]:
    pages = work.pages(rows) if work.pages else {}
    return [Row(row=row, address=pages.get(row.pk) or _own_page(request, row)) for row in rows]


def _own_page(request: HttpRequest, row: Any) -> str | None:
    """In the admin, where there is one and this visitor may open it."""
    try:
        model_admin = admin.site.get_model_admin(type(row))
    except NotRegistered:
        return None
    if not model_admin.has_view_permission(request, row):
        return None
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
