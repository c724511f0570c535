"""How far a message got, by the messenger's word: statuses come late, twice, in any order; and go forward."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from apps.channels.contract import Reached
from apps.channels.failures import known_sentence
from apps.channels.models import Attempt, Channel, Delivery
from apps.core.errors import RateLimited
from apps.core.models import State
from apps.core.work import find

# A refusal may follow «sent»; but what has demonstrably arrived is not undone by it.
ORDER = ("", Reached.SENT, Reached.FAILED, Reached.DELIVERED, Reached.READ)
ARRIVED = (Reached.DELIVERED, Reached.READ)
OUT = (Reached.SENT, *ARRIVED)
# Stored in English, as all error texts are, and translated where it is shown.
NOT_DELIVERED = gettext_noop("The service took the message but could not deliver it.")


class AnswerPending(RateLimited):
    """A send is still under way whose answer may bring the id this status speaks of: look again in a second.

    It ends by itself: tries that began after the status came are not waited for, the others end with
    their lease.
    """

    code = "answer_pending"
    public = _("The message it speaks of is being sent at this moment.")


def advance(
    *,
    channel: Channel,
    external_message_id: str,
    reached: Reached,
    at: datetime,
    code: str = "",
    key: str = "",
    received_at: datetime | None = None,
) -> Delivery | None:
    """Move our message forward. None where it is not one of ours; AnswerPending where that can't be told yet.

    `key` is our own key where the messenger echoes it: even a message without an answer is found by it.
    `received_at` is when the status reached us; without it every send under way is waited for.
    """
    if not (external_message_id or key):
        return None
    # Looked at first: an answer that is written between the two looks is then found by the second.
    pending = _pending(channel, received_at)
    with transaction.atomic():
        delivery = _find(channel, external_message_id, key).select_for_update(of=("self",)).first()
        if delivery is not None:
            _apply(delivery, external_message_id, reached, at, code)
            return delivery
    if pending:
        raise AnswerPending(after=timedelta(seconds=1))
    return None


def advance_up_to(
    *,
    channel: Channel,
    external_chat_id: str,
    reached: Reached,
    at: datetime,
    external_message_id: str = "",
    received_at: datetime | None = None,
) -> int:
    """Move forward all that is out in this chat: up to one of our messages, or what was sent until `at`.

    Returns how many moved. AnswerPending where the message named may still be on its way to being known.
    """
    pending = _pending(channel, received_at) if external_message_id else False
    ours = Delivery.objects.filter(channel=channel, external_chat_id=external_chat_id)
    last = ours.filter(external_message_id=external_message_id).first() if external_message_id else None
    if last is None and pending:
        raise AnswerPending(after=timedelta(seconds=1))
    until = Q(pk__lte=last.pk) if last else Q(sent_at__lte=at)
    lower = [step for step in OUT if ORDER.index(step) < ORDER.index(reached)]
    with transaction.atomic():
        rows = ours.filter(until, reached__in=lower).order_by("pk").select_for_update(of=("self",))
        for delivery in (found := list(rows)):
            _apply(delivery, "", reached, at, "")
    return len(found)


def is_echo(
    *, channel: Channel, external_chat_id: str, external_message_id: str, received_at: datetime
) -> bool:
    """Whether this service sent it; AnswerPending where a send under way may yet turn out to be it."""
    if not external_message_id:
        return False
    pending = _under_way(channel, received_at).filter(delivery__external_chat_id=external_chat_id).exists()
    ours = Delivery.objects.filter(channel=channel, external_message_id=external_message_id)
    if ours.exists():
        return True
    if pending:
        raise AnswerPending(after=timedelta(seconds=1))
    return False


def _pending(channel: Channel, received_at: datetime | None) -> bool:
    return _under_way(channel, received_at).exists()


def _under_way(channel: Channel, received_at: datetime | None) -> QuerySet[Attempt]:
    under_way = Attempt.objects.filter(delivery__channel=channel, delivery__state=State.RUNNING, outcome="")
    if received_at is not None:
        under_way = under_way.filter(started_at__lte=received_at)
    return under_way


def _find(channel: Channel, external_message_id: str, key: str) -> QuerySet[Delivery]:
    named = Q(pk__in=())
    if external_message_id:
        named |= Q(external_message_id=external_message_id)
    if key:
        named |= Q(key=key)
    return Delivery.objects.filter(named, channel=channel).order_by("-pk")


def _apply(delivery: Delivery, external_message_id: str, reached: Reached, at: datetime, code: str) -> None:
    before = (delivery.reached, delivery.delivered_at, delivery.read_at, delivery.state)
    forward(delivery, reached, at)
    if delivery.state != State.RUNNING:
        # While a worker holds the row its state is the worker's.
        _settle(delivery, code)
    if before == (delivery.reached, delivery.delivered_at, delivery.read_at, delivery.state):
        return
    delivery.external_message_id = delivery.external_message_id or external_message_id
    delivery.save()
    settled = find("channels.Delivery").settled
    if settled is not None and delivery.is_settled:
        settled(delivery)


def forward(delivery: Delivery, reached: Reached, at: datetime) -> None:
    """Forward only, whatever the order of arrival. Who read it has received it."""
    if ORDER.index(reached) > ORDER.index(delivery.reached):
        delivery.reached = reached
    if reached in ARRIVED:
        delivery.delivered_at = min(delivery.delivered_at or at, at)
    if reached == Reached.READ:
        delivery.read_at = min(delivery.read_at or at, at)


def _settle(delivery: Delivery, code: str) -> None:
    """The messenger's word decides what no answer, or a too early one, had left open."""
    if delivery.reached == Reached.FAILED and delivery.state in (State.DONE, State.UNKNOWN):
        delivery.state = State.FAILED
        delivery.error_code = (code or "not_delivered")[:64]
        with translation.override("en"):
            said = known_sentence(delivery.channel.connection.connector, delivery.error_code)
            delivery.error_text = str(said or NOT_DELIVERED)
    elif delivery.reached in OUT and delivery.state != State.DONE:
        delivery.state = State.DONE
        delivery.error_code = delivery.error_text = ""
