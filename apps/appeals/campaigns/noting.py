"""How far a recipient's message got, told from its deliveries."""

from collections.abc import Sequence

from apps.appeals.models import Message, Recipient, SendOutcome
from apps.appeals.models.campaign import AGAIN
from apps.channels.contract import Reached
from apps.channels.models import Delivery
from apps.core.models import UNSETTLED, State

# As a status moves forward.
STEPS = ("", Reached.SENT, Reached.DELIVERED, Reached.READ)
OUTCOME_OF = {
    "": SendOutcome.SENT,
    Reached.SENT: SendOutcome.SENT,
    Reached.DELIVERED: SendOutcome.DELIVERED,
    Reached.READ: SendOutcome.READ,
}


def note_delivery(delivery: Delivery) -> None:
    """For every delivery that has ended or moved on; of a campaign's recipient or not."""
    of = Message.objects.filter(delivery=delivery, recipient__isnull=False)
    if (recipient_id := of.values_list("recipient", flat=True).first()) is not None:
        note_recipient(recipient_id)


def note_recipient(recipient_id: int) -> None:
    """Locked first: the parts of one message may end in the same moment, each unseen by the other."""
    recipient = Recipient.objects.select_for_update().get(pk=recipient_id)
    deliveries = list(Delivery.objects.filter(message__recipient=recipient).order_by("pk"))
    if not deliveries:
        return
    outcome, worst = _outcome(deliveries)
    if recipient.outcome == SendOutcome.WAITING and (outcome in AGAIN or len(deliveries) < recipient.parts):
        return  # it waits for its turn, or what is left of it does
    recipient.outcome = outcome
    recipient.reason = worst.error_code if worst else ""
    recipient.detail = worst.error_text if worst else ""
    recipient.save(update_fields=["outcome", "reason", "detail"])


def _outcome(deliveries: Sequence[Delivery]) -> tuple[SendOutcome, Delivery | None]:
    """Of several parts the worst tells."""
    states = {delivery.state: delivery for delivery in deliveries}
    if any(state in states for state in UNSETTLED):
        return SendOutcome.QUEUED, None
    if State.FAILED in states:
        return SendOutcome.FAILED, states[State.FAILED]
    if State.UNKNOWN in states:
        return SendOutcome.UNKNOWN, states[State.UNKNOWN]
    reached = min((delivery.reached for delivery in deliveries), key=_step)
    return OUTCOME_OF[reached], None


def _step(reached: str) -> int:
    return STEPS.index(reached) if reached in STEPS else 0
