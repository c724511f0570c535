"""What a person decides: an appeal's status, who has it, and that nothing need be answered."""

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.appeals import batching, drafting
from apps.appeals.models import Appeal, AppealStatus, Conversation
from apps.appeals.people import locked, make_current, nobody_waits, touch
from apps.appeals.sla.clocks import note_status
from apps.core.errors import Rejected
from apps.tenants.models import Member

ENDED = (AppealStatus.REJECTED, AppealStatus.CLOSED)


def set_status(*, appeal: Appeal, status: AppealStatus, reason: str = "") -> None:
    """Raises Rejected when a refusal has no reason, or another appeal of this conversation is open
    already.
    """
    if status == AppealStatus.REJECTED and not reason.strip():
        raise Rejected(_("Say why the client refused."), code="no_reason")
    try:
        with transaction.atomic():
            conversation = locked(appeal.conversation_id)
            appeal.refresh_from_db(fields=["closed_at"])
            appeal.status = status
            appeal.rejection_reason = reason.strip()[:300] if status == AppealStatus.REJECTED else ""
            appeal.closed_at = (appeal.closed_at or timezone.now()) if status in ENDED else None
            appeal.save(update_fields=["status", "rejection_reason", "closed_at", "updated_at"])
            if status not in ENDED:
                make_current(appeal)
            note_status(appeal, at=timezone.now())
            # Words that no appeal holds yet are not ended with this one.
            if status in ENDED and not batching.is_writing(conversation.pk):
                no_answer_needed(conversation=conversation)
            touch(conversation.pk)
    except IntegrityError:
        raise Rejected(
            _("The client already has a newer open appeal in this conversation."), code="another_is_open"
        ) from None


def no_answer_needed(*, conversation: Conversation, seen: int | None = None) -> None:
    """A client's «thank you» should not wait for ever. `seen` as in `answering.answer`."""
    with transaction.atomic():
        chat = locked(conversation.pk)
        drafting.outdate(chat)
        nobody_waits(chat, seen=seen)


def take(*, appeal: Appeal, member: Member, instead_of: int | None) -> None:
    """`instead_of`: who had it when the operator decided so. Raises Rejected when that has changed."""
    with transaction.atomic():
        locked(appeal.conversation_id)
        appeal.refresh_from_db(fields=["operator"])
        if appeal.operator is not None and appeal.operator_id not in (instead_of, member.pk):
            taken = _("%(name)s has just taken this appeal.") % {"name": appeal.operator.name}
            raise Rejected(taken, code="taken")
        assign(appeal=appeal, operator=member)


def give_back(*, appeal: Appeal, member: Member) -> None:
    """Only one's own; a colleague's is left alone."""
    with transaction.atomic():
        locked(appeal.conversation_id)
        appeal.refresh_from_db(fields=["operator"])
        if appeal.operator_id == member.pk:
            assign(appeal=appeal, operator=None)


def assign(*, appeal: Appeal, operator: Member | None) -> None:
    appeal.operator = operator
    appeal.save(update_fields=["operator", "updated_at"])
    touch(appeal.conversation_id)
