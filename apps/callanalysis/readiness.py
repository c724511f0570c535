"""What a table has found in a call: the one place where the API of calls asks the tables."""

from dataclasses import dataclass
from typing import Any

from apps.callanalysis.announcing import extracted
from apps.callanalysis.models import Call, CallOutcome, Table, TableRow
from apps.callanalysis.reporting import state_of
from apps.tenants.models import Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """`data` are the table's own fields by their keys; `status` is why there are none yet."""

    ready: bool
    data: dict[str, Any]
    status: str = ""


def find_readiness(*, tenant: Tenant, table_id: str, call_id: str) -> Readiness | None:
    """None where the organisation has no such table, or no such call."""
    table = Table.objects.filter(tenant=tenant, public_id=table_id).first()
    call = Call.objects.filter(tenant=tenant, external_id=call_id).first()
    if table is None or call is None:
        return None
    row = TableRow.objects.filter(table=table, call=call).first()
    if row is None:
        return Readiness(ready=False, data={}, status=_without_row(call))
    # What was found before stays until what is asked anew is answered, too.
    if row.finished_at is not None:
        return Readiness(ready=True, data=extracted(row))
    return Readiness(ready=False, data={}, status="failed" if row.is_settled else "analysing")


def _without_row(call: Call) -> str:
    """The call is on its way; or it ended otherwise; or this table is not one for such calls."""
    return "not_applied" if call.outcome == CallOutcome.ANALYSED else state_of(call)
