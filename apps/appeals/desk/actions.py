"""What an operator does in a conversation. Each answers with JSON: what changed comes by the page's own
polling.
"""

import uuid

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from apps.appeals import answering, batching, deciding, drafting
from apps.appeals.desk.doors import on_conversation
from apps.appeals.desk.page import current_appeal
from apps.appeals.models import AppealStatus, Batch, Conversation, Draft
from apps.appeals.people import touch
from apps.channels.delivery import resend as resend_delivery
from apps.channels.models import Delivery
from apps.core.errors import Rejected
from apps.core.models import State
from apps.core.text import clean
from apps.tenants.scope import Scope


def done() -> HttpResponse:
    return JsonResponse({"ok": True})


def refused(reason: object, status: int = 422) -> HttpResponse:
    """`reason` is shown to the operator as it is; what they typed stays in the page."""
    return JsonResponse({"ok": False, "error": str(reason)}, status=status)


@on_conversation
def answer(request: HttpRequest, scope: Scope, conversation: Conversation) -> HttpResponse:
    try:
        key = uuid.UUID(request.POST.get("key", ""))
    except ValueError:
        return refused(_("The form is out of date. Reload the page; your text stays in the box."), 400)
    used = request.POST.get("draft", "")
    draft = (
        Draft.objects.filter(appeal__conversation=conversation, pk=used).first() if used.isdecimal() else None
    )
    text = clean(request.POST.get("text", ""), limit=None).strip()
    try:
        answering.answer(conversation=conversation, member=scope.member, text=text, key=key, draft=draft)
    except Rejected as error:
        return refused(error.public)
    return done()


@on_conversation
def answer_now(request: HttpRequest, scope: Scope, conversation: Conversation) -> HttpResponse:
    batch = Batch.objects.filter(conversation=conversation, state=State.QUEUED).order_by("-id").first()
    if batch is not None:
        batching.answer_now(batch=batch)
    return done()


@on_conversation
def resend(request: HttpRequest, scope: Scope, conversation: Conversation, delivery: int) -> HttpResponse:
    found = get_object_or_404(Delivery, pk=delivery, message__conversation=conversation)
    try:
        resend_delivery(delivery=found, by=scope.member or scope.user)
    except Rejected as error:
        return refused(error.public)
    touch(conversation.pk)
    return done()


@on_conversation
def discard_draft(request: HttpRequest, scope: Scope, conversation: Conversation, draft: int) -> HttpResponse:
    found = get_object_or_404(Draft, pk=draft, appeal__conversation=conversation)
    drafting.discard(draft=found, member=scope.member)
    return done()


@on_conversation
def set_status(request: HttpRequest, scope: Scope, conversation: Conversation) -> HttpResponse:
    appeal = current_appeal(conversation)
    wanted = request.POST.get("status", "")
    if appeal is None or wanted not in AppealStatus.values:
        return refused(_("There is no appeal to change yet."), 409)
    try:
        deciding.set_status(
            appeal=appeal,
            status=AppealStatus(wanted),
            reason=clean(request.POST.get("reason", ""), limit=300),
        )
    except Rejected as error:
        return refused(error.public)
    return done()


@on_conversation
def take(request: HttpRequest, scope: Scope, conversation: Conversation) -> HttpResponse:
    """Take the appeal over, or give it back when it is one's own."""
    appeal = current_appeal(conversation)
    if appeal is None:
        return refused(_("There is no appeal to change yet."), 409)
    if scope.member is None:
        return refused(_("Only an employee of the organisation can take an appeal."))
    mine = appeal.operator_id == scope.member.pk
    deciding.assign(appeal=appeal, operator=None if mine else scope.member)
    return done()
