"""Canned replies in the composer: what is offered for this client, and that one was used."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404

from apps.appeals.canned.filling import PHONE_GAP, TITLES
from apps.appeals.canned.offering import listed, offered, used
from apps.appeals.canned.values import values_for
from apps.appeals.desk.actions import done
from apps.appeals.desk.doors import at_desk, on_conversation, visible
from apps.appeals.desk.page import current_appeal
from apps.appeals.models import Conversation
from apps.core.phones import mask_phone, mask_phones
from apps.tenants.models import Phones
from apps.tenants.scope import Scope


@at_desk
def replies(request: HttpRequest, scope: Scope, pk: int) -> HttpResponse:
    """Asked for when somebody opens the list, so that a conversation's page costs nothing more."""
    found = get_object_or_404(visible(scope), pk=pk)
    values, shown = _hiding(values_for(found, appeal=current_appeal(found), member=scope.member), scope)
    return JsonResponse(
        {
            "values": values,
            "shown": shown,
            "titles": {gap: str(title) for gap, title in TITLES.items()},
            "replies": listed(offered(found, scope.member)),
        }
    )


def _hiding(values: dict[str, str], scope: Scope) -> tuple[dict[str, str], dict[str, str]]:
    """What fills the gaps, and what of it reads otherwise on the screen. A hidden phone stays a gap in the
    text, which is filled when the answer goes (`canned.filling.fill_phone`).
    """
    if scope.phones == Phones.SHOWN:
        return values, {}
    shown = {"phone": mask_phone(values["phone"])} if values["phone"] else {}
    name = values["name"] if mask_phones(values["name"]) == values["name"] else ""
    return {**values, "name": name, "phone": PHONE_GAP if shown else ""}, shown


@on_conversation
def note_use(request: HttpRequest, scope: Scope, conversation: Conversation, row: int) -> HttpResponse:
    used(get_object_or_404(offered(conversation, scope.member), pk=row))
    return done()
