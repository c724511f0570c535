"""One conversation: its feed, the composer, and what is known of the client's matter."""

import time
import uuid
from typing import Any

from django.contrib import admin
from django.db.models import Exists, Max, OuterRef, Prefetch, Sum
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.ai.asking import listener
from apps.appeals.accesses import saw_phone
from apps.appeals.attending import attend
from apps.appeals.desk import clients, composing, feed, teamwork
from apps.appeals.desk.beside import parts_of
from apps.appeals.desk.doors import at_desk, led_by_another, number, pass_of, visible
from apps.appeals.desk.pricing import offered
from apps.appeals.desk.writing import panel_of
from apps.appeals.dictating import undecided
from apps.appeals.drafting import is_outdated
from apps.appeals.masking import masked
from apps.appeals.models import (
    Appeal,
    AppealTag,
    Author,
    Batch,
    Conversation,
    Device,
    Draft,
    DraftFate,
    Message,
    Part,
    PlannedAnswer,
    PlannedFate,
    Repair,
    Tag,
    Upload,
)
from apps.appeals.models.appeal import OPEN_STATUSES
from apps.appeals.notes import AINote
from apps.appeals.planned.showing import of_conversation
from apps.appeals.quoting import can_quote
from apps.appeals.read_marks import mark_read
from apps.channels.gate import takes_buttons, takes_files, takes_templates, voice_refusal
from apps.channels.models import Delivery
from apps.channels.presence import client_writes_at, is_recent, note_we_read, note_we_write, tells_presence
from apps.channels.receipts import can_show
from apps.core.models import State
from apps.tenants.models import Sees
from apps.tenants.scope import LEADERS, Scope


@at_desk
def conversation(request: HttpRequest, scope: Scope, pk: int) -> HttpResponse:
    found = visible(scope).filter(pk=pk).first()
    if found is None:
        return _elsewhere(request, scope, pk)
    teamwork.note_looked(request, found, scope)
    context = {
        **admin.site.each_context(request),
        **_context(request, scope, found),
        "others_here": attend(conversation=found, member=scope.member, looks=True),
        "title": masked(found.contact, scope.phones),
        "key": uuid.uuid4(),
    }
    _note_read(scope, found, context["feed"])
    return render(request, "desk/conversation.html", context)


def _elsewhere(request: HttpRequest, scope: Scope, pk: int) -> HttpResponse:
    """A colleague's: said kindly, for it may just have been one's own, with an answer half written. The page
    of it asks the server, and comes here by itself; what was typed is in the browser, and is given back with
    the files that were to go with it.
    """
    led_by_another(scope, pk)
    context = {
        **admin.site.each_context(request),
        "title": _("This appeal is led by another employee"),
        "team": scope.member is not None and scope.member.sees == Sees.TEAM,
        "pk": pk,
        "days": Upload.KEPT.days,
    }
    return render(request, "desk/elsewhere.html", context, status=403)


@at_desk
def live(request: HttpRequest, scope: Scope, pk: int) -> HttpResponse:
    """The changing parts of the page, or 204 while what the browser shows (`stamp`) still holds."""
    found = get_object_or_404(visible(scope).annotate(writes_at=client_writes_at()), pk=pk)
    signs, are_told = _signs(request, scope, found)
    if request.GET.get("stamp") == stamp(found):
        # Somebody began to type, or stopped, came or went: not worth the whole page.
        return HttpResponse(status=204) if are_told else JsonResponse(signs)
    # A page that is seen beside another window is open, but not before anybody's eyes.
    is_read = "looking" in request.GET and "aside" not in request.GET
    if is_read:
        teamwork.note_looked(request, found, scope)
    context = _context(request, scope, found)
    if is_read:
        _note_read(scope, found, context["feed"])
    parts = ("feed", "draft", "window", "panel")
    return JsonResponse(
        {
            "stamp": context["stamp"],
            "at": context["at"],
            "pass": context["pass"],
            "client": context["client_token"],
            **signs,
            **{part: render_to_string(f"desk/{part}.html", context, request=request) for part in parts},
        }
    )


def _signs(request: HttpRequest, scope: Scope, found: Any) -> tuple[dict[str, Any], bool]:
    """Who types and who looks, on both sides; and whether the page shows just that. Notes that we do."""
    if request.GET.get("typing") == "1":
        note_we_write(channel=found.channel, external_chat_id=found.external_chat_id)
    others = attend(
        conversation=found,
        member=scope.member,
        looks="looking" in request.GET,
        writes=request.GET.get("writing") == "1",
    )
    is_typing = is_recent(found.writes_at)
    shown = (request.GET.get("client_types", ""), request.GET.get("here", ""))
    signs = {"client_types": is_typing, "here": {"token": others.token, "text": others.text}}
    return signs, shown == ("1" if is_typing else "", others.token)


