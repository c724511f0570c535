"""An order stays in the account that it was made in: where settings lead to another by now, nobody is asked
about it. With the former settings it goes on.
"""

from django.db.models import F, Q, QuerySet

from apps.crm.contract import OVER, OrderElsewhere
from apps.crm.models import OrderLook, OrderSync
from apps.crm.parking import ORDERS
from apps.integrations.homes import is_elsewhere
from apps.integrations.models import Connection
from apps.integrations.registry import connector

# There, as far as anybody knows, and not over.
OPEN = Q(gone_at=None) & ~Q(external_order_id="") & ~Q(status__in=OVER)
# As it was when the settings were last read (`note_home`).
AT_HOME = Q(home=F("connection__order_look__home"))


def home_of(connection: Connection) -> str:
    """Raises ConfigInvalid."""
    return str(connector(connection.connector).home(connection))


def note_home(connection: Connection) -> str:
    """After its settings have changed, or a check has found which API is spoken."""
    home = home_of(connection)
    looks = OrderLook.objects.filter(connection=connection)
    if looks.filter(home="").update(home=home):
        # What was made before homes were kept is where the connection leads.
        OrderSync.objects.filter(connection=connection, home="").update(home=home)
    looks.exclude(home=home).update(home=home)
    return home


def checked(connection: Connection) -> None:
    """A CRM's `SPEC.on_checked`."""
    note_home(connection)
    ORDERS.resume(connection)


def stay_home(sync: OrderSync) -> str:
    """Where the order is, or is about to be made. Raises OrderElsewhere."""
    home = home_of(sync.connection)
    may_be_there = bool(sync.external_order_id) or sync.begun_at is not None
    if may_be_there and is_elsewhere(sync.home, home):
        raise OrderElsewhere
    return home


def elsewhere() -> QuerySet[OrderSync]:
    """Orders that go on in an account which their connection leads to no more."""
    return OrderSync.objects.filter(OPEN, connection__is_active=True).exclude(Q(home="") | AT_HOME)


def carry_over(connection: Connection) -> int:
    """A person knows that it is the same account, at another address or in another workshop of it. What was
    made by another API has other ids and stays.
    """
    home = home_of(connection)
    spoken = home.partition(" ")[0]
    rows = OrderSync.objects.filter(connection=connection, home__startswith=f"{spoken} ")
    moved = rows.exclude(home=home).update(home=home)
    ORDERS.resume(connection)
    return moved
