"""When an order may go: the budget of its CRM's account, shared by all workers, people's own orders first."""

from datetime import timedelta

from django.db.models import Q

from apps.core.errors import NotYet
from apps.core.work import find
from apps.core.work.spacing import space_out
from apps.crm.models import OrderSync
from apps.integrations.models import Connection
from apps.integrations.pacing import Turn, rate_of, take_turn

WORK = "crm.OrderSync"
# After a pause, where the service names no rate.
APART = timedelta(milliseconds=200)


def wait_for_turn(sync: OrderSync) -> Turn:
    """Raises NotYet, and then has made what waits on the same connection wait as well, one by one. Not
    inside a transaction.
    """
    turn = Turn()
    try:
        take_turn(sync.connection, turn, bulk=sync.in_bulk)
    except NotYet as error:
        _make_wait(sync.connection, error.after, bulk_alone=sync.in_bulk)
        raise
    return turn


def _make_wait(connection: Connection, after: timedelta, *, bulk_alone: bool) -> None:
    rate = rate_of(connection)
    apart = timedelta(seconds=1 / rate.refill) if rate else APART
    among = Q(connection=connection.pk, **({"in_bulk": True} if bulk_alone else {}))
    space_out(find(WORK), among, order_by=("in_bulk", "due_at", "pk"), begin=after + apart, apart=apart)
