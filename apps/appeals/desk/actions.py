"""What an operator does in a conversation. Each answers with JSON: what changed comes by the page's own
polling.
"""

from collections.abc import Callable

from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from apps.appeals import attending, batching, deciding, drafting, listening
from apps.appeals.colliding import Collision
from apps.appeals.composed import Composed
from apps.appeals.desk.collisions import collided
from apps.appeals.desk.composed import chosen_time, composed
from apps.appeals.desk.doors import number, on_conversation, words
from apps.appeals.models import Appeal, AppealStatus, Attachment, Author, Batch, Conversation, Draft
from apps.appeals.people import answered, locked
from apps.appeals.planned import keeping
from apps.appeals.read_marks import mark_unread
from apps.appeals.seeing import saw
from apps.channels.contract import MediaKind
from apps.channels.delivery import resend as resend_delivery
from apps.channels.models import Delivery
from apps.core.errors import Rejected
from apps.core.models import State
from apps.tenants.scope import Scope


def done() -> HttpResponse:
    return JsonResponse({"ok": True})


def refused(reason: object, status: int = 422, code: str = "") -> HttpResponse:
    """`reason` is shown to the operator as it is; what they typed stays in the page."""
    return JsonResponse({"ok": False, "error": str(reason), "code": code}, status=status)


@on_conversation
def answer(request: HttpRequest, scope: Scope, conversation: Conversation) -> HttpResponse:
    return put_through(request, scope, conversation, lambda: composed(request, conversation, scope.member))


def put_through(
    request: HttpRequest, scope: Scope, conversation: Conversation, read: Callable[[], Composed]
) -> HttpResponse:
    """Whatever the form holds goes, or is planned for the time that it names."""
    try:
        content = read()
        at = chosen_time(request, conversation)
        if at is None:
            keeping.send(conversation=conversation, member=scope.member, composed=content)
        else:
            keeping.schedule(
                conversation=conversation,
                member=scope.member,
                composed=content,
                at=at,
                unless_client_writes=not request.POST.get("anyway"),
                although_closed=bool(request.POST.get("although_closed")),
            )
    except Collision as error:
        return collided(error, scope.phones)
    except Rejected as error:
        return refused(error.public, code=error.code)
    attending.answered(conversation=conversation, member=scope.member)
    return done()


@on_conversation
def answer_now(request: HttpRequest, scope: Scope, conversation: Conversation) -> HttpResponse:
    batch = Batch.objects.filter(conversation=conversation, state=State.QUEUED).order_by("-id").first()
    if batch is not None:
        batching.answer_now(batch=batch)
    return done()


@on_conversation
def seen(request: HttpRequest, scope: Scope, conversation: Conversation) -> HttpResponse:
    """Up to here it was on an operator's screen. Whoever only looks after the system is not one."""
    up_to = number(request.POST.get("seen", ""))
    if scope.member is not None and up_to is not None:
        saw(conversation, up_to=up_to)
    return done()


@on_conversation
def unread(request: HttpRequest, scope: Scope, conversation: Conversation) -> HttpResponse:
    """One's own mark alone: to come back to it."""
    if scope.member is not None:
        mark_unread(conversation=conversation, member=scope.member)
    return done()


@on_conversation
def no_answer(request: HttpRequest, scope: Scope, conversation: Conversation) -> HttpResponse:
    deciding.no_answer_needed(conversation=conversation, seen=number(request.POST.get("seen", "")))
    return done()


@on_conversation
def resend(request: HttpRequest, scope: Scope, conversation: Conversation, delivery: int) -> HttpResponse:
    # A campaign's own page sends it again, by its pace.
    answers = Delivery.objects.exclude(message__author=Author.CAMPAIGN)
    found = get_object_or_404(answers, pk=delivery, message__conversation=conversation)
    try:
        with transaction.atomic():
            # The delivery's lock before the conversation's, as where a delivery settles: else a deadlock.
            resend_delivery(delivery=found, by=scope.member or scope.user)
            answered(locked(conversation.pk), seen=number(request.POST.get("seen", "")))
    except Rejected as error:
        return refused(error.public)
    return done()


@on_conversation
def listen(request: HttpRequest, scope: Scope, conversation: Conversation, row: int) -> HttpResponse:
    voices = Attachment.objects.filter(kind=MediaKind.VOICE, transcript="", message__author=Author.CLIENT)
    found = get_object_or_404(voices.exclude(file=""), pk=row, message__conversation=conversation)
    try:
        listening.order_by_hand(found)
    except Rejected as error:
        return refused(error.public, code=error.code)
    return done()


@on_conversation
def discard_draft(request: HttpRequest, scope: Scope, conversation: Conversation, draft: int) -> HttpResponse:
    found = get_object_or_404(Draft, pk=draft, appeal__conversation=conversation)
    drafting.discard(draft=found, member=scope.member)
    return done()


@on_conversation
def take_draft_back(
    request: HttpRequest, scope: Scope, conversation: Conversation, draft: int
) -> HttpResponse:
    found = get_object_or_404(Draft, pk=draft, appeal__conversation=conversation)
    drafting.take_back(draft=found)
    return done()


@on_conversation
def check_draft(request: HttpRequest, scope: Scope, conversation: Conversation, draft: int) -> HttpResponse:
    found = get_object_or_404(Draft, pk=draft, appeal__conversation=conversation)
    drafting.look_again(draft=found)
    return done()


@on_conversation
def set_status(request: HttpRequest, scope: Scope, conversation: Conversation, row: int) -> HttpResponse:
    """Of the appeal that the operator sees: by now another may be the conversation's current one."""
    appeal = get_object_or_404(Appeal, pk=row, conversation=conversation)
    wanted = request.POST.get("status", "")
    if wanted not in AppealStatus.values:
        return refused(_("Choose a status."))
    try:
        deciding.set_status(
            appeal=appeal,
            status=AppealStatus(wanted),
            reason=words(request, "reason", limit=300),
            member=scope.member,
        )
    except Rejected as error:
        return refused(error.public)
    return done()


@on_conversation
def take(request: HttpRequest, scope: Scope, conversation: Conversation, row: int) -> HttpResponse:
    appeal = get_object_or_404(Appeal, pk=row, conversation=conversation)
    if scope.member is None:
        return refused(_("Only an employee of the organisation can take an appeal."))
    try:
        deciding.take(
            appeal=appeal, member=scope.member, instead_of=number(request.GET.get("instead_of", ""))
        )
    except Rejected as error:
        return refused(error.public)
    return done()


@on_conversation
def give_back(request: HttpRequest, scope: Scope, conversation: Conversation, row: int) -> HttpResponse:
    appeal = get_object_or_404(Appeal, pk=row, conversation=conversation)
    if scope.member is not None:
        deciding.give_back(appeal=appeal, member=scope.member)
    return done()
