"""The picker of approved templates: what there is, one sent, the list asked for anew."""

from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.appeals.composed import Composed
from apps.appeals.desk.actions import done, put_through
from apps.appeals.desk.collisions import known
from apps.appeals.desk.doors import at_desk, form_key, number, on_conversation, visible
from apps.appeals.masking import masked
from apps.appeals.models import Conversation
from apps.appeals.prefilling import prefilled
from apps.channels.contract import Template
from apps.channels.gate import made_at, takes_templates
from apps.channels.models import Channel, KnownTemplate, TemplateList
from apps.channels.reasons import obstacle_title
from apps.channels.refreshing import refresh_templates
from apps.channels.templates import Piece, Slot, fill, pieces, slots, template_of
from apps.core.errors import Rejected
from apps.core.models import TROUBLED, UNSETTLED
from apps.tenants.scope import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One slot as the form asks for it."""

    slot: Slot
    value: str

    @property
    def title(self) -> str:
        """A number says nothing to people: what the template's author gave as an example says more."""
        name = self.slot.name.replace("_", " ")
        if self.slot.place.startswith("button"):
            return _("For the button")
        if not name.isdecimal():
            return name
        said = _("Heading, field %(number)s") if self.slot.place == "header" else _("Field %(number)s")
        return said % {"number": name}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One template as the picker shows it."""

    pk: int
    template: Template
    fields: list[Field]
    header: list[Piece] = field(default_factory=list)
    body: list[Piece] = field(default_factory=list)

    @property
    def obstacle(self) -> str:
        return obstacle_title(self.template.obstacle) if self.template.obstacle else ""


@at_desk
def picker(request: HttpRequest, scope: Scope, pk: int) -> HttpResponse:
    """Asked for when somebody opens it, so that a conversation's page costs nothing more."""
    found = get_object_or_404(visible(scope), pk=pk)
    listed = TemplateList.objects.filter(channel=found.channel_id).first()
    context = {
        "conversation": found,
        "choices": choices_of(found.channel, _name(found, scope)) if takes_templates(found.channel) else [],
        "listed": listed,
        "is_refreshing": listed is not None and listed.state in UNSETTLED,
        "made_at": made_at(found.channel),
        "has_failed": listed is not None and listed.state in TROUBLED,
        "wall_now": timezone.now().astimezone(ZoneInfo(found.tenant.timezone)),
        "is_admin": scope.is_superuser or scope.role == "admin",
    }
    return render(request, "desk/templates.html", context)


def _name(found: Conversation, scope: Scope) -> str:
    """No phone in place of a name, where phones are not for this reader."""
    name = found.contact.name
    return name if masked(name, scope.phones) == name else ""


def choices_of(channel: Channel, name: str) -> list[Choice]:
    """`name` is written where a field is plainly for the client's."""
    rows = KnownTemplate.objects.filter(channel=channel)
    return [_choice(row, template_of(row.content), name) for row in rows]


def _choice(row: KnownTemplate, template: Template, name: str) -> Choice:
    return Choice(
        pk=row.pk,
        template=template,
        fields=[Field(slot=slot, value=prefilled(template, slot, name=name)) for slot in slots(template)],
        header=pieces(template.header, "header"),
        body=pieces(template.body, "body"),
    )


@on_conversation
def send(request: HttpRequest, scope: Scope, conversation: Conversation) -> HttpResponse:
    return put_through(request, scope, conversation, lambda: _filled(request, conversation))


def _filled(request: HttpRequest, conversation: Conversation) -> Composed:
    """Raises Rejected where there is no such template any more."""
    key = form_key(request)
    rows = KnownTemplate.objects.filter(channel=conversation.channel_id)
    row = rows.filter(pk=number(request.POST.get("template", "")) or 0).first()
    if row is None:
        raise Rejected(_("This template is not there any more. Choose another."), code="no_template")
    template = template_of(row.content)
    values: dict[str, Any] = {slot.key: request.POST.get(f"value.{slot.key}", "") for slot in slots(template)}
    told = known(request)
    return Composed(key=key, seen=told.newest, known=told, template=fill(template, values))


@on_conversation
def refresh(request: HttpRequest, scope: Scope, conversation: Conversation) -> HttpResponse:
    refresh_templates(conversation.channel.connection)
    return done()
