"""How often a connection's service may be called: the rate of its SPEC, held over all processes together.

A connection has one token bucket in the database. A pause that the service asks for closes it as well:
whoever asks from then on is refused by the same statement, whatever it had read of the connection before;
and what waited begins with one call and goes on at the rate, not all at once.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from apps.core import bucket
from apps.core.errors import NotYet
from apps.integrations.contract import Counted, Rate
from apps.integrations.models import Connection
from apps.integrations.registry import UnknownConnector, connector

LONGEST_PAUSE = timedelta(days=1)


@dataclass(slots=True)
class Turn:
    """Of one errand, all of whose requests belong together.

    Its turn is asked for before the first of them; after that it is not held up midway: `paid` requests cost
    nothing more, and further ones are charged, so that others wait the longer.
    """

    taken: bool = False
    paid: int = 0
    # What the service called our last request.
    request_id: str = ""


def rate_of(connection: Connection) -> Rate | None:
    try:
        rate: Rate | None = connector(connection.connector).SPEC.rate
    except UnknownConnector:
        return None
    return rate


def take_turn(connection: Connection, turn: Turn, *, cost: int = 1, bulk: bool = False) -> None:
    """Before the first request of an errand. Raises NotYet. One statement, where there is a rate; else none.

    What goes in `bulk` always leaves some of a burst to what people wait for. Not inside a transaction.
    """
    hold_while_paused(connection)
    if (rate := rate_of(connection)) is not None:
        _take(connection, rate, cost=cost, bulk=bulk)
    turn.taken, turn.paid = True, 1


def before_request(connection: Connection, turn: Turn) -> None:
    """Every counted request of a connection passes here. Raises NotYet."""
    hold_while_paused(connection)
    rate = rate_of(connection)
    if rate is None or rate.of is not Counted.REQUESTS:
        return
    if not turn.taken:
        _take(connection, rate, cost=1, bulk=True)
        turn.taken = True
    elif turn.paid:
        turn.paid -= 1
    else:
        bucket.spend(_key(connection), rate=rate.refill, burst=rate.burst)


def hold_while_paused(connection: Connection) -> None:
    if (
        connection.paused_until is not None
        and (left := connection.paused_until - timezone.now()) > timedelta()
    ):
        raise NotYet(after=left)


def pause(connection: Connection, after: timedelta) -> None:
    """The service wants to be left alone for so long. A longer pause stays; former settings pause nothing."""
    until = timezone.now() + min(after, LONGEST_PAUSE)
    ours = Connection.objects.filter(pk=connection.pk, is_active=True, updated_at=connection.updated_at)
    if not ours.filter(Q(paused_until=None) | Q(paused_until__lt=until)).update(paused_until=until):
        return
    connection.paused_until = until
    if (rate := rate_of(connection)) is not None:
        bucket.close(_key(connection), rate=rate.refill, burst=rate.burst, until=until - timezone.now())


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What a connection may ask at once, of what it may ask at most; and its rate."""

    left: float
    burst: int
    rate: Rate


def budget_of(connection: Connection) -> Budget | None:
    """Of all processes together, at this moment; None where the service names no rate."""
    if (rate := rate_of(connection)) is None:
        return None
    paused = connection.paused_until is not None and connection.paused_until > timezone.now()
    left = 0.0 if paused else bucket.level(_key(connection), rate=rate.refill, burst=rate.burst)
    return Budget(left=left, burst=rate.burst, rate=rate)


def forget(connection: Connection) -> None:
    """With other settings it may be another account."""
    bucket.reset(_key(connection))


def _take(connection: Connection, rate: Rate, *, cost: int, bulk: bool) -> None:
    spare = rate.spare if bulk else 0
    wait = bucket.take(_key(connection), rate=rate.refill, burst=rate.burst, cost=cost, spare=spare)
    if wait:
        raise NotYet(after=wait)


def _key(connection: Connection) -> str:
    return f"connection:{connection.pk}"
