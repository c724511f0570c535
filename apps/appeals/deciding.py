"""What a person decides: an appeal's status, who has it, and that nothing need be answered."""

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.appeals import batching, drafting, snoozing
from apps.appeals.events import note_event
from apps.appeals.models import Appeal, AppealStatus, Conversation, EventKind
from apps.appeals.models.appeal import ENDED_STATUSES
from apps.appeals.people import locked, make_current, nobody_waits, touch
from apps.appeals.sla.clocks import note_status
from apps.appeals.statuses import refuse_move
from apps.core.errors import Rejected
from apps.tenants.models import Member

WHY = 300


def set_status(
    *, appeal: Appeal, status: AppealStatus, reason: str = "", member: Member | None = None
) -> None:
    """Raises Rejected when a refusal has no reason, when it does not go there from where it is now
    (`statuses.MOVES`), or when another appeal of this conversation is open already.
    """
    why = reason.strip()[:WHY] if status == AppealStatus.REJECTED else ""
    if status == AppealStatus.REJECTED and not why:
        raise Rejected(_("Say why the client refused."), code="no_reason")
    with transaction.atomic():
        conversation = locked(appeal.conversation_id)
        appeal.refresh_from_db(fields=["status", "closed_at", "rejection_reason"])
        refuse_move(appeal.status, status)
        if (appeal.status, appeal.rejection_reason) == (status, why):
            return
        _move(appeal, conversation, status=status, why=why, member=member)


def take_end_back(*, appeal: Appeal, status: AppealStatus, member: Member | None) -> None:
    """It was ended by mistake: as it was before. Raises Rejected as `set_status` does."""
    with transaction.atomic():
        _move(appeal, locked(appeal.conversation_id), status=status, why="", member=member)


def _move(
    appeal: Appeal, conversation: Conversation, *, status: AppealStatus, why: str, member: Member | None
) -> None:
    _note_move(appeal, conversation, status=status, why=why, member=member)
    ends = status in ENDED_STATUSES
    appeal.status, appeal.rejection_reason = status, why
    appeal.closed_at = (appeal.closed_at or timezone.now()) if ends else None
    try:
        with transaction.atomic():
            appeal.save(update_fields=["status", "rejection_reason", "closed_at", "updated_at"])
    except IntegrityError:
        raise Rejected(
            _("The client already has a newer open appeal in this conversation."), code="another_is_open"
        ) from None
    note_status(appeal, at=timezone.now())
    if ends:
        _leave(conversation)
    else:
        make_current(appeal)
    touch(conversation.pk)


def _note_move(
    appeal: Appeal, conversation: Conversation, *, status: AppealStatus, why: str, member: Member | None
) -> None:
    if status in ENDED_STATUSES:
        kind = EventKind.ENDED
    else:
        kind = EventKind.REOPENED if appeal.status in ENDED_STATUSES else EventKind.STATUS
    moved = {"from": appeal.status, "to": status.value, "why": why}
    note_event(kind, conversation=conversation, appeal=appeal, member=member, data=moved)


def _leave(conversation: Conversation) -> None:
    """Nobody is reminded of what has ended; and nobody waits, but for words that no appeal holds yet."""
    snoozing.forget(conversation)
    if not batching.is_writing(conversation.pk):
        no_answer_needed(conversation=conversation)


def no_answer_needed(*, conversation: Conversation, seen: int | None = None) -> None:
    """A client's «thank you» should not wait for ever. `seen` as in `answering.answer`."""
    with transaction.atomic():
        chat = locked(conversation.pk)
        drafting.outdate(chat)
        nobody_waits(chat, seen=seen)


def take(*, appeal: Appeal, member: Member, instead_of: int | None) -> None:
    """`instead_of`: who had it when the operator decided so. Raises Rejected when that has changed."""
    with transaction.atomic():
        conversation = locked(appeal.conversation_id)
        appeal.refresh_from_db(fields=["operator"])
        if appeal.operator_id == member.pk:
            return
        if appeal.operator is not None and appeal.operator_id != instead_of:
            taken = _("%(name)s has just taken this appeal.") % {"name": appeal.operator.name}
            raise Rejected(taken, code="taken")
        was = appeal.operator.name if appeal.operator else ""
        note_event(
            EventKind.TAKEN, conversation=conversation, appeal=appeal, member=member, data={"from": was}
        )
        assign(appeal=appeal, operator=member)


def give_back(*, appeal: Appeal, member: Member) -> None:
    """Only one's own; a colleague's is left alone."""
    with transaction.atomic():
        conversation = locked(appeal.conversation_id)
        appeal.refresh_from_db(fields=["operator"])
        if appeal.operator_id == member.pk:
            note_event(EventKind.GIVEN_BACK, conversation=conversation, appeal=appeal, member=member)
            assign(appeal=appeal, operator=None)


def assign(*, appeal: Appeal, operator: Member | None, is_handed_over: bool = False) -> None:
    """Call with the conversation locked."""
    appeal.operator, appeal.is_handed_over = operator, is_handed_over
    appeal.save(update_fields=["operator", "is_handed_over", "updated_at"])
    touch(appeal.conversation_id)
