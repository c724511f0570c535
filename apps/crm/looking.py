"""How orders stand is asked for: what has changed there, or each that is not over, the longest unseen first.

A round of one connection is short and leaves off where its budget ends; the next goes on from there.
"""

from datetime import timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from apps.core.errors import NotYet, OutsideError
from apps.crm.attempts import heed
from apps.crm.comparing import same
from apps.crm.conflicts import queue
from apps.crm.contract import OVER, Changes, OrderGone, RemoteOrder
from apps.crm.models import OrderRules, OrderSync
from apps.crm.ordering import crms
from apps.crm.receiving import take_in, told_gone
from apps.integrations.checking import NEED_A_PERSON, note_success
from apps.integrations.models import Connection
from apps.integrations.opening import Opened, open_connection
from apps.integrations.registry import connector

log = structlog.get_logger(__name__)

EVERY = timedelta(minutes=5)
# Whoever looks holds the connection for so long: a killed one is followed by the next.
LEASE = timedelta(minutes=5)
# Of a round, and of its first look back.
PAGES, READ, SINCE = 20, 60, timedelta(days=1)
# Where changes are listed, so many are read besides: a list does not tell what was deleted.
READ_BESIDES = 5
# One that was read within this time is left alone.
FRESH = timedelta(minutes=3)


def due_to_look() -> QuerySet[OrderRules]:
    due = Q(looked_at=None) | Q(looked_at__lte=timezone.now() - EVERY)
    rows = OrderRules.objects.filter(due, connection__is_active=True, connection__connector__in=crms())
    return rows.exclude(connection__health__in=NEED_A_PERSON).order_by(F("looked_at").asc(nulls_first=True))


def look(*, pk: int) -> int:
    """One connection's round. Returns how many orders were told of. HTTP outside any transaction."""
    if not due_to_look().filter(pk=pk).update(looked_at=timezone.now()):
        return 0
    rules = OrderRules.objects.select_related("connection__tenant").get(pk=pk)
    connection = rules.connection
    if not to_look_at(connection).exists():
        return 0
    try:
        opened = open_connection(connection)
        listed = _listed(rules, opened)
        read = _read_each(opened, at_most=READ if listed is None else READ_BESIDES)
        note_success(connection)
        return read + (listed or 0)
    except NotYet:
        return 0
    except OutsideError as error:
        log.warning("orders.not_looked_at", connection=connection.pk, code=error.code)
        heed(connection, error)
        return 0


def to_look_at(connection: Connection) -> QuerySet[OrderSync]:
    rows = OrderSync.objects.filter(connection=connection, gone_at=None).exclude(external_order_id="")
    return rows.exclude(status__in=OVER)


def _listed(rules: OrderRules, opened: Opened[Any]) -> int | None:
    """None where the service lists no changes. The cursor moves on only with what was taken in before it."""
    module, told = connector(rules.connection.connector), 0
    for _page in range(PAGES):
        found: Changes | None = module.changes(opened, rules.cursor, since=timezone.now() - SINCE)
        if found is None:
            return None
        ids = {one.external_id: one for one in found.orders}
        with transaction.atomic():
            rows = to_look_at(rules.connection).filter(external_order_id__in=ids)
            for sync in _locked(rows):
                told += _told(sync, ids[sync.external_order_id])
            rules.cursor = dict(found.cursor)
            rules.save(update_fields=["cursor"])
        if found.is_all:
            break
    return told


def _read_each(opened: Opened[Any], *, at_most: int) -> int:
    """The longest unread first; those that were just read by somebody else are left alone."""
    connection, module, told = opened.connection, connector(opened.connection.connector), 0
    stale = Q(read_at=None) | Q(read_at__lte=timezone.now() - FRESH)
    rows = to_look_at(connection).filter(stale).order_by(F("read_at").asc(nulls_first=True))
    for pk, external_id in rows.values_list("pk", "external_order_id")[:at_most]:
        # A turn for each: a round never takes the budget from what operators wait for.
        again = open_connection(connection)
        try:
            remote: RemoteOrder = module.read(again, external_id)
        except NotYet:
            return told
        except OrderGone:
            told_gone(OrderSync.objects.get(pk=pk))
            told += 1
            continue
        with transaction.atomic():
            for sync in _locked(to_look_at(connection).filter(pk=pk, external_order_id=external_id)):
                told += _told(sync, remote)
    return told


def _locked(rows: QuerySet[OrderSync]) -> QuerySet[OrderSync]:
    return rows.select_for_update(of=("self",)).select_related("appeal", "connection").order_by("pk")


def _told(sync: OrderSync, remote: RemoteOrder) -> bool:
    """What has changed in it. A field of it that is not as it was agreed is for the order's own work."""
    if _is_other(sync, remote):
        queue(sync)
    return take_in(sync, remote)


def _is_other(sync: OrderSync, remote: RemoteOrder) -> bool:
    return any(
        name in sync.agreed and not same(str(sync.agreed[name].get("theirs") or ""), value)
        for name, value in remote.fields.items()
        if sync.agreed.get(name, {}).get("theirs") is not None
    )
