"""The client of a conversation, whole: whom else they may be, merges and their undoing, their history.

Loaded beside the conversation, when somebody looks, so that its own page costs nothing more.
"""

import hashlib
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from apps.appeals.admitting import clients_seen_by, seen_by
from apps.appeals.desk.actions import done, refused
from apps.appeals.desk.doors import at_desk, on_conversation, visible
from apps.appeals.masking import masked
from apps.appeals.merging import absorbing, distinguishing, finding, undoing
from apps.appeals.merging.previewing import preview
from apps.appeals.models import Appeal, Contact, ContactMerge, Conversation
from apps.appeals.timeline.telling import tell
from apps.core.errors import Rejected
from apps.tenants.scope import Scope

# Of a client's conversations, as many are named.
PLACES = 20


def context(found: Conversation, appeal: Appeal | None, scope: Scope) -> dict[str, Any]:
    """For the conversation's own page: under which names and where the client writes, latest first. With
    another token, what the page has loaded of the client is loaded anew.
    """
    contact = found.contact
    chats = contact.conversations.filter(seen_by(scope.member))
    places = list(
        chats.select_related("channel__connection", "identity").order_by("-last_message_at")[:PLACES]
    )
    of_client = (contact.phone, contact.email, contact.unsubscribed_at, contact.agreed_at, len(places))
    of_appeal = (appeal.pk, appeal.status) if appeal else ()
    told = repr((contact.pk, *of_client, *of_appeal))
    token = hashlib.blake2b(told.encode(), digest_size=8).hexdigest()
    return {"places": places, "client_token": token}


@at_desk
def client(request: HttpRequest, scope: Scope, pk: int) -> HttpResponse:
    found = get_object_or_404(visible(scope), pk=pk)
    alike, different = finding.all_about(found.contact, reader=scope.member)
    context = {
        "conversation": found,
        "alike": alike,
        "different": different,
        "merges": undoing.standing_merges(found.contact),
        "history": tell(found.contact, reader=scope.member),
        "phones": scope.phones,
    }
    return render(request, "desk/client.html", context)


@at_desk
def history(request: HttpRequest, scope: Scope, pk: int) -> HttpResponse:
    """What is older than what the page has."""
    found = get_object_or_404(visible(scope), pk=pk)
    told = tell(found.contact, reader=scope.member, before=_moment(request.GET.get("before", "")))
    context = {"conversation": found, "history": told, "is_older": True, "phones": scope.phones}
    return render(request, "desk/history.html", context)


@at_desk
def search(request: HttpRequest, scope: Scope, pk: int) -> HttpResponse:
    found = get_object_or_404(visible(scope), pk=pk)
    query = request.GET.get("q", "")[:200]
    alike = finding.looked_for(found.contact, query, reader=scope.member)
    context = {"conversation": found, "query": query.strip(), "alike": alike, "phones": scope.phones}
    return render(request, "desk/alike.html", context)


@at_desk
def preview_merge(request: HttpRequest, scope: Scope, pk: int, contact: int) -> HttpResponse:
    found = get_object_or_404(visible(scope), pk=pk)
    seen = preview(kept=found.contact, absorbed=_other(found, contact, scope))
    context = {"conversation": found, "preview": seen, "phones": scope.phones}
    return render(request, "desk/merge.html", context)


@on_conversation
def merge(request: HttpRequest, scope: Scope, conversation: Conversation, contact: int) -> HttpResponse:
    theirs = Contact.objects.filter(clients_seen_by(scope.member), tenant=conversation.tenant_id)
    other = get_object_or_404(theirs, pk=contact)
    try:
        absorbing.merge(kept=conversation.contact, absorbed=other, by=scope.member)
    except Rejected as error:
        return refused(error.public, code=error.code)
    return done()


@on_conversation
def undo(request: HttpRequest, scope: Scope, conversation: Conversation, row: int) -> HttpResponse:
    found = get_object_or_404(ContactMerge, pk=row, kept=conversation.contact_id)
    try:
        undone = undoing.undo(merge=found, by=scope.member)
    except Rejected as error:
        return refused(masked(error.public, scope.phones), code=error.code)
    said = _("The merge is undone: “%(name)s” is a client of their own again.") % {"name": undone.absorbed}
    told = " ".join(filter(None, (said, undoing.told(undone))))
    return JsonResponse({"ok": True, "said": masked(told, scope.phones)})


@on_conversation
def tell_apart(request: HttpRequest, scope: Scope, conversation: Conversation, contact: int) -> HttpResponse:
    other = _other(conversation, contact, scope)
    distinguishing.tell_apart(one=conversation.contact, other=other, by=scope.member)
    return done()


@on_conversation
def maybe_alike(request: HttpRequest, scope: Scope, conversation: Conversation, contact: int) -> HttpResponse:
    distinguishing.take_back(one=conversation.contact, other=_other(conversation, contact, scope))
    return done()


def _other(conversation: Conversation, contact: int, scope: Scope) -> Contact:
    found = finding.pair(conversation.contact, contact, reader=scope.member)
    if found is None:
        raise Http404
    return found


def _moment(given: str) -> datetime | None:
    """Where the page's own history ends; what is no moment begins anew."""
    try:
        found = datetime.fromisoformat(given)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None
