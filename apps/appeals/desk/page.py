"""One conversation: its feed, the composer, and what is known of the client's matter."""

import uuid
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import admin
from django.db.models import Max, Prefetch, Q, Sum
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from apps.ai.asking import listener
from apps.appeals.answering import client_wrote_at
from apps.appeals.desk.composed import MOST_FILES
from apps.appeals.desk.doors import at_desk, number, visible
from apps.appeals.models import (
    Appeal,
    AppealStatus,
    Attachment,
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
)
from apps.appeals.models.appeal import OPEN_STATUSES
from apps.appeals.notes import AINote
from apps.appeals.planned.showing import of_conversation
from apps.appeals.quoting import add_quotes, can_quote
from apps.channels.delivery import since
from apps.channels.gate import closed, open_until, takes_files, takes_templates, voice_refusal
from apps.channels.limits import limits_of
from apps.channels.models import Attempt, Channel, Delivery
from apps.channels.presence import client_writes_at, is_recent, note_we_read, note_we_write, tells_presence
from apps.channels.receipts import can_show
from apps.core.models import State
from apps.integrations.registry import UnknownConnector
from apps.tenants.scope import LEADERS, Scope

# The newest so many messages are shown; older ones on request.
SHOWN = 100
# So many other chats of a client are looked at for one that is open.
CHATS = 3


@at_desk
def conversation(request: HttpRequest, scope: Scope, pk: int) -> HttpResponse:
    found = get_object_or_404(visible(scope), pk=pk)
    context = {
        **admin.site.each_context(request),
        **_context(request, scope, found),
        "title": str(found.contact),
        "key": uuid.uuid4(),
    }
    _note_read(found, context["feed"])
    return render(request, "desk/conversation.html", context)


@at_desk
def live(request: HttpRequest, scope: Scope, pk: int) -> HttpResponse:
    """The changing parts of the page, or 204 while what the browser shows (`stamp`) still holds."""
    found = get_object_or_404(visible(scope).annotate(writes_at=client_writes_at()), pk=pk)
    is_typing = is_recent(found.writes_at)  # type: ignore[attr-defined] # annotated right above
    if request.GET.get("typing") == "1":
        note_we_write(channel=found.channel, external_chat_id=found.external_chat_id)
    if request.GET.get("stamp") == stamp(found):
        # Somebody began to type, or stopped: not worth the whole page.
        told = request.GET.get("client_types", "") == ("1" if is_typing else "")
        return HttpResponse(status=204) if told else JsonResponse({"client_types": is_typing})
    context = _context(request, scope, found)
    if "looking" in request.GET:
        _note_read(found, context["feed"])
    parts = ("feed", "draft", "window", "panel")
    return JsonResponse(
        {
            "stamp": context["stamp"],
            "client_types": is_typing,
            **{part: render_to_string(f"desk/{part}.html", context, request=request) for part in parts},
        }
    )


def _note_read(found: Conversation, shown: list[Message]) -> None:
    """The client's newest words are before an operator's eyes; where the channel can, the client is told."""
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
    # Before all else: what changes while the rest is read is then found by the next look.
    stamped = stamp(found)
    appeal = current_appeal(found)
    before = _before(request, found)
    messages, has_older = _feed(found, before=before)
    wrote_at = client_wrote_at(found)
    planned = [] if before is not None else of_conversation(found)
    return {
        "conversation": found,
        "contact": found.contact,
        "stamp": stamped,
        "feed": messages,
        "has_older": has_older,
        "is_past": before is not None,
        "batch": Batch.objects.filter(conversation=found).exclude(state=State.DONE).order_by("-id").first(),
        "appeal": appeal,
        "statuses": AppealStatus.choices,
        "devices": _devices(appeal),
        "draft": _draft(appeal, planned),
        "ai_note": AINote(appeal.ai_note) if appeal and appeal.ai_note in AINote.values else None,
        "cards_url": reverse("admin:integrations_cards"),
        "others": found.contact.appeals.exclude(pk=appeal.pk if appeal else 0)[:10],
        "closed": (shut := closed(found.channel, quiet_for=since(wrote_at))),
        "other_chats": _other_chats(found) if shut else [],
        "open_until": open_until(found.channel, client_wrote_at=wrote_at),
        "wall_now": timezone.now().astimezone(ZoneInfo(found.tenant.timezone)),
        "planned": planned,
        "most_files": MOST_FILES,
        "most_bytes": _most_bytes(found.channel),
        "takes_files": takes_files(found.channel),
        "takes_templates": takes_templates(found.channel),
        "can_quote": can_quote(found),
        "shows_reading": scope.member is not None and can_show(found.channel),
        "no_voice": voice_refusal(found.channel),
        "tells_typing": tells_presence(found.channel),
        "text_limit": _text_limit(found.channel),
        "can_listen": listener(found.tenant) is not None,
        "sees_campaigns": scope.may(*LEADERS),
        "is_admin": scope.is_superuser or scope.role == "admin",
        "member": scope.member,
    }


