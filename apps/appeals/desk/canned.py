"""Canned replies in the composer: what is offered for this client, and that one was used."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404

from apps.appeals.canned.filling import TITLES
from apps.appeals.canned.offering import listed, offered, used
from apps.appeals.canned.values import values_for
from apps.appeals.desk.actions import done
from apps.appeals.desk.doors import at_desk, on_conversation, visible
from apps.appeals.desk.page import current_appeal
from apps.appeals.models import Conversation
from apps.tenants.scope import Scope


@at_desk
def replies(request: HttpRequest, scope: Scope, pk: int) -> HttpResponse:
    """Asked for when somebody opens the list, so that a conversation's page costs nothing more."""
    found = get_object_or_404(visible(scope), pk=pk)
    return JsonResponse(
        {
            "values": values_for(found, appeal=current_appeal(found), member=scope.member),
            "titles": {gap: str(title) for gap, title in TITLES.items()},
            "replies": listed(offered(found, scope.member)),
        }
    )


@on_conversation
def note_use(request: HttpRequest, scope: Scope, conversation: Conversation, row: int) -> HttpResponse:
    used(get_object_or_404(offered(conversation, scope.member), pk=row))
    return done()
