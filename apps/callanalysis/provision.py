"""The section `call_analysis` of a tenant's file, list by list."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from apps.callanalysis.provision_access import (
    apply_keys,
    apply_minimum,
    exported_keys,
    exported_minimum,
)
from apps.callanalysis.provision_questions import (
    apply_checklists,
    apply_tables,
    exported_checklists,
    exported_tables,
)
from apps.integrations.webhooks.provision import apply_webhooks, exported_webhooks
from apps.tenants.models import Tenant
from apps.tenants.provisioning.run import Run
from apps.tenants.provisioning.sections import Exported

NAME = "call_analysis"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One key of the section. `export` gives what stands there, or nothing worth writing."""

    name: str
    apply: Callable[[Run], None]
    export: Callable[[Tenant, Exported], Any]


def _apply_webhooks(run: Run) -> None:
    apply_webhooks(run, within=NAME)


# In the order in which they build upon each other.
PARTS = (
    Part(name="api_keys", apply=apply_keys, export=exported_keys),
    Part(name="minimum_duration", apply=apply_minimum, export=exported_minimum),
    Part(name="webhooks", apply=_apply_webhooks, export=exported_webhooks),
    Part(name="checklists", apply=apply_checklists, export=exported_checklists),
    Part(name="tables", apply=apply_tables, export=exported_tables),
)


class _Section:
    names = (NAME,)
    order = 40

    def apply(self, run: Run) -> None:
        given = run.document.data.get(NAME, {})
        if not isinstance(given, dict):
            return run.problem((NAME,), "Fields are expected here, such as {name: value}.")
        known = [part.name for part in PARTS]
        for name in given:
            if name not in known:
                run.problem((NAME, name), f"There is no such field here; there are: {', '.join(known)}.")
        for part in PARTS:
            part.apply(run)
        return None

    def export(self, tenant: Tenant, into: Exported) -> None:
        if found := {part.name: value for part in PARTS if (value := part.export(tenant, into))}:
            into.data[NAME] = found


SECTION = _Section()
