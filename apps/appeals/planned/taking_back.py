"""A planned answer is taken back, hurried, or overtaken by the client's own words."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.appeals.events import note_event
from apps.appeals.models import (
    SHOWN_FATES,
    Actor,
    Conversation,
    EventKind,
    PlannedAnswer,
    PlannedFate,
)
from apps.appeals.people import locked, touch
from apps.core.errors import Rejected
from apps.core.models import TROUBLED, State
from apps.core.work import find
from apps.core.work.trouble import replay
from apps.tenants.models import Member

WORK = "appeals.PlannedAnswer"


def take_back(*, planned: PlannedAnswer, member: Member | None) -> PlannedAnswer:
    """It will not go. Raises Rejected where it went before; there is no third way."""
    with transaction.atomic():
        row = _locked(planned)
        _refuse_others(row, member)
        # A second press finds it done.
        if row.fate != PlannedFate.TAKEN_BACK:
            _decide(row, PlannedFate.TAKEN_BACK, member)
            # They are in the composer of who took it back.
            row.uploads.update(planned=None, member=member)
            touch(row.conversation_id)
        return row


def send_now(*, planned: PlannedAnswer, member: Member | None) -> None:
    """Not at its time, nor by what the client does meanwhile. One that failed is tried again."""
    with transaction.atomic():
        row = _locked(planned)
        _refuse_others(row, member)
        if row.fate not in (PlannedFate.WAITING, PlannedFate.REFUSED):
            raise Rejected(_("It was taken back meanwhile."), code="taken_back")
        now = timezone.now()
        rows = PlannedAnswer.objects.filter(pk=row.pk)
        rows.update(unless_client_writes=False, send_at=now, fate=PlannedFate.WAITING)
        if row.state in TROUBLED:
            replay([row], work=find(WORK))
        else:
            rows.filter(state=State.QUEUED, due_at__gt=now).update(due_at=now, rung_at=None)
        touch(row.conversation_id)


def client_wrote(conversation: Conversation) -> None:
    """What was planned for a silent client does not fit any more. Call with the conversation locked."""
    waiting = PlannedAnswer.objects.filter(conversation=conversation, fate=PlannedFate.WAITING)
    for row in waiting.filter(is_scheduled=True, unless_client_writes=True):
        _decide(row, PlannedFate.CLIENT_WROTE, None)
        note_event(
            EventKind.SCHEDULE_CANCELLED,
            conversation=conversation,
            actor=Actor.CLIENT,
        )


def _locked(planned: PlannedAnswer) -> PlannedAnswer:
    """As it is now, under the lock by which its fate is decided."""
    locked(planned.conversation_id)
    return PlannedAnswer.objects.select_related("reply_to", "draft").get(pk=planned.pk)


def _refuse_others(row: PlannedAnswer, member: Member | None) -> None:
    if row.fate == PlannedFate.SENT:
        raise Rejected(_("It has just gone: it cannot be taken back any more."), code="sent")
    if not row.is_scheduled and row.fate in SHOWN_FATES and row.member_id != (member.pk if member else None):
        raise Rejected(_("Only who wrote it can take it back while it is being sent."), code="not_yours")


def _decide(row: PlannedAnswer, fate: PlannedFate, member: Member | None) -> None:
    now = timezone.now()
    rows = PlannedAnswer.objects.filter(pk=row.pk)
    rows.update(fate=fate, decided_by=member, decided_at=now)
    # Nothing is left to do at its time: it settles now, and those behind it in its lane go on.
    rows.filter(state=State.QUEUED, due_at__gt=now).update(due_at=now, rung_at=None)
    row.fate = fate
