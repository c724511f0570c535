"""What an operator does with an appeal's order, beside its conversation. Each answers with JSON."""

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from apps.appeals.composed import Composed
from apps.appeals.desk.actions import done, put_through, refused
from apps.appeals.desk.doors import on_conversation, words
from apps.appeals.models import Appeal, Conversation
from apps.appeals.people import touch
from apps.core.errors import Rejected
from apps.crm.models import OrderSync, Proposal, ProposalFate
from apps.crm.ordering import make_anew, name_order, order_now, own_crms
from apps.tenants.scope import Scope


@on_conversation
def send(request: HttpRequest, scope: Scope, conversation: Conversation, row: int, crm: int) -> HttpResponse:
    """The appeal's order to that CRM, now."""
    appeal = get_object_or_404(Appeal, pk=row, conversation=conversation)
    connection = get_object_or_404(own_crms(conversation.tenant), pk=crm)
    try:
        order_now(appeal=appeal, connection=connection, member=scope.member)
    except Rejected as error:
        return refused(error.public)
    return done()


@on_conversation
def decide(request: HttpRequest, scope: Scope, conversation: Conversation, row: int) -> HttpResponse:
    """Whether an order is in the CRM of which nobody else can tell: a person has looked there."""
    sync = get_object_or_404(OrderSync, pk=row, appeal__conversation=conversation)
    named = words(request, "external_order_id", limit=100)
    if named:
        decided = name_order(sync=sync, external_order_id=named, member=scope.member)
    elif request.POST.get("anew"):
        decided = make_anew(sync=sync, member=scope.member)
    else:
        return refused(_("Enter the order's id, or say that there is none."))
    return done() if decided else refused(_("The order has moved on meanwhile."))


@on_conversation
def tell(request: HttpRequest, scope: Scope, conversation: Conversation, row: int) -> HttpResponse:
    """The proposed message goes to the client as the operator has left it, by the way every answer goes."""
    proposal = get_object_or_404(Proposal, pk=row, sync__appeal__conversation=conversation)
    if proposal.fate != ProposalFate.WAITING:
        return refused(_("The order has moved on meanwhile."))
    text = words(request, "text") or proposal.text
    composed = Composed(key=proposal.key, text=text)
    with transaction.atomic():
        answer = put_through(request, scope, conversation, lambda: composed)
        if answer.status_code == 200:
            _settle(proposal, ProposalFate.SENT, scope)
    return answer


@on_conversation
def discard(request: HttpRequest, scope: Scope, conversation: Conversation, row: int) -> HttpResponse:
    proposal = get_object_or_404(Proposal, pk=row, sync__appeal__conversation=conversation)
    _settle(proposal, ProposalFate.DISCARDED, scope)
    return done()


def _settle(proposal: Proposal, fate: ProposalFate, scope: Scope) -> None:
    rows = Proposal.objects.filter(pk=proposal.pk, fate=ProposalFate.WAITING)
    rows.update(fate=fate, decided_by=scope.member)
    touch(proposal.sync.appeal.conversation_id)
