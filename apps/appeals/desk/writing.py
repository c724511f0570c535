"""A first message to a client's phone, from their card."""

import uuid
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from apps.appeals import consent
from apps.appeals.accesses import saw_phone
from apps.appeals.admitting import clients_seen_by, seen_by
from apps.appeals.beginning import Way, way_to, ways_to, write_first
from apps.appeals.desk.doors import at_desk, chats, form_key, number, words
from apps.appeals.desk.templates import choices_of
from apps.appeals.following import standing
from apps.appeals.masking import masked
from apps.appeals.models import Contact
from apps.channels.contract import FilledTemplate
from apps.channels.gate import takes_templates
from apps.channels.models import Channel, KnownTemplate
from apps.channels.starting import starters
from apps.channels.templates import fill, slots, template_of
from apps.core.errors import Rejected
from apps.integrations.registry import connector
from apps.tenants.models import Sees
from apps.tenants.scope import Scope


def panel_of(contact: Contact, scope: Scope) -> dict[str, Any]:
    """What the panel tells of campaigns and of writing first."""
    ways = _without_unseen(ways_to(contact), scope)
    could = [connector(slug).SPEC.name for slug in starters()] if contact.phone and not ways else []
    return {"consents": consent.history_of(contact)[:20], "ways": ways, "could_start": ", ".join(could)}


def _without_unseen(ways: list[Way], scope: Scope) -> list[Way]:
    """Of a conversation that a colleague leads unseen no more is told than that it is there."""
    begun = [way.conversation.pk for way in ways if way.conversation is not None]
    if not begun or scope.member is None or scope.member.sees == Sees.ALL:
        return ways
    seen = set(chats(scope).filter(pk__in=begun).values_list("pk", flat=True))
    said = _("Another employee leads the conversation there.")
    return [
        way
        if way.conversation is None or way.conversation.pk in seen
        else Way(channel=way.channel, reason=said)
        for way in ways
    ]


@at_desk
def begin(request: HttpRequest, scope: Scope, contact: int, channel: int) -> HttpResponse:
    own = {} if scope.tenant is None else {"tenant": scope.tenant}
    person = get_object_or_404(Contact, pk=contact, **own)
    if person.merged_into_id is not None:
        return redirect("desk_write_first", standing(person).pk, channel)
    person = get_object_or_404(Contact.objects.filter(clients_seen_by(scope.member)), pk=contact, **own)
    where = get_object_or_404(
        Channel.objects.select_related("connection"), pk=channel, tenant=person.tenant_id
    )
    if request.method == "POST":
        try:
            sent = write_first(contact=person, channel=where, member=scope.member, **_message(request, where))
        except Rejected as error:
            messages.error(request, str(error.public))
        else:
            return redirect("desk_conversation", sent.conversation_id)
    saw_phone(scope, person)
    way = way_to(person, where)
    if way.conversation is not None:
        return redirect("desk_conversation", way.conversation.pk)
    return render(request, "desk/write_first.html", _context(request, scope, person, where, way.reason))


def _name(person: Contact, scope: Scope) -> str:
    """What a template's field is filled with before one's eyes: no phone in place of a name."""
    return person.name if masked(person.name, scope.phones) == person.name else ""


def _context(
    request: HttpRequest, scope: Scope, person: Contact, where: Channel, reason: str
) -> dict[str, Any]:
    by_template = takes_templates(where)
    choices = choices_of(where, _name(person, scope)) if by_template and not reason else []
    last = person.conversations.filter(seen_by(scope.member)).order_by("-last_message_at").first()
    return {
        **admin.site.each_context(request),
        "title": _("Write in %(name)s") % {"name": where.name},
        "contact": person,
        "channel": where,
        "reason": reason,
        "by_template": by_template,
        "shelves": [{"channel": where, "choices": choices}],
        "chosen": number(request.POST.get("template", "")),
        "key": _key_again(request),
        "text": request.POST.get("text", ""),
        "back": last,
        "phones": scope.phones,
    }


def _key_again(request: HttpRequest) -> uuid.UUID:
    """What was refused is the same message still; a form without a key gets one."""
    try:
        return form_key(request)
    except Rejected:
        return uuid.uuid4()


def _message(request: HttpRequest, channel: Channel) -> dict[str, Any]:
    """Raises Rejected for a form that is no more of today."""
    key = form_key(request)
    if not takes_templates(channel):
        return {"key": key, "text": words(request, "text")}
    return {"key": key, "template": _filled(request, channel)}


def _filled(request: HttpRequest, channel: Channel) -> FilledTemplate:
    rows = KnownTemplate.objects.filter(channel=channel)
    row = rows.filter(pk=number(request.POST.get("template", "")) or 0).first()
    if row is None:
        raise Rejected(_("This template is not there any more. Choose another."), code="no_template")
    template = template_of(row.content)
    return fill(template, {slot.key: request.POST.get(f"value.{slot.key}", "") for slot in slots(template)})
