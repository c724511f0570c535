"""The section `targets`: how soon clients are answered, in all channels or in one."""

from typing import Annotated, Any

from django.db.models import Q
from pydantic import Field

from apps.appeals.models import Target
from apps.appeals.models.target import MOST_MINUTES
from apps.appeals.provision.naming import channel_named, in_file
from apps.appeals.sla.aiming import set_targets
from apps.channels.models import Channel
from apps.tenants.models import Tenant
from apps.tenants.provisioning.document import Path
from apps.tenants.provisioning.entries import Entry, Key
from apps.tenants.provisioning.report import compare
from apps.tenants.provisioning.rows import given_of, state
from apps.tenants.provisioning.run import Run

Minutes = Annotated[int, Field(strict=True, ge=1, le=MOST_MINUTES)]
FIELDS = ("first_answer_minutes", "next_answer_minutes", "resolution_minutes", "is_round_the_clock")


class TargetEntry(Entry):
    """Without a channel: for all that have none of their own."""

    channel: Key = ""
    first_answer_minutes: Minutes | None = None
    next_answer_minutes: Minutes | None = None
    resolution_minutes: Minutes | None = None
    is_round_the_clock: Annotated[bool, Field(strict=True)] = False


def apply(run: Run) -> None:
    for path, entry in run.several("targets", TargetEntry, unique="channel"):
        channel = channel_named(run, (*path, "channel"), entry.channel) if entry.channel else None
        if channel is not None or not entry.channel:
            _apply(run, path, entry, channel)


def _apply(run: Run, path: Path, entry: TargetEntry, channel: Channel | None) -> None:
    row = Target.objects.filter(tenant=run.tenant, channel=channel).first()
    before = state(row, FIELDS) if row else None
    after = state(row or Target(), FIELDS) | given_of(entry, FIELDS)
    if not any(after[name] for name in FIELDS[:3]) and channel is None:
        run.problem(path, "Say how soon: first_answer_minutes, next_answer_minutes or resolution_minutes.")
        return
    if after != before:
        set_targets(tenant=run.tenant, wanted={channel.pk if channel else None: after})
    key = channel.key if channel else "of all channels"
    run.note("target", key, created=before is None, differences=compare(before, after))


def exported(tenant: Tenant) -> list[dict[str, Any]]:
    own = Q(channel=None) | Q(channel__in=in_file(tenant))
    rows = Target.objects.filter(own, tenant=tenant).select_related("channel").order_by("channel__key")
    return [
        {
            **({"channel": row.channel.key} if row.channel else {}),
            **{name: value for name, value in state(row, FIELDS).items() if value},
        }
        for row in rows
    ]