def current_appeal(found: Conversation) -> Appeal | None:
    """The open one, else the latest."""
    appeals = found.appeals.select_related("operator", "campaign")
    return appeals.filter(status__in=OPEN_STATUSES).first() or appeals.first()


def _before(request: HttpRequest, found: Conversation) -> Message | None:
    """Where an older part of the feed ends; None for the newest."""
    if asked := number(request.GET.get("before", "")):
        return found.messages.filter(pk=asked).first()
    if asked := number(request.GET.get("at", "")):
        return _behind(found.messages.filter(pk=asked).first())
    return None


def _behind(message: Message | None) -> Message | None:
    """The end of a part that has this message in its middle; None where that is the newest part anyway."""
    if message is None:
        return None
    later = Message.objects.filter(conversation=message.conversation_id).exclude(_earlier_than(message))
    following = list(later.exclude(pk=message.pk)[:SHOWN])
    return following[SHOWN // 2] if len(following) == SHOWN else None


def _text_limit(channel: Channel) -> int | None:
    """How many characters an answer may have there; None where any number, or where nothing can be sent."""
    try:
        limits = limits_of(channel.connection)
    except UnknownConnector:
        return None
    return None if limits.splits else limits.text


def _other_chats(found: Conversation) -> list[Conversation]:
    """Where else this client may be written to."""
    others = found.contact.conversations.exclude(pk=found.pk).select_related("channel__connection")
    return [
        chat
        for chat in others.order_by("-last_message_at")[:CHATS]
        if not closed(chat.channel, quiet_for=since(client_wrote_at(chat)))
    ]


def _most_bytes(channel: Channel) -> int | None:
    """What no file may exceed there; a kind of its own may be bound tighter, and the server says so."""
    try:
        return limits_of(channel.connection).file_bytes
    except UnknownConnector:
        return None


def _feed(found: Conversation, *, before: Message | None) -> tuple[list[Message], bool]:
    """Oldest first, and whether there are older ones still.

    Three queries however long it is, and one more where older messages are quoted.
    """
    messages = found.messages.select_related("operator", "delivery", "campaign").prefetch_related(
        Prefetch(
            "attachments", Attachment.objects.select_related("transcription", "rendition").order_by("id")
        ),
        Prefetch("delivery__tries", Attempt.objects.order_by("number")),
    )
    if before is not None:
        messages = messages.filter(_earlier_than(before))
    newest = list(messages.reverse()[: SHOWN + 1])
    add_quotes(found, newest)
    return list(reversed(newest[:SHOWN])), len(newest) > SHOWN


def _earlier_than(message: Message) -> Q:
    """As the feed is ordered: many messages may bear the same second."""
    same_second = Q(sent_at=message.sent_at)
    came_earlier = Q(received_at__lt=message.received_at)
    came_with_it = Q(received_at=message.received_at, pk__lt=message.pk)
    return Q(sent_at__lt=message.sent_at) | same_second & (came_earlier | came_with_it)


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
    shown = draft is not None and (
        draft.fate == DraftFate.WAITING or draft.state in (State.QUEUED, State.RUNNING)
    )
    return draft if shown else None
