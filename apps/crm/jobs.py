"""The durable work that an order is, when appeals become orders, and how often CRMs are asked."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _
from django_q.tasks import async_task

from apps.appeals.places import conversation_by
from apps.core.work import Work
from apps.crm import looking, ordering, parking, pushing, telling
from apps.crm.panel import panel

# Longer than all time-outs inside: a client, an order and a dozen of its items, each asked for and added.
PUSHING = timedelta(minutes=10)
# A round. The bound keeps a long outage from ending in a burst; what is left over is due in the next round.
AT_ONCE = 200


WORK = (
    Work(
        model="crm.OrderSync",
        title=_("Orders to the CRM"),
        run=pushing.bring,
        lease=PUSHING,
        settled=pushing.settled,
        pages=conversation_by("appeal__conversation"),
    ),
)


def order_agreed() -> None:
    ordering.order_agreed()
    ordering.complete_later()
    ordering.push_changes()


def look_for_unknown() -> None:
    ordering.look_for_unknown()


def look_at_orders() -> None:
    for pk in looking.due_to_look().values_list("pk", flat=True)[:AT_ONCE]:
        async_task("apps.crm.jobs.look_at_one", pk, task_name=f"orders:{pk}")


def look_at_one(pk: int) -> None:
    looking.look(pk=pk)


SCHEDULES = (
    {"name": "crm.order_agreed", "func": "apps.crm.jobs.order_agreed", "minutes": 15},
    {"name": "crm.look_at_orders", "func": "apps.crm.jobs.look_at_orders", "minutes": 5},
    {"name": "crm.look_for_unknown", "func": "apps.crm.jobs.look_for_unknown", "minutes": 1},
)
ALARMS = {"orders": parking.alarms}
TIMELINE = {"orders": telling.orders}
PANELS = {"orders": panel}
