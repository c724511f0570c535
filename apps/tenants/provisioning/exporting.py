"""Writes a tenant as the file it could be provisioned from elsewhere. Secrets are named, not written."""

from typing import Any

import yaml

from apps.tenants.models import Tenant
from apps.tenants.provisioning.sections import Exported, sections


def export_tenant(tenant: Tenant) -> str:
    exported = Exported()
    for section in sections():
        section.export(tenant, exported)
    head = ["Without secrets and passwords.", *exported.remarks]
    if exported.variables:
        head.append(f"Set before provisioning: {', '.join(exported.variables)}.")
    body = yaml.dump(exported.data, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=110)
    return "".join(f"# {line}\n" for line in head) + body


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        """What is the same twice is written twice: the reader takes no aliases."""
        return True
