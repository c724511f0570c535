"""An appeal goes to a colleague, or to nobody, with a reason; the receiver sees that it is new to them."""

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from apps.appeals.deciding import WHY, assign
from apps.appeals.events import note_event
from apps.appeals.models import Appeal, Conversation, EventKind
from apps.appeals.models.appeal import OPEN_STATUSES
from apps.appeals.people import locked, touch
from apps.core.errors import Rejected
from apps.tenants.models import Member, Tenant


def hand_over(
    *, appeal: Appeal, to: Member | None, reason: str, member: Member | None, instead_of: int | None
) -> None:
    """`member` does it, whoever leads the appeal; `instead_of` as in `deciding.take`.

    Raises Rejected without a reason, for an ended appeal, for its own operator, and where the operator has
    changed meanwhile.
    """
    why = reason.strip()[:WHY]
    if not why:
        raise Rejected(_("Say why you hand it over: the colleague reads it first."), code="no_reason")
    with transaction.atomic():
        conversation = locked(appeal.conversation_id)
        appeal.refresh_from_db(fields=["operator", "status"])
        _refuse(appeal, to, instead_of)
        give(appeal=appeal, conversation=conversation, to=to, why=why, member=member)


def give(
    *, appeal: Appeal, conversation: Conversation, to: Member | None, why: str, member: Member | None
) -> None:
    """Call with the conversation locked."""
    told = {
        "why": why,
        "from": appeal.operator.name if appeal.operator else "",
        "to": to.name if to else "",
        "to_id": to.pk if to else None,
    }
    note_event(EventKind.HANDED, conversation=conversation, appeal=appeal, member=member, data=told)
    assign(appeal=appeal, operator=to, is_handed_over=to is not None and to != member)


def _refuse(appeal: Appeal, to: Member | None, instead_of: int | None) -> None:
    if appeal.status not in OPEN_STATUSES:
        raise Rejected(_("The appeal has ended. Open it again first."), code="ended_meanwhile")
    if appeal.operator_id != instead_of and appeal.operator is not None:
        taken = _("%(name)s has just taken this appeal.") % {"name": appeal.operator.name}
        raise Rejected(taken, code="taken")
    if to is not None and to.tenant_id != appeal.tenant_id:
        raise Rejected(_("Choose a colleague of this organisation."), code="stranger")
    if appeal.operator == to:
        raise Rejected(_("They have it already. Choose somebody else."), code="same")


def team(tenant: Tenant) -> QuerySet[Member]:
    """Everybody of the organisation with `load`: how many open appeals they lead. One query."""
    led = Appeal.objects.filter(operator=OuterRef("pk"), tenant=tenant, status__in=OPEN_STATUSES)
    counted = led.order_by().values("operator").values(n=Count("pk"))
    members = Member.objects.filter(tenant=tenant).annotate(load=Coalesce(Subquery(counted), 0))
    return members.order_by("name", "pk")


def unseen(member: Member) -> QuerySet[Appeal]:
    """Handed over to them, and not yet looked at."""
    return Appeal.objects.filter(
        tenant=member.tenant_id, operator=member, is_handed_over=True, status__in=OPEN_STATUSES
    )


def is_handed_to(member: Member | None) -> Exists:
    """For a queryset of conversations: one of its appeals is new to this member."""
    mine = Appeal.objects.filter(operator=member, is_handed_over=True, status__in=OPEN_STATUSES)
    return Exists(mine.filter(conversation=OuterRef("pk")))


def looked(*, conversation: Conversation, member: Member) -> None:
    """It is before the receiver's eyes."""
    seen = conversation.appeals.filter(operator=member, is_handed_over=True).update(is_handed_over=False)
    if seen:
        touch(conversation.pk)
