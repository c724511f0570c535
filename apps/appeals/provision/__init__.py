"""The sections of a tenant's file that say how its desk works."""

from apps.appeals.provision import auto_sending, canned_replies, tags, targets
from apps.tenants.models import Tenant
from apps.tenants.provisioning.run import Run
from apps.tenants.provisioning.sections import Exported

__all__ = ["SECTION"]

PARTS = {
    "targets": targets,
    "auto_sending": auto_sending,
    "canned_replies": canned_replies,
    "tags": tags,
}


class _Section:
    names = tuple(PARTS)
    # After the channels, which they name.
    order = 40

    def apply(self, run: Run) -> None:
        for part in PARTS.values():
            part.apply(run)

    def export(self, tenant: Tenant, into: Exported) -> None:
        for name, part in PARTS.items():
            if rows := part.exported(tenant):
                into.data[name] = rows


SECTION = _Section()
