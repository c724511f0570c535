"""The list of integrations as the API gives it. Secrets are masked here, and nowhere after."""

from collections.abc import Callable, Iterable
from typing import Any

from django.templatetags.static import static
from django.utils.translation import gettext

from apps.core.errors import AuthFailed, ConfigInvalid
from apps.integrations import registry
from apps.integrations.cards import texts_in_language
from apps.integrations.fields import masked
from apps.integrations.models import Connection, Health
from apps.integrations.opening import config_of, readable_secrets
from apps.tenants.models import Tenant

Absolute = Callable[[str], str]

_HEALTH = {
    Health.PENDING: "pending",
    Health.OK: "ok",
    Health.ERROR: "error",
    Health.MISCONFIGURED: "error",
    Health.NEEDS_RECONNECT: "needs_reauth",
}


def catalogue(*, tenant: Tenant, absolute: Absolute) -> list[dict[str, Any]]:
    """Every connector, with all its active connections.

    `status` and `config` are those of the first one.
    """
    found: dict[str, list[Connection]] = {}
    for connection in Connection.objects.filter(tenant=tenant, is_active=True).order_by("pk"):
        found.setdefault(connection.connector, []).append(connection)
    return [_entry(module, found.get(slug, ()), absolute) for slug, module in registry.connectors().items()]


def _entry(module: Any, connections: Iterable[Connection], absolute: Absolute) -> dict[str, Any]:
    shown = [_connection(module, connection) for connection in connections]
    first = shown[0] if shown else {"status": "available", "health": None, "config": {}}
    spec = module.SPEC
    return {
        "id": spec.slug,
        "name": str(spec.name),
        "description": str(spec.description),
        "icon": absolute(static(spec.icon)),
        "category": spec.category.value,
        "status": first["status"],
        "health": first["health"],
        "config": first["config"],
        "connections": shown,
    }


def _connection(module: Any, connection: Connection) -> dict[str, Any]:
    return {
        "key": connection.key,
        "name": connection.name,
        "status": "configured" if _is_complete(connection) else "connected",
        "health": "paused" if connection.is_paused else _HEALTH[Health(connection.health)],
        "account": connection.account,
        "error": {"code": connection.error_code, "message": gettext(connection.error_text)}
        if connection.error_code
        else None,
        "warnings": texts_in_language(connection.warnings),
        "checked_at": connection.checked_at,
        "config": masked(module.Config, config=connection.config, secrets=readable_secrets(connection)),
    }


def _is_complete(connection: Connection) -> bool:
    """Connected is not yet configured: newer code may need a setting that was never asked for."""
    try:
        config_of(connection)
    except (ConfigInvalid, AuthFailed):
        return False
    return True
