"""Which funnels and stages of deals there are: told by the calls, for the CRM names them nowhere else."""

from collections.abc import Mapping

from django.db import connection

from apps.tenants.models import Tenant

# More than that nobody chooses from a list.
MOST = 200

# From one value to the next along the index, each a single look: to read all calls would take a hundred
# times as long. https://wiki.postgresql.org/wiki/Loose_indexscan
_VALUES = """
WITH RECURSIVE found AS (
    (SELECT {column} AS value FROM callanalysis_call
     WHERE tenant_id = %(tenant)s AND {column} > '' ORDER BY {column} LIMIT 1)
    UNION ALL
    SELECT (SELECT {column} FROM callanalysis_call
            WHERE tenant_id = %(tenant)s AND {column} > found.value ORDER BY {column} LIMIT 1)
    FROM found WHERE found.value IS NOT NULL
)
SELECT value, {name} FROM found WHERE value IS NOT NULL LIMIT %(most)s
"""
# As the latest call of it that says.
_NAME = """
(SELECT stage_name FROM callanalysis_call WHERE tenant_id = %(tenant)s AND stage_id = value
 ORDER BY received_at DESC LIMIT 1)
"""


def funnels(tenant: Tenant | None) -> Mapping[str, str]:
    """Their names by their ids; an id stands for itself where the latest call names none."""
    return _found(tenant, _VALUES.format(column="stage_id", name=_NAME))


def deal_stages(tenant: Tenant | None) -> Mapping[str, str]:
    return _found(tenant, _VALUES.format(column="deal_stage_id", name="value"))


def _found(tenant: Tenant | None, statement: str) -> Mapping[str, str]:
    """Of no organisation nothing: ids of several would be mixed."""
    if tenant is None:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(statement, {"tenant": tenant.pk, "most": MOST})
        return {value: name or value for value, name in cursor.fetchall()}
