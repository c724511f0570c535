"""The section `connections` of a tenant's file: any connector, through its Config."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import translation
from django.views.decorators.debug import sensitive_variables

from apps.core.secrets import mask
from apps.integrations.checking import WHILE_ONE_WAITS, install_and_check
from apps.integrations.connecting import InvalidSettings, connect, errors_in, reconfigure
from apps.integrations.contract import ConnectorConfig
from apps.integrations.fields import Kind, Setting, plain, settings_of
from apps.integrations.models import Connection
from apps.integrations.opening import readable_secrets
from apps.integrations.registry import UnknownConnector, connectors
from apps.integrations.registry import connector as find_connector
from apps.tenants.models import Tenant
from apps.tenants.provisioning.document import Path
from apps.tenants.provisioning.entries import Entry, Key, Name
from apps.tenants.provisioning.given import resolve
from apps.tenants.provisioning.report import Difference, compare
from apps.tenants.provisioning.run import Run
from apps.tenants.provisioning.sections import Exported

# A number in the file is a text to these.
_TEXTS = (Kind.SECRET, Kind.TEXT, Kind.URL, Kind.CHOICE)


class ConnectionEntry(Entry):
    key: Key
    connector: str
    name: Name = ""
    config: dict[str, Any] = {}


class _Section:
    names = ("connections",)
    order = 20

    def apply(self, run: Run) -> None:
        for path, entry in run.several("connections", ConnectionEntry, unique="key"):
            apply_connection(run, path=path, entry=entry)

    def export(self, tenant: Tenant, into: Exported) -> None:
        rows = list(Connection.objects.filter(tenant=tenant).order_by("key"))
        into.data["connections"] = [_exported(one, into) for one in rows if _is_whole(one)]
        if left_out := [one.key for one in rows if not _is_whole(one)]:
            into.remark(f"Left out, because they are not connected: {', '.join(left_out)}.")


SECTION = _Section()


@sensitive_variables()
def apply_connection(run: Run, *, path: Path, entry: ConnectionEntry) -> Connection | None:
    """Connects it, or brings its settings up to date. None when something is wrong, which is told."""
    try:
        model = find_connector(entry.connector).Config
    except UnknownConnector:
        known = ", ".join(connectors())
        run.problem((*path, "connector"), f"There is no connector «{entry.connector}»; there are: {known}.")
        return None
    rows = Connection.objects.filter(tenant=run.tenant, key=entry.key)
    existing = rows.select_related("tenant").first()
    if existing is not None and existing.connector != entry.connector:
        text = f"The connection «{entry.key}» is of {existing.connector}, which cannot be changed."
        run.problem((*path, "connector"), text)
        return None
    values = _values(run, path=(*path, "config"), model=model, entry=entry, existing=existing)
    if values is None:
        return None
    return _write(run, path=path, entry=entry, existing=existing, values=values)


@sensitive_variables()
def _values(
    run: Run,
    *,
    path: Path,
    model: type[ConnectorConfig],
    entry: ConnectionEntry,
    existing: Connection | None,
) -> dict[str, Any] | None:
    """What `connect` takes. None when something is wrong; then all that is wrong is told."""
    known = {setting.name: setting for setting in settings_of(model)}
    values: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for name, value in entry.config.items():
        if name not in known:
            wrong[name] = f"There is no such setting; there are: {', '.join(known)}."
            continue
        try:
            values[name] = _value(run, known[name], value)
        except ValueError as error:
            wrong[name] = str(error)
    found = errors_in(connector=entry.connector, connection=existing, values=values)
    for name, texts in found.items():
        wrong.setdefault(name, " ".join(texts))
    for name, text in wrong.items():
        run.problem((*path, name) if name else path, text)
    return None if wrong else values


def _value(run: Run, setting: Setting, value: Any) -> Any:
    if setting.is_secret and isinstance(value, dict):
        return resolve(value, folder=run.folder)
    if isinstance(value, dict) and {"env", "file"} & value.keys() and setting.kind is not Kind.JSON:
        raise ValueError("Only a secret can be taken from the environment or a file.")
    if setting.kind in _TEXTS and value not in dict(setting.choices):
        return _as_text(value)
    return (
        [_as_text(one) for one in value] if isinstance(value, list) and setting.kind is Kind.LINES else value
    )


def _as_text(value: Any) -> Any:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


@sensitive_variables()
def _write(
    run: Run, *, path: Path, entry: ConnectionEntry, existing: Connection | None, values: Mapping[str, Any]
) -> Connection | None:
    before = None if existing is None else _state(existing)
    try:
        with transaction.atomic():
            if existing is None:
                made = connect(
                    tenant=run.tenant,
                    connector=entry.connector,
                    key=entry.key,
                    name=entry.name or _default_name(run, entry.connector),
                    values=values,
                )
            else:
                made = reconfigure(connection=existing, values=values, name=entry.name)
            if before == _state(made):
                # No trace, not even in the history.
                transaction.set_rollback(True)
    except InvalidSettings as invalid:
        for name, texts in invalid.errors.items():
            run.problem((*path, "config", name) if name else path, " ".join(texts))
        return None
    _tell(run, made, before=before)
    return made


def _tell(run: Run, connection: Connection, *, before: dict[str, Any] | None) -> None:
    after = _state(connection)
    again = before is not None and not before["active"]
    run.note(
        "connection",
        connection.key,
        created=before is None,
        differences=_differences(before, after),
        notes=("connected again",) if again else (),
        touched=again,
    )
    # One that was never asked, too: the run that made it may have been killed before it asked.
    if connection.checked_at is None or before is None or _is_other(before, after):
        run.afterwards(partial(_check, connection.pk))


def _is_other(before: dict[str, Any], after: dict[str, Any]) -> bool:
    return any(before[part] != after[part] for part in ("config", "secrets", "active"))


def _default_name(run: Run, slug: str) -> str:
    with translation.override(run.tenant.language):
        return str(find_connector(slug).SPEC.name)


@sensitive_variables()
def _state(connection: Connection) -> dict[str, Any]:
    return {
        "name": connection.name,
        "active": connection.is_active,
        "config": dict(connection.config),
        "secrets": dict(readable_secrets(connection)),
        "connector": connection.connector,
    }


@sensitive_variables()
def _differences(before: dict[str, Any] | None, after: dict[str, Any]) -> tuple[Difference, ...]:
    settings = settings_of(find_connector(after["connector"]).Config)
    old = None if before is None else _shown(before, settings)
    secrets = tuple(
        Difference(field=one.name, before=mask(had) or None, after=mask(has) or None)
        for one in settings
        if one.is_secret
        and (had := before["secrets"].get(one.name, "") if before else "")
        != (has := after["secrets"].get(one.name, ""))
    )
    if old is None:
        return compare(None, {**_names(after), **after["config"]}) + secrets
    return compare(old, _shown(after, settings)) + secrets


def _names(state: dict[str, Any]) -> dict[str, Any]:
    return {"connector": state["connector"], "name": state["name"]}


def _shown(state: dict[str, Any], settings: tuple[Setting, ...]) -> dict[str, Any]:
    """Of an unset setting its default: that is what it changes from."""
    plains = {
        one.name: state["config"].get(one.name, plain(one.default)) for one in settings if not one.is_secret
    }
    return {**_names(state), **plains}


def _check(pk: int) -> tuple[str, dict[str, str]]:
    """What the admin does when a person has connected it: tells the service where to send, asks who it is."""
    connection = Connection.objects.select_related("tenant").get(pk=pk)
    checked = install_and_check(connection=connection, within=WHILE_ONE_WAITS)
    return "checks", {
        "connection": checked.key,
        "health": checked.health,
        "account": checked.account,
        "error": checked.error_text,
    }


def _is_whole(connection: Connection) -> bool:
    return connection.is_active and connection.connector in connectors()


@sensitive_variables()
def _exported(connection: Connection, into: Exported) -> dict[str, Any]:
    """Secrets made at random are left out: elsewhere others are made."""
    settings = settings_of(find_connector(connection.connector).Config)
    held = readable_secrets(connection)
    secrets = {
        one.name: into.secret(connection.key, one.name)
        for one in settings
        if one.is_secret and not one.generated and (one.name in held or one.required)
    }
    config = {**secrets, **connection.config}
    entry = {"key": connection.key, "connector": connection.connector, "name": connection.name}
    return {**entry, "config": config} if config else entry
