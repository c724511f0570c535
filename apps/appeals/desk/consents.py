"""An operator notes what a client said about advertising."""

from datetime import date, datetime, time

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.appeals import consent
from apps.appeals.desk.actions import done, refused
from apps.appeals.desk.doors import on_conversation, words
from apps.appeals.models import ConsentWay, Conversation
from apps.core.errors import Rejected
from apps.tenants.scope import Scope

# How a client says it to somebody at the desk.
SAID = (ConsentWay.WORDS, ConsentWay.PAPER, ConsentWay.FORM)


@on_conversation
def give(request: HttpRequest, scope: Scope, conversation: Conversation) -> HttpResponse:
    way, contact = request.POST.get("way", ""), conversation.contact
    if way not in SAID:
        return refused(_("Choose how the client agreed."))
    try:
        noted = consent.agree(
            contacts=[contact.pk],
            tenant_id=contact.tenant_id,
            way=ConsentWay(way),
            by=scope.member,
            at=_moment(request.POST.get("day", "")),
            note=words(request, "note", limit=consent.NOTE),
        )
    except Rejected as error:
        return refused(error.public)
    if noted.refused:
        return refused(_("The client has said no since that day: their last word stands."))
    return done()


@on_conversation
def withdraw(request: HttpRequest, scope: Scope, conversation: Conversation) -> HttpResponse:
    consent.withdraw(
        contact=conversation.contact,
        way=ConsentWay.WORDS,
        by=scope.member,
        note=words(request, "note", limit=consent.NOTE),
    )
    return done()


def _moment(day: str) -> datetime | None:
    """A day before today, by the organisation's clock; today is now. Raises Rejected."""
    try:
        wanted = date.fromisoformat(day) if day else timezone.localdate()
    except ValueError:
        raise Rejected(_("Write the date as day, month and year."), code="bad_date") from None
    if wanted == timezone.localdate():
        return None
    return timezone.make_aware(datetime.combine(wanted, time.min))
