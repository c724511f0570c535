"""What a table has found in a call: the one place where the API of calls asks the tables."""

from dataclasses import dataclass
from typing import Any

from apps.tenants.models import Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """`data` are the table's own fields by their keys; `status` is why there are none yet."""

    ready: bool
    data: dict[str, Any]
    status: str = ""


def find_readiness(*, tenant: Tenant, table_id: str, call_id: str) -> Readiness | None:
    """None where the organisation has no such table, or no such call. No organisation has tables yet."""
    return None
