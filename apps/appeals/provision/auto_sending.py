"""The section `auto_sending`: in which channels and hours the AI answers by itself."""

from datetime import time
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from apps.appeals.models import AutoSending
from apps.appeals.provision.naming import channel_named, in_file
from apps.tenants.hours import DAYS
from apps.tenants.models import Tenant
from apps.tenants.provisioning.entries import Entry, Key
from apps.tenants.provisioning.rows import given_of, keep, state
from apps.tenants.provisioning.run import Run

FIELDS = ("is_on", "days", "starts_at", "ends_at")


def _time(value: Any) -> time:
    """By the organisation's clock: a zone has no place in it."""
    try:
        found = time.fromisoformat(value)
    except (TypeError, ValueError):
        found = None
    if found is None or found.tzinfo is not None:
        raise ValueError("A time such as 20:00 is expected.")
    return found


def _in_order(value: Any) -> Any:
    """As the week goes. What is no list, or no day, is told by the field itself."""
    known = isinstance(value, list) and all(day in DAYS for day in value)
    return [day for day in DAYS if day in value] if known else value


Clock = Annotated[time, BeforeValidator(_time)]


class AutoSendingEntry(Entry):
    """What is left out of a new one is as the row itself has it: every day, off."""

    channel: Key
    is_on: Annotated[bool, Field(strict=True)] = False
    days: Annotated[
        list[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]],
        Field(min_length=1),
        BeforeValidator(_in_order),
    ] = []
    starts_at: Clock = time()
    ends_at: Clock = time()


def apply(run: Run) -> None:
    for path, entry in run.several("auto_sending", AutoSendingEntry, unique="channel"):
        channel = channel_named(run, (*path, "channel"), entry.channel)
        if channel is None:
            continue
        row = AutoSending.objects.filter(channel=channel).first()
        row = row or AutoSending(tenant=run.tenant, channel=channel)
        given = given_of(entry, FIELDS)
        keep(run, path, row, given, fields=FIELDS, what="replies by the AI itself", key=channel.key)


def exported(tenant: Tenant) -> list[dict[str, Any]]:
    rows = AutoSending.objects.filter(channel__in=in_file(tenant)).select_related("channel")
    return [{"channel": row.channel.key, **state(row, FIELDS)} for row in rows.order_by("channel__key")]
