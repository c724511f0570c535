"""The section `canned_replies`: those that everybody in the organisation is offered."""

from typing import Annotated, Any

from pydantic import AfterValidator, Field

from apps.appeals.canned.filling import unknown_gaps
from apps.appeals.models import CannedReply
from apps.appeals.provision.naming import channel_named, in_file
from apps.channels.models import Channel
from apps.tenants.models import Tenant
from apps.tenants.provisioning.document import Path
from apps.tenants.provisioning.entries import Entry, Key
from apps.tenants.provisioning.rows import given_of, keep
from apps.tenants.provisioning.run import Run

FIELDS = ("title", "folder", "text")


def _text(value: str) -> str:
    if unknown := unknown_gaps(value):
        raise ValueError(f"Nothing is known by these names: {', '.join(unknown)}.")
    return value


class CannedReplyEntry(Entry):
    """`channels` by their keys; none: offered in all."""

    shortcut: Annotated[str, Field(min_length=1, max_length=40), AfterValidator(str.casefold)]
    title: str
    folder: str = ""
    text: Annotated[str, AfterValidator(_text)]
    channels: list[Key] = []


def apply(run: Run) -> None:
    for path, entry in run.several("canned_replies", CannedReplyEntry, unique="shortcut"):
        channels = _channels(run, path, entry)
        if channels is not None:
            _apply(run, path, entry, channels)


def _channels(run: Run, path: Path, entry: CannedReplyEntry) -> list[Channel] | None:
    found = [channel_named(run, (*path, "channels", place), key) for place, key in enumerate(entry.channels)]
    right = [channel for channel in found if channel is not None]
    return right if len(right) == len(found) else None


def _apply(run: Run, path: Path, entry: CannedReplyEntry, channels: list[Channel]) -> None:
    mine = CannedReply.objects.filter(tenant=run.tenant, member=None)
    row = mine.filter(shortcut=entry.shortcut).first()
    row = row or CannedReply(tenant=run.tenant, shortcut=entry.shortcut)
    before = _keys(row)
    after = sorted(channel.key for channel in channels) if "channels" in entry.model_fields_set else before
    kept = keep(
        run,
        path,
        row,
        given_of(entry, FIELDS),
        fields=("shortcut", *FIELDS),
        what="canned reply",
        key=entry.shortcut,
        more=({"channels": before}, {"channels": after}),
    )
    if kept and after != before:
        row.channels.set(channels)


def _keys(row: CannedReply) -> list[str]:
    return [] if row.pk is None else sorted(channel.key for channel in row.channels.all())


def exported(tenant: Tenant) -> list[dict[str, Any]]:
    """Not those of disconnected channels alone: elsewhere they would be offered everywhere."""
    listed = set(in_file(tenant).values_list("key", flat=True))
    rows = CannedReply.objects.filter(tenant=tenant, member=None).order_by("shortcut")
    found = [(row, _keys(row)) for row in rows.prefetch_related("channels")]
    return [_exported(row, [*listed & {*keys}]) for row, keys in found if not keys or listed & {*keys}]


def _exported(row: CannedReply, keys: list[str]) -> dict[str, Any]:
    words = {name: value for name in FIELDS if (value := getattr(row, name))}
    return {"shortcut": row.shortcut, **words, **({"channels": sorted(keys)} if keys else {})}
