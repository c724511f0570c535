"""What django-q2 calls for this app."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _
from django_q.tasks import async_task

from apps.core.work import Work
from apps.integrations import actions, parking, upkeep
from apps.integrations.alarms import upkeep_alarms
from apps.integrations.checking import check_connection, due_for_check
from apps.integrations.models import Connection
from apps.integrations.webhooks import sending, sweeping
from apps.integrations.webhooks.alarms import webhook_alarms
from apps.integrations.webhooks.endpoints import WORK as WEBHOOKS

# A round. The bound keeps a long outage from ending in a burst; what is left over is due in the next round.
AT_ONCE = 200

WORK = (
    Work(
        model=WEBHOOKS,
        title=_("Outgoing webhooks"),
        run=sending.send,
        lease=timedelta(minutes=1),
        max_failures=sending.TRIES,
        pauses=sending.PAUSES,
        settled=sending.settled,
    ),
)


def check_due() -> None:
    """Rings for each connection that was not checked for a day, as their rows tell, not the queue."""
    for pk in due_for_check().values_list("pk", flat=True)[:AT_ONCE]:
        async_task("apps.integrations.jobs.check_one", pk, task_name=f"check:{pk}")


def check_one(pk: int) -> None:
    # Rung twice, or checked by hand meanwhile: once is enough.
    connection: Connection | None = due_for_check().filter(pk=pk).first()
    if connection is not None:
        check_connection(connection=connection)


def tend_due() -> None:
    """The same for what keeps connections alive, as often as each connector wants it."""
    upkeep.enrol()
    for pk in upkeep.due_for_upkeep().values_list("pk", flat=True)[:AT_ONCE]:
        async_task("apps.integrations.jobs.tend_one", pk, task_name=f"upkeep:{pk}")


def tend_one(pk: int) -> None:
    upkeep.tend(pk=pk)


def prune_actions() -> None:
    actions.prune()


def sweep_webhooks() -> None:
    sweeping.sweep()


DAILY = 24 * 60
SCHEDULES = (
    {"name": "integrations.check_due", "func": "apps.integrations.jobs.check_due", "minutes": 10},
    {"name": "integrations.tend_due", "func": "apps.integrations.jobs.tend_due", "minutes": 5},
    {"name": "integrations.prune_actions", "func": "apps.integrations.jobs.prune_actions", "minutes": DAILY},
    {
        "name": "integrations.sweep_webhooks",
        "func": "apps.integrations.jobs.sweep_webhooks",
        "minutes": DAILY,
    },
)
ALARMS = {"upkeep": upkeep_alarms, "webhooks": webhook_alarms, "parked": parking.alarms}
