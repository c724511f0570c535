"""Notes for colleagues: written, changed and deleted at doors of their own, which lead to no messenger."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from apps.appeals import jotting
from apps.appeals.desk.actions import done, refused
from apps.appeals.desk.doors import form_key, on_conversation, words
from apps.appeals.models import Conversation, Note
from apps.core.errors import Rejected
from apps.tenants.scope import Scope


def _only_members() -> HttpResponse:
    return refused(_("Only an employee of the organisation can write notes."))


@on_conversation
def write(request: HttpRequest, scope: Scope, conversation: Conversation) -> HttpResponse:
    if scope.member is None:
        return _only_members()
    text = words(request, "text")
    try:
        key = form_key(request)
        jotting.write_note(conversation=conversation, member=scope.member, text=text, key=key)
    except Rejected as error:
        return refused(error.public, code=error.code)
    return done()


@on_conversation
def edit(request: HttpRequest, scope: Scope, conversation: Conversation, row: int) -> HttpResponse:
    note = get_object_or_404(Note, pk=row, conversation=conversation)
    if scope.member is None:
        return _only_members()
    try:
        jotting.edit_note(note=note, member=scope.member, text=words(request, "text"))
    except Rejected as error:
        return refused(error.public, code=error.code)
    return done()


@on_conversation
def delete(request: HttpRequest, scope: Scope, conversation: Conversation, row: int) -> HttpResponse:
    note = get_object_or_404(Note, pk=row, conversation=conversation)
    if scope.member is None:
        return _only_members()
    try:
        jotting.delete_note(note=note, member=scope.member)
    except Rejected as error:
        return refused(error.public, code=error.code)
    return done()
