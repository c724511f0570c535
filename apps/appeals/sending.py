"""What a delivery's end means for the conversation it belongs to."""

from django.db.models import F

from apps.appeals.autosending import refuse_outdated
from apps.appeals.campaigns.noting import note_delivery
from apps.appeals.models import Conversation, Identity, Message
from apps.appeals.sla.clocks import answer_due
from apps.channels.delivery import deliver, repeatable
from apps.channels.models import Delivery
from apps.core.models import TROUBLED, State
from apps.core.work import Effect

GONE = "recipient_gone"


def send(delivery: Delivery) -> Effect:
    """The work behind every delivery."""
    if not delivery.by_human:
        refuse_outdated(delivery)
    return deliver(delivery)


def settled(delivery: Delivery) -> None:
    """A client who blocked us is marked, so that the composer says so before the next try."""
    is_gone = delivery.state == State.FAILED and delivery.error_code == GONE
    identities = Identity.objects.filter(channel=delivery.channel, external_user_id=delivery.external_user_id)
    if is_gone:
        identities.update(is_reachable=False)
    elif delivery.state == State.DONE:
        identities.filter(is_reachable=False).update(is_reachable=True)
    note_delivery(delivery)
    message = Message.objects.filter(delivery=delivery).first()
    if message is not None:
        _show(message, is_missing=message.is_answer and delivery.state in TROUBLED and not is_gone)


def _show(message: Message, *, is_missing: bool) -> None:
    """Whoever was answered with words that did not arrive waits on, since that answer; until it does."""
    conversation = Conversation.objects.filter(pk=message.conversation_id)
    if is_missing:
        due = answer_due(message.conversation, message.sent_at)
        conversation.filter(waiting_since=None).update(waiting_since=message.sent_at, answer_due_at=due)
    else:
        conversation.filter(waiting_since=message.sent_at).update(waiting_since=None, answer_due_at=None)
    conversation.update(revision=F("revision") + 1)


__all__ = ["repeatable", "send", "settled"]
