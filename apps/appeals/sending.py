"""What a delivery's end means for the conversation it belongs to."""

from apps.appeals.models import Identity, Message
from apps.appeals.people import touch
from apps.channels.delivery import deliver, repeatable
from apps.channels.models import Delivery
from apps.core.models import State
from apps.core.work import Effect

GONE = "recipient_gone"


def send(delivery: Delivery) -> Effect:
    """The work behind every delivery."""
    return deliver(delivery)


def settled(delivery: Delivery) -> None:
    """A client who blocked us is marked, so that the composer says so before the next try."""
    identities = Identity.objects.filter(channel=delivery.channel, external_user_id=delivery.external_user_id)
    if delivery.state == State.FAILED and delivery.error_code == GONE:
        identities.update(is_reachable=False)
    elif delivery.state == State.DONE:
        identities.filter(is_reachable=False).update(is_reachable=True)
    for conversation_id in Message.objects.filter(delivery=delivery).values_list(
        "conversation_id", flat=True
    ):
        touch(conversation_id)


__all__ = ["repeatable", "send", "settled"]
