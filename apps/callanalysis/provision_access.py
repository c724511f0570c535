"""`call_analysis.api_keys` and `.minimum_duration` of a tenant's file: who may send calls, and how short."""

from typing import Any

from django.views.decorators.debug import sensitive_variables

from apps.callanalysis.models import AnalysisSettings, settings_of
from apps.tenants.keys import digest_of, issue_key
from apps.tenants.models import ApiKey, Tenant
from apps.tenants.provisioning.document import Path
from apps.tenants.provisioning.entries import Entry, GivenSecret, Name
from apps.tenants.provisioning.report import compare
from apps.tenants.provisioning.run import Run
from apps.tenants.provisioning.sections import Exported

SECTION = "call_analysis"
LONGEST = 3600


class KeyEntry(Entry):
    """Without a value one is made, and told once."""

    name: Name
    value: GivenSecret | None = None


@sensitive_variables()
def apply_keys(run: Run) -> None:
    for path, entry in run.several("api_keys", KeyEntry, unique="name", within=SECTION):
        value = entry.value.get_secret_value() if entry.value else None
        if _is_there(run, entry.name, value):
            run.note("api key", entry.name, created=False)
        elif value is None or _may_be_issued(run, path, value):
            _key, made = issue_key(tenant=run.tenant, name=entry.name, user=None, value=value)
            run.note("api key", entry.name, created=True)
            if value is None:
                run.tell("api_keys", name=entry.name, value=made)


@sensitive_variables()
def _is_there(run: Run, name: str, value: str | None) -> bool:
    """By its value; of one without, any live key of its name."""
    live = ApiKey.objects.filter(tenant=run.tenant, revoked_at=None)
    return live.filter(**({"name": name} if value is None else {"digest": digest_of(value)})).exists()


@sensitive_variables()
def _may_be_issued(run: Run, path: Path, value: str) -> bool:
    """Another's, or one that was revoked: either way it is used up."""
    if ApiKey.objects.filter(digest=digest_of(value)).exists():
        run.problem((*path, "value"), "This value is, or was, another key's. Give another one.")
        return False
    return True


def exported_keys(tenant: Tenant, into: Exported) -> list[dict[str, Any]]:
    """Their values are stored nowhere: elsewhere others are made."""
    live = ApiKey.objects.filter(tenant=tenant, revoked_at=None).order_by("name")
    return [{"name": name} for name in dict.fromkeys(live.values_list("name", flat=True))]


def apply_minimum(run: Run) -> None:
    section = run.document.data.get(SECTION)
    if not isinstance(section, dict) or "minimum_duration" not in section:
        return
    seconds = section["minimum_duration"]
    if not isinstance(seconds, int) or isinstance(seconds, bool) or not 0 <= seconds <= LONGEST:
        run.problem((SECTION, "minimum_duration"), f"Whole seconds from 0 to {LONGEST} are expected.")
        return
    known = settings_of(run.tenant)
    before = {"minimum_duration": known.least_seconds}
    if known.least_seconds != seconds:
        known.least_seconds = seconds
        known.save()
    differences = compare(before, {"minimum_duration": seconds})
    run.note("call analysis", "settings", created=False, differences=differences)


def exported_minimum(tenant: Tenant, into: Exported) -> int | None:
    return AnalysisSettings.objects.filter(tenant=tenant).values_list("least_seconds", flat=True).first()
