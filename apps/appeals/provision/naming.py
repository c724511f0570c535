"""A channel as a tenant's file names it: by its key."""

from django.db.models import QuerySet

from apps.channels.models import Channel
from apps.tenants.models import Tenant
from apps.tenants.provisioning.document import Path
from apps.tenants.provisioning.run import Run


def channel_named(run: Run, path: Path, key: str) -> Channel | None:
    """None where there is none, which is told; where the file lists it, what is wrong with it is."""
    found = Channel.objects.filter(tenant=run.tenant, key=key).first()
    if found is None and not _is_listed(run, key):
        run.problem(path, f"There is no channel «{key}».")
    return found


def _is_listed(run: Run, key: str) -> bool:
    listed = run.document.data.get("channels")
    entries = listed if isinstance(listed, list) else []
    return any(isinstance(entry, dict) and entry.get("key") == key for entry in entries)


def in_file(tenant: Tenant) -> QuerySet[Channel]:
    """Those that an export lists: of what is connected."""
    return Channel.objects.filter(tenant=tenant, connection__is_active=True)
