"""The composer's form as it is sent: read into what an answer is."""

import uuid
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.utils.translation import gettext as _

from apps.appeals import uploads
from apps.appeals.canned.filling import fill_phone, gaps_left
from apps.appeals.colliding import refuse_collision
from apps.appeals.composed import Composed
from apps.appeals.desk.collisions import known
from apps.appeals.desk.doors import form_key, number, words
from apps.appeals.models import Conversation, Draft, PlannedAnswer, Upload
from apps.channels.buttons import cleaned
from apps.channels.models import Delivery
from apps.core.errors import Rejected
from apps.tenants.models import Member

MOST_FILES = 10


def composed(request: HttpRequest, conversation: Conversation, member: Member | None) -> Composed:
    """Raises Rejected where a part of it can't be sent."""
    key = form_key(request)
    text = fill_phone(words(request, "text"), conversation.contact.phone)
    if left := gaps_left(text):
        raise Rejected(
            _("Fill in or remove what is still open in the text: %(gaps)s.") % {"gaps": ", ".join(left)},
            code="gaps",
        )
    used, told = number(request.POST.get("draft", "")), known(request)
    return Composed(
        key=key,
        text=text,
        draft=Draft.objects.filter(appeal__conversation=conversation, pk=used).first() if used else None,
        seen=told.newest,
        known=told,
        reply_to=number(request.POST.get("reply_to", "")),
        uploads=_uploads(request, conversation, member, key),
        extras=_extras(request),
    )


def _extras(request: HttpRequest) -> dict[str, Any]:
    buttons, vouched = cleaned(request.POST.getlist("button")), bool(request.POST.get("vouched"))
    return ({"buttons": list(buttons)} if buttons else {}) | ({"vouched": True} if vouched else {})


def chosen_time(request: HttpRequest, conversation: Conversation) -> datetime | None:
    """When it is to go, as the clock on the organisation's wall has it; None for at once."""
    given = request.POST.get("at", "")
    if not given:
        return None
    try:
        naive = datetime.fromisoformat(given)
    except ValueError:
        naive = None
    if naive is None or naive.tzinfo is not None:
        raise Rejected(_("Choose the day and the time."), code="bad_time")
    return naive.replace(tzinfo=ZoneInfo(conversation.tenant.timezone))


def _uploads(
    request: HttpRequest, conversation: Conversation, member: Member | None, key: uuid.UUID
) -> tuple[Upload, ...]:
    """Those that were kept before, in the order of the form; and one that comes with the form itself."""
    wanted = [pk for given in request.POST.getlist("uploads") if (pk := number(given))]
    # A colleague's are theirs, and unseen, until they go.
    kept = conversation.uploads.filter(member=member).in_bulk(wanted)
    if len(kept) != len(wanted):
        raise Rejected(_("A file of this answer is not here any more. Attach it again."), code="file_gone")
    found = [kept[pk] for pk in wanted]
    if file := request.FILES.get("file"):
        is_voice = bool(request.POST.get("voice"))
        if _came_before(key):
            # Sent again because its answer was lost: the first one's file is stored already.
            found.append(uploads.looked_at(file, conversation=conversation, is_voice=is_voice))
        else:
            # Before anything is kept of it.
            refuse_collision(conversation, member, known(request))
            found.append(
                uploads.put(
                    file, conversation=conversation, member=member, key=uuid.uuid4(), is_voice=is_voice
                )
            )
    if len(found) > MOST_FILES:
        raise Rejected(_("At most %(limit)d files go with one answer.") % {"limit": MOST_FILES}, code="files")
    return tuple(found)


def _came_before(key: uuid.UUID) -> bool:
    return Delivery.objects.filter(key=key).exists() or PlannedAnswer.objects.filter(key=key).exists()
