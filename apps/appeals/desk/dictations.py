"""Replies that an operator speaks: taken up, sent, taken into the answer, discarded."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from apps.appeals import dictating
from apps.appeals.desk.actions import done, refused
from apps.appeals.desk.doors import form_key, number, on_conversation
from apps.appeals.models import Conversation, Dictation
from apps.core.errors import Rejected
from apps.tenants.scope import Scope


@on_conversation
def order(request: HttpRequest, scope: Scope, conversation: Conversation) -> HttpResponse:
    upload = request.FILES.get("file")
    if upload is None:
        return refused(_("The recording did not arrive. Send it again."), 400)
    try:
        key = form_key(request)
        dictating.order(conversation=conversation, member=scope.member, upload=upload, key=key)
    except Rejected as error:
        return refused(error.public, code=error.code)
    return done()


@on_conversation
def send(request: HttpRequest, scope: Scope, conversation: Conversation, row: int) -> HttpResponse:
    found = get_object_or_404(Dictation, pk=row, conversation=conversation)
    try:
        dictating.send(dictation=found, member=scope.member, seen=number(request.POST.get("seen", "")))
    except Rejected as error:
        return refused(error.public, code=error.code)
    return done()


def _verb(act: Callable[..., None]) -> Callable[..., HttpResponse]:
    def view(request: HttpRequest, scope: Scope, conversation: Conversation, row: int) -> HttpResponse:
        act(dictation=get_object_or_404(Dictation, pk=row, conversation=conversation))
        return done()

    return view


insert = on_conversation(_verb(dictating.insert))
check = on_conversation(_verb(dictating.look_again))
again = on_conversation(_verb(dictating.again))
discard = on_conversation(_verb(dictating.discard))
