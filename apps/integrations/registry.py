"""Which connectors exist: a scan of every app's `connectors` package. No central list."""

from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules
from typing import Any, cast

from django.apps import apps

from apps.integrations.contract import Connector


class UnknownConnector(LookupError):
    """No connector of that slug is installed."""


@cache
def connectors() -> dict[str, Connector]:
    """All connectors by slug, in the order of their names."""
    found: dict[str, Any] = {}
    for config in apps.get_app_configs():
        package_name = f"{config.name}.connectors"
        if not config.name.startswith("apps.") or find_spec(package_name) is None:
            continue
        for info in iter_modules(import_module(package_name).__path__):
            if info.name.startswith("_"):
                continue
            module = cast(Any, import_module(f"{package_name}.{info.name}"))
            if module.SPEC.slug != info.name or info.name in found:
                raise LookupError(
                    f"connector {module.SPEC.slug}: its slug must be its module's name, and be unique"
                )
            found[info.name] = module
    return dict(sorted(found.items()))


def connector(slug: str) -> Any:
    """The connector's module. Raises UnknownConnector."""
    try:
        return connectors()[slug]
    except KeyError:
        raise UnknownConnector(slug) from None


def connector_name(slug: str) -> str:
    """As people know the service; rows may outlive a connector, and then its slug is all there is."""
    found = connectors().get(slug)
    return str(found.SPEC.name) if found else slug
