"""A client's phone in the panel of whoever sees a part of it: shown by a press, never overwritten by dots."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from apps.appeals.accesses import pressed_show
from apps.appeals.desk.actions import refused
from apps.appeals.desk.doors import on_conversation
from apps.appeals.masking import masked
from apps.appeals.models import Contact, Conversation
from apps.core.text import clean_json
from apps.tenants.models import Phones
from apps.tenants.scope import Scope

# Where a phone may stand; elsewhere a dot is a dot.
MASKED = ("name", "phone", "note")


@on_conversation
def show(request: HttpRequest, scope: Scope, conversation: Conversation) -> HttpResponse:
    """«Show»: told to whoever may press it, and noted each time."""
    if scope.phones == Phones.HIDDEN:
        return refused(_("Phones are hidden from you. Your administrator decides about it."), 403)
    pressed_show(scope, conversation.contact)
    return JsonResponse({"ok": True, "phone": conversation.contact.phone})


def as_typed(request: HttpRequest, contact: Contact, scope: Scope) -> dict[str, Any]:
    """Without what came back as it was shown: a number that its reader can't see is not theirs to empty."""
    sent: dict[str, Any] = clean_json(request.POST.dict())
    if scope.phones == Phones.SHOWN:
        return sent
    given = {name: masked(getattr(contact, name), scope.phones) for name in MASKED} | {"phone": ""}
    return {name: value for name, value in sent.items() if name not in given or value != given[name]}
