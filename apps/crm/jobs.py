"""The durable work that an order is, when appeals become orders, and how often CRMs are asked."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.appeals.places import conversation_by
from apps.core.work import Work
from apps.crm import looking, ordering, pushing, searching, telling
from apps.crm.alarms import order_alarms
from apps.crm.panel import panel
from apps.crm.parking import ORDERS

# Longer than all time-outs inside: a client, an order and a dozen of its items, each asked for and added.
PUSHING = timedelta(minutes=10)
# A round of many pages and orders; where the budget ends it lets go before.
LOOKING = timedelta(minutes=10)


def card_of(rows: Sequence[Any]) -> dict[int, str]:
    """A look is seen on its connection's page."""
    page = "admin:integrations_connection_change"
    return {row.pk: reverse(page, args=[row.connection_id]) for row in rows}


WORK = (
    Work(
        model="crm.OrderSync",
        title=_("Orders to the CRM"),
        run=pushing.bring,
        lease=PUSHING,
        settled=pushing.settled,
        pages=conversation_by("appeal__conversation"),
    ),
    Work(
        model="crm.OrderLook",
        title=_("How orders in the CRM stand"),
        run=looking.look,
        lease=LOOKING,
        pages=card_of,
    ),
)


def order_agreed() -> None:
    ordering.order_agreed()
    ordering.complete_later()
    ordering.push_changes()


def look_for_unknown() -> None:
    ordering.look_for_unknown()


def look_at_orders() -> None:
    looking.begin_rounds()


SCHEDULES = (
    {"name": "crm.order_agreed", "func": "apps.crm.jobs.order_agreed", "minutes": 15},
    {"name": "crm.look_at_orders", "func": "apps.crm.jobs.look_at_orders", "minutes": 1},
    {"name": "crm.look_for_unknown", "func": "apps.crm.jobs.look_for_unknown", "minutes": 1},
)
ALARMS = {"orders": order_alarms}
PARKED = {"orders": ORDERS}
TIMELINE = {"orders": telling.orders}
SEARCH = {"orders": searching.by_order}
PANELS = {"orders": panel}
