"""What a person decides about an appeal: its status, and who has it."""

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.appeals.models import Appeal, AppealStatus
from apps.appeals.people import touch
from apps.core.errors import Rejected
from apps.tenants.models import Member

ENDED = (AppealStatus.REJECTED, AppealStatus.CLOSED)


def set_status(*, appeal: Appeal, status: AppealStatus, reason: str = "") -> None:
    """Raises Rejected when a refusal has no reason, or another appeal of this conversation is open
    already.
    """
    if status == AppealStatus.REJECTED and not reason.strip():
        raise Rejected(_("Say why the client refused."), code="no_reason")
    appeal.status = status
    appeal.rejection_reason = reason.strip()[:300] if status == AppealStatus.REJECTED else ""
    appeal.closed_at = (appeal.closed_at or timezone.now()) if status in ENDED else None
    try:
        with transaction.atomic():
            appeal.save(update_fields=["status", "rejection_reason", "closed_at", "updated_at"])
    except IntegrityError:
        raise Rejected(
            _("The client already has a newer open appeal in this conversation."), code="another_is_open"
        ) from None
    touch(appeal.conversation_id)


def assign(*, appeal: Appeal, operator: Member | None) -> None:
    appeal.operator = operator
    appeal.save(update_fields=["operator", "updated_at"])
    touch(appeal.conversation_id)
