"""Answers that have not gone yet: taken back into the composer, hurried, and all of them on one page."""

from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.appeals.canned.filling import PHONE_GAP
from apps.appeals.desk.actions import done, refused
from apps.appeals.desk.doors import at_desk, chats, on_conversation
from apps.appeals.desk.uploads import shown
from apps.appeals.masking import masked
from apps.appeals.models import (
    SHOWN_FATES,
    Conversation,
    DraftFate,
    PlannedAnswer,
    PlannedFate,
    Upload,
)
from apps.appeals.planned.taking_back import send_now, take_back
from apps.channels.models import KnownTemplate
from apps.channels.templates import restored
from apps.core.errors import Rejected
from apps.tenants.models import Phones
from apps.tenants.scope import Scope

MOST = 300


@on_conversation
def back(request: HttpRequest, scope: Scope, conversation: Conversation, row: int) -> HttpResponse:
    """Answers with all that was in it, for the composer."""
    planned = get_object_or_404(PlannedAnswer, pk=row, conversation=conversation)
    # Taken back, it has none any more.
    files = list(planned.uploads.all())
    try:
        planned = take_back(planned=planned, member=scope.member)
    except Rejected as error:
        return refused(error.public, code=error.code)
    return JsonResponse({"ok": True, "content": _content(planned, files, scope)})


@on_conversation
def now(request: HttpRequest, scope: Scope, conversation: Conversation, row: int) -> HttpResponse:
    planned = get_object_or_404(PlannedAnswer, pk=row, conversation=conversation)
    try:
        send_now(planned=planned, member=scope.member)
    except Rejected as error:
        return refused(error.public, code=error.code)
    return done()


def _content(planned: PlannedAnswer, files: list[Upload], scope: Scope) -> dict[str, Any]:
    draft, wall = planned.draft, ZoneInfo(planned.tenant.timezone)
    is_ahead = planned.is_scheduled and planned.send_at > timezone.now()
    return {
        "text": "" if planned.template else _text(planned, scope),
        "template": _template(planned) if planned.template else None,
        "draft": draft.pk if draft is not None and draft.fate == DraftFate.WAITING else "",
        "reply_to": planned.reply_to_id or "",
        "quoted": masked(planned.reply_to.text, scope.phones) if planned.reply_to else "",
        "at": planned.send_at.astimezone(wall).strftime("%Y-%m-%dT%H:%M") if is_ahead else "",
        "anyway": not planned.unless_client_writes,
        "files": [shown(file) for file in files],
        "extras": planned.extras,
    }


def _template(planned: PlannedAnswer) -> dict[str, Any]:
    """For the picker, with what was written into it."""
    filled = restored(planned.template)
    rows = KnownTemplate.objects.filter(
        channel=planned.conversation.channel_id, external_id=filled.template.external_id
    )
    row = rows.first()
    return {"row": row.pk if row else None, "values": dict(filled.values)}


def _text(planned: PlannedAnswer, scope: Scope) -> str:
    """For the composer: a phone that its writer put there unseen is a gap again."""
    phone = planned.conversation.contact.phone
    if scope.phones == Phones.SHOWN or not phone:
        return planned.text
    return planned.text.replace(phone, PHONE_GAP)


@at_desk
def listing(request: HttpRequest, scope: Scope) -> HttpResponse:
    rows = PlannedAnswer.objects.filter(is_scheduled=True, fate__in=SHOWN_FATES)
    rows = rows.filter(conversation__in=chats(scope)).select_related(
        "member", "conversation__contact", "conversation__channel__connection", "conversation__tenant"
    )
    # What needs somebody first; then what goes next.
    ordered = sorted(
        rows.prefetch_related("uploads")[:MOST],
        key=lambda one: (one.fate == PlannedFate.WAITING and not one.is_stuck, one.send_at),
    )
    context = {
        **admin.site.each_context(request),
        "title": _("Planned answers"),
        "planned": ordered,
        "desk_url": reverse("desk"),
        "phones": scope.phones,
    }
    return render(request, "desk/planned_list.html", context)
