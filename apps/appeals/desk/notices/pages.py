"""The page of an employee's wishes, and what their browser asks for when the bell has rung."""

import time
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from apps.appeals import jotting
from apps.appeals.desk.counting import common_of, counts_of
from apps.appeals.desk.doors import at_desk, number, pass_of
from apps.appeals.desk.notices.finding import Notice
from apps.appeals.desk.notices.forms import WishesForm
from apps.appeals.desk.notices.telling import tell
from apps.appeals.desk.notices.wishes import quiet_end, wishes_of
from apps.appeals.models import NoticeKind, NoticeWishes
from apps.push import pages as push
from apps.tenants.models import Member
from apps.tenants.scope import Scope

# Numbers that have each of a language's forms: as Intl.PluralRules calls them.
FORMS = {"one": 1, "few": 2, "many": 5}


@require_GET
@at_desk
def told(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Whoever has signed in as another since, or works in another organisation now, is told nothing."""
    at, member = time.time(), scope.member
    if member is None or member.pk != number(request.GET.get("member", "")):
        return HttpResponse(status=403)
    found = tell(member, now=timezone.now())
    return JsonResponse(
        {
            "at": at,
            "pass": pass_of(scope),
            "quiet": found.is_quiet,
            "next": found.next_at.timestamp() if found.next_at else None,
            "notices": [_told(one, found.wishes) for one in found.notices],
            "free": NoticeKind.FREE in {*found.wishes.shown, *found.wishes.sounding},
            "tune": found.wishes.tune,
            "volume": found.wishes.volume,
            "many": _many(),
            "unread": counts_of(scope, common_of(scope))["unread"],
            "mentions": jotting.unseen(member).count(),
        }
    )


def _told(notice: Notice, wishes: NoticeWishes) -> dict[str, Any]:
    return {
        "key": notice.key,
        "url": notice.place or reverse("desk_conversation", args=[notice.conversation]),
        "title": notice.title,
        "body": notice.body,
        "messages": notice.messages,
        "at": notice.at.timestamp(),
        "shows": notice.kind in wishes.shown,
        "sounds": notice.kind in wishes.sounding,
    }


def _many() -> dict[str, dict[str, str]]:
    """Titles of several in one, by the form of their number; «#» is the number."""
    titles: dict[str, dict[str, str]] = {"messages": {}, "notices": {}}
    for form, n in FORMS.items():
        told = ngettext("%(n)s new message", "%(n)s new messages", n)
        titles["messages"][form] = told % {"n": "#"}
        told = ngettext("%(n)s new notification", "%(n)s new notifications", n)
        titles["notices"][form] = told % {"n": "#"}
    return titles


@at_desk
def wishes(request: HttpRequest, scope: Scope) -> HttpResponse:
    member = scope.member
    if member is None:
        messages.info(request, _("Notifications are for employees of an organisation."))
        return redirect("desk")
    kept = wishes_of(member)
    shown = push.section(member)
    has_devices = shown["has_service"] or bool(shown["devices"])
    form = WishesForm(request.POST or None, instance=kept, for_devices=has_devices)
    if request.method == "POST" and form.is_valid():
        _keep(form, member)
        messages.success(request, _("Saved."))
        return redirect("desk_notices")
    context = {
        **admin.site.each_context(request),
        "title": _("Notifications"),
        "form": form,
        "member": member,
        "quiet_end": quiet_end(kept, zone=member.tenant.timezone, now=timezone.now()),
        "desk_url": reverse("desk"),
        "push": shown,
        "has_devices": has_devices,
    }
    return render(request, "desk/notices.html", context)


def _keep(form: WishesForm, member: Member) -> None:
    """The first of two pages made the row; the second changes it."""
    NoticeWishes.objects.update_or_create(
        member=member, defaults={"tenant_id": member.tenant_id, **form.cleaned_data}
    )
