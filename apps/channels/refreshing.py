"""A channel's approved templates, fetched anew: after each check, daily by that, and when a person asks."""

from dataclasses import asdict
from functools import partial
from typing import Any

import structlog
from django.utils import timezone

from apps.channels.contract import Capability, Template
from apps.channels.gate import capabilities
from apps.channels.models import Channel, KnownTemplate, TemplateList
from apps.core.models import UNSETTLED, State
from apps.core.work import Effect
from apps.integrations.models import Connection
from apps.integrations.opening import open_connection
from apps.integrations.registry import connector

log = structlog.get_logger(__name__)

MOST = 2000


def refresh_templates(connection: Connection) -> None:
    """A messenger's `SPEC.on_checked`. One row for a channel; what waits or runs already is enough."""
    channel = Channel.objects.filter(connection=connection).first()
    if channel is None or Capability.TEMPLATE not in capabilities(channel):
        return
    _row, is_new = TemplateList.objects.get_or_create(
        channel=channel, defaults={"tenant_id": channel.tenant_id}
    )
    if not is_new:
        again = {"state": State.QUEUED, "due_at": timezone.now(), "failures": 0, "rung_at": None}
        TemplateList.objects.filter(channel=channel).exclude(state__in=UNSETTLED).update(**again)


def fetch(row: TemplateList) -> Effect | None:
    """The work behind it. What it raises says nothing of messages: their rights are others than a list's."""
    connection = row.channel.connection
    if not connection.is_active:
        return None
    found: list[Template] = connector(connection.connector).templates(open_connection(connection))
    return partial(_keep, row, found[:MOST])


def _keep(row: TemplateList, found: list[Template]) -> None:
    """Runs in the transaction that makes the row done: nobody sees half a list."""
    known = KnownTemplate.objects.filter(channel=row.channel)
    gone, _kinds = known.exclude(external_id__in=[one.external_id for one in found]).delete()
    KnownTemplate.objects.bulk_create(
        [_row_of(row, one) for one in found],
        update_conflicts=True,
        unique_fields=["channel", "external_id"],
        update_fields=["name", "language", "content"],
    )
    row.refreshed_at = timezone.now()
    row.save(update_fields=["refreshed_at"])
    log.info("templates.refreshed", channel=row.channel_id, known=len(found), gone=gone)


def _row_of(row: TemplateList, one: Template) -> KnownTemplate:
    content: dict[str, Any] = asdict(one)
    return KnownTemplate(
        tenant_id=row.tenant_id,
        channel=row.channel,
        external_id=one.external_id,
        name=one.name,
        language=one.language,
        content=content,
    )
