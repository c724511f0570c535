"""When a message may go: its service's rate for the connection, and that for the dialogue.

Nothing here sleeps and nothing is asked again and again. A message whose turn has not come is queued for the
moment when it will, at the head of its dialogue's lane, and those behind it wait with it. What is due at
once on the same connection is spread over the time to come, so that the workers stay free for others.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from apps.channels.contract import Limits, MediaKind
from apps.channels.limits import limits_of
from apps.channels.models import Attempt, Delivery
from apps.core.errors import NotYet
from apps.core.work import find
from apps.core.work.spacing import space_out
from apps.integrations.contract import Rate
from apps.integrations.models import Connection
from apps.integrations.opening import Opened
from apps.integrations.pacing import hold_while_paused, rate_of, take_turn
from apps.integrations.registry import UnknownConnector

WORK = "channels.Delivery"
# After a pause, where the service names no rate.
APART = timedelta(milliseconds=200)


def wait_for_turn(delivery: Delivery, opened: Opened[Any]) -> None:
    """The connection's. Raises NotYet, and then has made the others wait too. Not inside a transaction."""
    connection = opened.connection
    kind = MediaKind(delivery.file["kind"]) if delivery.file else None
    cost = _limits(connection).cost_of.get(kind, 1) if kind else 1
    try:
        take_turn(connection, opened.turn, cost=cost, bulk=delivery.in_bulk)
    except NotYet as error:
        make_wait(connection, error.after, bulk_alone=delivery.in_bulk)
        raise


def wait_out_pause(connection: Connection) -> None:
    """Raises NotYet while the service wants to be left alone, and then has made the others wait as well."""
    try:
        hold_while_paused(connection)
    except NotYet as error:
        make_wait(connection, error.after)
        raise


def make_wait(connection: Connection, after: timedelta, *, bulk_alone: bool = False) -> None:
    """What is due of this connection comes due after that, one by one; what people wrote comes first."""
    rate = rate_of(connection)
    apart = timedelta(seconds=1 / rate.refill) if rate else APART
    among = Q(channel__connection=connection.pk, **({"in_bulk": True} if bulk_alone else {}))
    # The one in hand is the first of them.
    space_out(find(WORK), among, order_by=("in_bulk", "due_at", "pk"), begin=after + apart, apart=apart)


def rest_of_dialogue(delivery: Delivery) -> timedelta:
    """How long the next message of this dialogue has to wait, as the message that has just ended tells.

    Reckoned from the end of a try: however long each was on its way, they arrive no closer to each other.
    Of a rate that lets several go together, only `turn_in_dialogue` knows.
    """
    rate = _limits(delivery.channel.connection).per_dialogue
    return timedelta(seconds=rate.per) if rate and rate.count == 1 else timedelta()


def with_last_tries(deliveries: QuerySet[Delivery], delivery: Delivery) -> QuerySet[Delivery]:
    """`full_since`: when the dialogue's rate last became used up; None where there is no such rate."""
    rate = _limits(delivery.channel.connection).per_dialogue
    if rate is None:
        return deliveries
    tries = Attempt.objects.filter(
        delivery__channel=OuterRef("channel"),
        delivery__external_chat_id=OuterRef("external_chat_id"),
        delivery__attempts__gt=0,
    )
    latest = tries.order_by("-delivery_id", "-number").annotate(ended=Coalesce("finished_at", "started_at"))
    return deliveries.annotate(full_since=Subquery(latest.values("ended")[rate.count - 1 : rate.count]))


def turn_in_dialogue(delivery: Delivery, full_since: datetime | None) -> None:
    """Raises NotYet while as many messages as the dialogue takes were tried within its rate's time."""
    rate: Rate | None = _limits(delivery.channel.connection).per_dialogue
    if rate is None or full_since is None:
        return
    wait = full_since + timedelta(seconds=rate.per) - timezone.now()
    if wait > timedelta():
        raise NotYet(after=wait)


def _limits(connection: Connection) -> Limits:
    try:
        return limits_of(connection)
    except UnknownConnector:
        return Limits()
