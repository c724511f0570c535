"""The section `channels` of a tenant's file, and the addresses of all channels."""

from collections.abc import Callable
from typing import Annotated

from pydantic import Field, model_validator

from apps.channels.models import Channel
from apps.channels.registering import ensure_channel, webhook_url
from apps.channels.resolving import messenger
from apps.integrations.contract import Fact
from apps.integrations.fields import settings_of
from apps.integrations.models import Connection
from apps.integrations.provision import ConnectionEntry, apply_connection
from apps.integrations.registry import connectors
from apps.tenants.models import MOST_UNDO_SECONDS, Tenant
from apps.tenants.provisioning.document import Path
from apps.tenants.provisioning.entries import Entry, Key, Name
from apps.tenants.provisioning.report import compare
from apps.tenants.provisioning.run import Run
from apps.tenants.provisioning.sections import Exported

OWN = ("batch_window_seconds", "shows_reading", "undo_seconds")
Seconds = Annotated[int, Field(strict=True, ge=1, le=600)]


class ChannelEntry(Entry):
    """Of a connection of its own key, or of a connector that needs no settings."""

    key: Key
    connection: Key = ""
    connector: str = ""
    name: Name = ""
    batch_window_seconds: Seconds | None = None
    shows_reading: bool = True
    undo_seconds: Annotated[int, Field(strict=True, ge=0, le=MOST_UNDO_SECONDS)] | None = None

    @model_validator(mode="after")
    def _has_one_origin(self) -> "ChannelEntry":
        if bool(self.connection) == bool(self.connector):
            raise ValueError("Name either a connection or a connector.")
        return self


class _Section:
    names = ("channels",)
    order = 30

    def apply(self, run: Run) -> None:
        wanted: dict[int, tuple[Path, ChannelEntry, Channel]] = {}
        for path, entry in run.several("channels", ChannelEntry, unique="key"):
            channel = _channel(run, path, entry)
            if channel is not None and channel.pk in wanted:
                run.problem(path, "The same connection has a channel in this list already.")
            elif channel is not None:
                wanted[channel.pk] = (path, entry, channel)
        _apply(run, wanted)
        for channel in _channels(run.tenant):
            if channel.pk not in wanted and run.is_new("connection", channel.connection.key):
                run.note("channel", channel.key, created=True, differences=compare(None, _state(channel)))
            _tell(run, channel)

    def export(self, tenant: Tenant, into: Exported) -> None:
        into.data["channels"] = [_exported(channel) for channel in _channels(tenant)]


SECTION = _Section()


def _channels(tenant: Tenant) -> list[Channel]:
    rows = Channel.objects.filter(tenant=tenant, connection__is_active=True).order_by("key")
    found = rows.select_related("connection", "tenant")
    return [channel for channel in found if channel.connection.connector in connectors()]


def _channel(run: Run, path: Path, entry: ChannelEntry) -> Channel | None:
    """As it is now. None when something is wrong, which is told."""
    connection = _made(run, path, entry) if entry.connector else _named(run, path, entry)
    if connection is None:
        return None
    found = Channel.objects.filter(connection=connection).select_related("connection", "tenant").first()
    return found or ensure_channel(connection)


def _made(run: Run, path: Path, entry: ChannelEntry) -> Connection | None:
    if text := _why_not(run, entry):
        run.problem((*path, "connector"), text)
        return None
    # Its fields are validated already; a blank name stands for none.
    given = ConnectionEntry.model_construct(key=entry.key, connector=entry.connector, name=entry.name)
    return apply_connection(run, path=path, entry=given)


def _why_not(run: Run, entry: ChannelEntry) -> str:
    """Why it cannot be made from the connector alone."""
    module = connectors().get(entry.connector)
    if module is None:
        return ""  # told with the connectors that there are
    if messenger(entry.connector) is None:
        return f"{entry.connector} carries no messages."
    known = Connection.objects.filter(tenant=run.tenant, key=entry.key).exists()
    needed = [setting.name for setting in settings_of(module.Config) if setting.required]
    if needed and not known:
        return f"{entry.connector} needs settings ({', '.join(needed)}): list it under connections."
    return ""


def _named(run: Run, path: Path, entry: ChannelEntry) -> Connection | None:
    path = (*path, "connection")
    rows = Connection.objects.filter(tenant=run.tenant).select_related("tenant")
    connection = rows.filter(key=entry.connection).first()
    if connection is None:
        if not _is_listed(run, entry.connection):  # else its own problem is told already
            run.problem(path, f"There is no connection «{entry.connection}».")
        return None
    if not connection.is_active:
        run.problem(
            path, f"«{entry.connection}» is not connected. List it under connections, with its secrets."
        )
        return None
    if messenger(connection.connector) is None:
        run.problem(path, f"{connection.connector} carries no messages.")
        return None
    return connection


def _is_listed(run: Run, key: str) -> bool:
    listed = run.document.data.get("connections")
    entries = listed if isinstance(listed, list) else []
    return any(isinstance(entry, dict) and entry.get("key") == key for entry in entries)


def _apply(run: Run, wanted: dict[int, tuple[Path, ChannelEntry, Channel]]) -> None:
    others = Channel.objects.filter(tenant=run.tenant).exclude(pk__in=wanted)
    taken = set(others.values_list("key", flat=True))
    # Two may swap their keys: first both let go.
    for pk, (_path, entry, channel) in wanted.items():
        if channel.key != entry.key:
            Channel.objects.filter(pk=pk).update(key=f"~{pk}")
    for path, entry, channel in wanted.values():
        if entry.key in taken:
            run.problem((*path, "key"), f"Another channel has the key «{entry.key}».")
        else:
            _write(run, entry, channel)


def _write(run: Run, entry: ChannelEntry, channel: Channel) -> None:
    is_new = run.is_new("connection", channel.connection.key)
    before = None if is_new else _state(channel)
    old = _state(channel)
    channel.key = entry.key
    channel.name = entry.name or channel.name
    for name in entry.model_fields_set & {*OWN}:
        setattr(channel, name, getattr(entry, name))
    if _state(channel) != old:
        channel.save(update_fields=["key", "name", *OWN])
    run.note("channel", channel.key, created=is_new, differences=compare(before, _state(channel)))


def _state(channel: Channel) -> dict[str, str | int | bool | None]:
    return {
        "key": channel.key,
        "connection": channel.connection.key,
        "name": channel.name,
        **{name: getattr(channel, name) for name in OWN},
    }


def _tell(run: Run, channel: Channel) -> None:
    """Where the messenger sends, and the pages that clients open."""
    if run.dry_run and run.is_new("connection", channel.connection.key):
        return  # its address is made with it
    module = messenger(channel.connection.connector)
    row = {"channel": channel.key, "connector": channel.connection.connector}
    if getattr(module, "HAS_WEBHOOK", True):
        run.tell("webhooks", **row, url=webhook_url(channel))
    card_facts: Callable[[Connection], list[Fact]] | None = getattr(module, "card_facts", None)
    for fact in card_facts(channel.connection) if card_facts else ():
        if fact.link:
            run.tell("chats", **row, url=fact.value)


def _exported(channel: Channel) -> dict[str, str | int]:
    entry: dict[str, str | int] = {
        "key": channel.key,
        "connection": channel.connection.key,
        "name": channel.name,
    }
    for name in ("batch_window_seconds", "undo_seconds"):
        if (value := getattr(channel, name)) is not None:
            entry[name] = value
    if not channel.shows_reading:
        entry["shows_reading"] = False
    return entry