def _note_read(scope: Scope, found: Conversation, shown: list[Message]) -> None:
    """The client's newest words are before an operator's eyes; where the channel can, the client is told."""
    if scope.member is not None:
        mark_read(conversation=found, member=scope.member)
    if not tells_presence(found.channel):
        return
    newest = next((one for one in reversed(shown) if one.author == Author.CLIENT), None)
    if newest is not None:
        note_we_read(
            channel=found.channel,
            external_chat_id=found.external_chat_id,
            external_message_id=newest.external_message_id,
        )


def stamp(found: Conversation) -> str:
    """Everything the page shows either raises the revision or moves a delivery's clock or tries."""
    moved = Delivery.objects.filter(
        channel=found.channel_id, external_chat_id=found.external_chat_id
    ).aggregate(Max("sent_at"), Max("delivered_at"), Max("read_at"), Max("due_at"), tries=Sum("attempts"))
    tries = moved.pop("tries") or 0
    clock = max((at.timestamp() for at in moved.values() if at), default=0)
    return f"{found.revision}-{tries}-{clock}"


def _context(request: HttpRequest, scope: Scope, found: Conversation) -> dict[str, Any]:
    saw_phone(scope, found.contact)
    # Before all else: what changes while the rest is read is then found by the next look.
    at, stamped = time.time(), stamp(found)
    appeal = current_appeal(found)
    before = _before(request, found)
    shown = feed.read(found, before=before)
    planned = [] if before is not None else of_conversation(found)
    return {
        "conversation": found,
        "contact": found.contact,
        "stamp": stamped,
        "at": at,
        "pass": pass_of(scope),
        "feed": shown.messages,
        "lines": shown.lines,
        "has_older": shown.has_older,
        "is_past": before is not None,
        "batch": Batch.objects.filter(conversation=found).exclude(state=State.DONE).order_by("-id").first(),
        "appeal": appeal,
        "tags": _tags(appeal),
        **teamwork.context(found, appeal, scope.member),
        **composing.context(found, scope.member),
        "devices": offered(found, _devices(appeal)),
        "draft": _draft(appeal, planned),
        "planned": planned,
        "dictations": undecided(found),
        "ai_note": AINote(appeal.ai_note) if appeal and appeal.ai_note in AINote.values else None,
        "cards_url": reverse("admin:integrations_cards"),
        **clients.context(found, appeal, scope),
        "takes_files": takes_files(found.channel),
        "takes_templates": takes_templates(found.channel),
        "can_quote": can_quote(found),
        "button_limits": takes_buttons(found.channel),
        "shows_reading": scope.member is not None and can_show(found.channel),
        "no_voice": voice_refusal(found.channel),
        "tells_typing": tells_presence(found.channel),
        "can_listen": listener(found.tenant) is not None,
        **panel_of(found.contact, scope),
        "sees_campaigns": scope.may(*LEADERS),
        "beside": parts_of(found, appeal, scope),
        "is_admin": scope.is_superuser or scope.role == "admin",
        "member": scope.member,
        "phones": scope.phones,
    }


def current_appeal(found: Conversation) -> Appeal | None:
    """The open one, else the latest."""
    appeals = found.appeals.select_related("operator")
    return appeals.filter(status__in=OPEN_STATUSES).first() or appeals.first()


def _tags(appeal: Appeal | None) -> list[Any]:
    """All that there are; `is_on` tells which this appeal has."""
    if appeal is None:
        return []
    uses = AppealTag.objects.filter(tag=OuterRef("pk"), appeal=appeal)
    return list(Tag.objects.filter(tenant=appeal.tenant_id).annotate(is_on=Exists(uses)))


def _before(request: HttpRequest, found: Conversation) -> Message | None:
    """Where an older part of the feed ends; None for the newest."""
    if asked := number(request.GET.get("before", "")):
        return found.messages.filter(pk=asked).first()
    if asked := number(request.GET.get("at", "")):
        return feed.place_behind(found.messages.filter(pk=asked).first())
    if asked := number(request.GET.get("note", "")):
        return feed.place_behind_note(found.notes.filter(pk=asked).first())
    return None


def _devices(appeal: Appeal | None) -> list[Device]:
    if appeal is None:
        return []
    parts = Prefetch("parts", Part.objects.order_by("id"))
    repairs = Prefetch("repairs", Repair.objects.order_by("id").prefetch_related(parts))
    return list(appeal.devices.order_by("id").prefetch_related(repairs))


def _draft(appeal: Appeal | None, planned: list[PlannedAnswer]) -> Draft | None:
    if appeal is None:
        return None
    draft = appeal.drafts.order_by("-id").first()
    if draft is not None and any(
        one.draft_id == draft.pk and one.fate == PlannedFate.WAITING for one in planned
    ):
        return None  # it is on its way
    if draft is None or draft.fate == DraftFate.WAITING or draft.state in (State.QUEUED, State.RUNNING):
        return draft
    return draft if draft.fate == DraftFate.DISCARDED and not is_outdated(draft) else None
