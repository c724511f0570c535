"""Connect, change and disconnect a tenant's use of a connector.

Values go through the connector's `Config`; what it declares as `SecretStr` is kept encrypted, the rest as
JSON. A blank secret, or the mask we showed in its place, means «unchanged»; unless the address has changed:
a secret goes nowhere but where it was given for. Only what differs from the Config's defaults is kept, so
that a new default (a vendor's new address) reaches every connection that never asked for another.
"""

import secrets as randomness
from collections.abc import Collection, Mapping
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from pydantic import SecretStr

from apps.core.http.target import origin
from apps.integrations import pacing
from apps.integrations.contract import ConnectorConfig
from apps.integrations.fields import Kind, Setting, is_mask, settings_of
from apps.integrations.models import Connection, Health, Upkeep
from apps.integrations.opening import readable_secrets
from apps.integrations.registry import connector as find_connector
from apps.integrations.tokens import wipe_outdated_token, wipe_token
from apps.integrations.validation import InvalidSettings, validate
from apps.tenants.models import Tenant

__all__ = ["InvalidSettings", "connect", "disconnect", "errors_in", "free_key", "reconfigure"]

# What the last check found; nothing of it holds for other settings.
UNCHECKED: dict[str, Any] = {
    "health": Health.PENDING,
    "error_code": "",
    "error_text": "",
    "account": "",
    "api_shape": "",
    "warnings": [],
    "facts": [],
    "checked_at": None,
    "paused_until": None,
}


@sensitive_variables()
@transaction.atomic
def connect(
    *, tenant: Tenant, connector: str, key: str = "", name: str = "", values: Mapping[str, Any]
) -> Connection:
    """A new connection; or the one that was disconnected under this key, with the settings it kept.

    A blank `key` is chosen here. Raises InvalidSettings, and UnknownConnector.
    """
    module = find_connector(connector)
    # Two people connecting at once must not choose the same key.
    Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)
    key = key or free_key(tenant=tenant, wanted=connector)
    connection = _rows().filter(tenant=tenant, key=key).first()
    if connection is None:
        connection = Connection(tenant=tenant, key=key, connector=connector, is_active=False)
    elif connection.is_active or connection.connector != connector:
        raise InvalidSettings({"key": [_("There is a connection with this key already.")]})
    connection.name = name.strip() or connection.name or str(module.SPEC.name)
    return _write(connection, values=values, forget=())


@sensitive_variables()
@transaction.atomic
def reconfigure(
    *, connection: Connection, values: Mapping[str, Any], name: str = "", forget: Collection[str] = ()
) -> Connection:
    """Settings that are not in `values` stay; `forget` names optional secrets to wipe.

    One that was disconnected is connected again. Returns the row as it now is; raises InvalidSettings.
    """
    current = _rows().get(pk=connection.pk)
    current.name = name.strip() or current.name
    return _write(current, values=values, forget=forget)


@transaction.atomic
def disconnect(*, connection: Connection) -> Connection:
    """Stops using it and wipes its secrets, which are then all that connecting it again asks for."""
    current = _rows().get(pk=connection.pk)
    if not current.is_active:
        return current
    _set(current, UNCHECKED | {"is_active": False, "secrets": {}})
    wipe_token(current)
    pacing.forget(current)
    Upkeep.objects.filter(connection=current).delete()
    _save(current, "disconnected")
    return current


@sensitive_variables()
def errors_in(
    *, connector: str, connection: Connection | None, values: Mapping[str, Any], forget: Collection[str] = ()
) -> dict[str, list[str]]:
    """What `connect` or `reconfigure` would say of these values, without doing it."""
    model = find_connector(connector).Config
    try:
        _judge(model, connection or Connection(), values=values, forget=forget)
    except InvalidSettings as invalid:
        return invalid.errors
    return {}


def free_key(*, tenant: Tenant, wanted: str) -> str:
    """`wanted`, or with the lowest number that nobody has."""
    base = slugify(wanted)[:40] or "connection"
    taken = set(Connection.objects.filter(tenant=tenant, key__startswith=base).values_list("key", flat=True))
    numbered = (f"{base}-{number}" for number in range(2, len(taken) + 3))
    return base if base not in taken else next(key for key in numbered if key not in taken)


def _rows() -> QuerySet[Connection]:
    return Connection.objects.select_for_update(of=("self",))


