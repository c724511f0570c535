"""Bring what was said in a channel before it was connected, or while nobody listened.

Each message becomes an inbound event and takes the way of all others, so that it is deduplicated, counted and
shown like them; that it is history, the event says. A connector that can tell its history offers `history`
(see `contract`). One step asks for one page; its events and the new cursor are stored in one transaction, so
that a worker killed at any line goes on from the same page and stores none twice.
"""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from apps.channels.contract import HistoryPage
from apps.channels.models import Backfill, Channel
from apps.channels.receiving import store_older
from apps.channels.resolving import takes_messages
from apps.core.errors import ConfigInvalid, OutsideError, Rejected, Unsupported
from apps.core.models import UNSETTLED, State
from apps.core.work import Effect
from apps.integrations.checking import note_failure
from apps.integrations.opening import open_connection
from apps.integrations.registry import connector, connector_name, connectors
from apps.tenants.models import Member

# Requests that one step may make; and the part of the service's limit that history leaves to live messages.
REQUESTS, SHARE = 2, 2
PAUSE = timedelta(seconds=1)  # where no limit is declared
KEPT = (
    "pages",
    "found",
    "stored",
    "cursor",
    "failures",
    "state",
    "due_at",
    "finished_at",
    "stopped_at",
)


def with_history() -> list[str]:
    """The connectors that can tell what was said before."""
    return [slug for slug, module in connectors().items() if hasattr(module, "history")]


def refuse(*, channel: Channel, since: datetime, until: datetime) -> None:
    """Raises Unsupported, Rejected or ConfigInvalid; the `field` of the last names what is to be mended."""
    slug = channel.connection.connector
    if slug not in with_history():
        sentence = _("{name} does not hand out what was said before.")
        raise Unsupported(format_lazy(sentence, name=connector_name(slug)), code="no_history")
    if not takes_messages(channel):
        raise Rejected(_("The channel is switched off or disconnected."), code="channel_off")
    if since >= until:
        raise ConfigInvalid(_("The history must begin before it ends."), code="no_time", field="until")
    if since >= timezone.now():
        raise ConfigInvalid(_("Nothing has been said yet at that time."), code="future", field="since")


def refuse_second(channel: Channel) -> None:
    """Raises Rejected while the channel's history is being brought."""
    if under_way(channel).exists():
        sentence = _("The history of this channel is being brought already. Wait until that is done.")
        raise Rejected(sentence, code="under_way")


def under_way(channel: Channel) -> QuerySet[Backfill]:
    return Backfill.objects.filter(channel=channel, state__in=UNSETTLED)


def order_history(
    *, channel: Channel, since: datetime, until: datetime | None = None, member: Member | None = None
) -> Backfill:
    """Raises what `refuse` does, and Rejected while one is under way already."""
    until = until or timezone.now()
    refuse(channel=channel, since=since, until=until)
    with transaction.atomic():
        Channel.objects.select_for_update(no_key=True).get(pk=channel.pk)
        refuse_second(channel)
        return Backfill.objects.create(
            tenant_id=channel.tenant_id,
            channel=channel,
            since=since,
            until=until,
            ordered_by=member,
            lane=f"channel:{channel.pk}",
        )


def step(row: Backfill) -> Effect | None:
    """The work behind every backfill: one page, and the row is due again until there is none left.

    Whoever stops it does so in a moment: see `halting`. The row is then done, and not finished.
    """
    if row.stopped_at is not None:
        return None
    connection = row.channel.connection
    if not takes_messages(row.channel):
        raise Rejected(_("The channel is switched off or disconnected."), code="channel_off")
    module = connector(connection.connector)
    try:
        page = module.history(
            open_connection(connection), since=row.since, until=row.until, cursor=row.cursor
        )
    except OutsideError as error:
        note_failure(connection, error)
        if _was_stopped(row):
            return None
        raise
    return partial(_keep, row, page, (row.pages, row.found, row.stored))


def pause_of(module: Any) -> timedelta:
    """Between two steps: history takes a part of what the service allows."""
    rate = module.SPEC.rate
    return timedelta(seconds=REQUESTS * SHARE * rate.per / rate.count) if rate else PAUSE


def _keep(row: Backfill, page: HistoryPage, before: tuple[int, int, int]) -> None:
    """May be called again after a rollback: it counts from `before`, never from what the row holds."""
    pages, found, stored = before
    new = sum(store_older(backfill=row, body=body) for body in page.bodies)
    row.pages, row.found, row.stored = pages + 1, found + len(page.bodies), stored + new
    row.cursor, row.failures = page.cursor, 0
    if page.cursor and _was_stopped(row):
        row.stopped_at = timezone.now()
    elif page.cursor:
        row.state = State.QUEUED
        row.due_at = timezone.now() + pause_of(connector(row.channel.connection.connector))
    else:
        row.finished_at, row.stopped_at = timezone.now(), None
    row.save(update_fields=KEPT)


def _was_stopped(row: Backfill) -> bool:
    """While the page was read."""
    return Backfill.objects.filter(pk=row.pk).exclude(stopped_at=None).exists()
