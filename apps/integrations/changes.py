"""Who changed what in a connection's settings. Secrets are told by name only: no history holds them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.integrations.fields import plain, settings_of
from apps.integrations.models import Connection
from apps.integrations.registry import connector

_REASONS: dict[str, str | Promise] = {
    "connected": _("connected"),
    "changed": _("changed"),
    "disconnected": _("disconnected, secrets wiped"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    title: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    at: datetime
    # None: no person, but a command or a job.
    user: str | None
    what: str | Promise
    differences: list[Difference]
    replaced_secrets: list[str]


def changes_of(connection: Connection, *, last: int = 20) -> list[Change]:
    """Newest first."""
    records: list[Any] = list(connection.history.select_related("history_user")[: last + 1])
    befores = [*records[1:], None]
    return [_change(record, before) for record, before in zip(records, befores, strict=True)][:last]


def _change(record: Any, before: Any) -> Change:
    titles = {one.name: one for one in settings_of(connector(record.connector).Config)}
    reason, _colon, secrets = (record.history_change_reason or "").partition(":")
    return Change(
        at=record.history_date,
        user=record.history_user.get_username() if record.history_user else None,
        what=_REASONS.get(reason, _("changed")),
        differences=_differences(record, before, titles) if before else [],
        replaced_secrets=[
            titles[name].title if name in titles else name for name in secrets.split(",") if name
        ],
    )


def _differences(record: Any, before: Any, titles: dict[str, Any]) -> list[Difference]:
    found = []
    if record.name != before.name:
        found.append(
            Difference(title=str(_("Name of the connection")), before=before.name, after=record.name)
        )
    for name in sorted({*record.config, *before.config}):
        setting = titles.get(name)
        default = plain(setting.default) if setting else None
        old, new = before.config.get(name, default), record.config.get(name, default)
        if old != new:
            title = setting.title if setting else name
            found.append(Difference(title=title, before=_shown(old), after=_shown(new)))
    return found


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, list):
        value = ", ".join(map(str, value))
    return "—" if value is None or value == "" else str(value)