@sensitive_variables()
def _write(connection: Connection, *, values: Mapping[str, Any], forget: Collection[str]) -> Connection:
    module = find_connector(connection.connector)
    config, secrets = split(_judge(module.Config, connection, values=values, forget=forget))
    before = readable_secrets(connection)
    changed = (config, secrets, True) != (connection.config, before, connection.is_active)
    replaced = sorted(name for name in {*secrets, *before} if secrets.get(name) != before.get(name))
    reason = ":".join(["changed" if connection.is_active else "connected", ",".join(replaced)]).rstrip(":")
    if changed:
        _set(connection, UNCHECKED | {"config": config, "secrets": secrets, "is_active": True})
        wipe_outdated_token(connection)
        pacing.forget(connection)
        Upkeep.objects.filter(connection_id=connection.pk).delete()
    if changed or _is_renamed(connection):
        _save(connection, reason)
    module.SPEC.on_connected(connection)
    return connection


@sensitive_variables()
def _judge(
    model: type[ConnectorConfig],
    connection: Connection,
    *,
    values: Mapping[str, Any],
    forget: Collection[str],
) -> ConnectorConfig:
    """What the settings would be. Raises InvalidSettings."""
    config = validate(model, _merge(model, connection, values=values, forget=forget))
    if _is_moved(connection, config):
        given = {name for name, value in values.items() if not _is_blank(value) and not is_mask(value)}
        kept = readable_secrets(connection).keys() - given - set(forget)
        kept &= split(config)[1].keys()
        asked = {one.name for one in settings_of(model) if one.is_secret and not one.generated}
        if again := sorted(kept & asked):
            sentence = _("The address is another one: enter this again.")
            raise InvalidSettings({name: [sentence] for name in again})
    return config


def _is_moved(connection: Connection, config: ConnectorConfig) -> bool:
    """Whether what is sent with these settings would go to another host than until now."""
    addresses = [one for one in settings_of(type(config)) if one.kind is Kind.URL]
    before = {one.name: str(connection.config.get(one.name) or one.default or "") for one in addresses}
    return any(origin(text) != origin(str(getattr(config, name) or "")) for name, text in before.items())


@sensitive_variables()
def _merge(
    model: type[ConnectorConfig],
    connection: Connection,
    *,
    values: Mapping[str, Any],
    forget: Collection[str],
) -> dict[str, Any]:
    """What was given over what is kept; a setting given as None, or a text given blank, is its default."""
    known = {setting.name: setting for setting in settings_of(model)}
    stored = {
        name: value
        for name, value in {**connection.config, **readable_secrets(connection)}.items()
        if name in known
    }
    merged = {name: value for name, value in stored.items() if not (name in forget and known[name].is_secret)}
    for name, value in values.items():
        setting = known.get(name)
        if setting is None:
            merged[name] = value  # for the Config to refuse by name
        elif setting.is_secret and (_is_blank(value) or is_mask(value)):
            continue
        elif _is_blank(value) and value not in dict(setting.choices):
            merged.pop(name, None)
        else:
            # Keys are pasted, and what is pasted often ends with a line break.
            merged[name] = value.strip() if setting.is_secret and isinstance(value, str) else value
    return merged | {setting.name: randomness.token_urlsafe(32) for setting in _to_generate(known, merged)}


def _to_generate(known: Mapping[str, Setting], merged: Mapping[str, Any]) -> list[Setting]:
    return [setting for name, setting in known.items() if setting.generated and not merged.get(name)]


def _is_blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


@sensitive_variables()
def split(config: ConnectorConfig) -> tuple[dict[str, Any], dict[str, str]]:
    """A validated Config as (settings that differ from their defaults, secrets that are not empty)."""
    secrets = {
        setting.name: value.get_secret_value()
        for setting in settings_of(type(config))
        if setting.is_secret and isinstance(value := getattr(config, setting.name), SecretStr)
    }
    names = {setting.name for setting in settings_of(type(config)) if setting.is_secret}
    plain = config.model_dump(mode="json", exclude=names, exclude_defaults=True)
    return plain, {name: value for name, value in secrets.items() if value}


def _set(connection: Connection, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        setattr(connection, name, value)


def _is_renamed(connection: Connection) -> bool:
    return not Connection.objects.filter(pk=connection.pk, name=connection.name).exists()


def _save(connection: Connection, reason: str) -> None:
    # simple-history takes the reason from here.
    connection._change_reason = reason  # type: ignore[attr-defined]
    connection.save()
