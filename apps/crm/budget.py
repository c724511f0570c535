"""How much a CRM would still take at this moment, as its card shows it."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.integrations.contract import Fact
from apps.integrations.models import Connection
from apps.integrations.pacing import budget_of

LABEL = gettext_lazy("Requests it takes now")


def card_facts(connection: Connection) -> list[Fact]:
    budget = budget_of(connection)
    if budget is None:
        return []
    said = _("%(left)d of %(burst)d at once; at most %(count)d in %(seconds)d s, of all workers together") % {
        "left": int(budget.left),
        "burst": budget.burst,
        "count": budget.rate.count,
        "seconds": round(budget.rate.per),
    }
    return [Fact(label=LABEL, value=said, gauge=round(budget.left / budget.burst, 3))]
