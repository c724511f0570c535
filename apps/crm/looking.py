"""How orders stand is asked for: what has changed there, or each that is not over, the longest unseen first.

A round is durable work: where the CRM's budget ends it is due again when there is more of it, and goes on
with the next page or the next order. Killed, it goes on as well.
"""

from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from apps.appeals.people import touch
from apps.core.errors import OutsideError
from apps.core.models import UNSETTLED, State
from apps.core.work import Effect
from apps.crm.attempts import heed
from apps.crm.comparing import same
from apps.crm.conflicts import queue
from apps.crm.contract import Changes, OrderGone, RemoteOrder
from apps.crm.models import OrderLook, OrderSync
from apps.crm.ordering import crms
from apps.crm.parking import ORDERS
from apps.crm.receiving import take_in, told_gone
from apps.crm.staying import OPEN, note_home
from apps.integrations.checking import NEED_A_PERSON, note_success
from apps.integrations.opening import open_connection
from apps.integrations.registry import connector

EVERY = timedelta(minutes=5)
# Of a round; what is left of a long list is the next round's.
PAGES = 20
# Of a round. Where changes are listed some are read besides: a list does not tell what was deleted.
READ, READ_BESIDES = 300, 10
# How far the first look goes back.
SINCE = timedelta(days=1)


def begin_rounds() -> int:
    """Of every connection in use that has orders to look at, five minutes after the last."""
    now = timezone.now()
    waits = OrderSync.objects.filter(OPEN, connection=OuterRef("connection"))
    due = Q(round_at=None) | Q(round_at__lte=now - EVERY)
    rows = OrderLook.objects.filter(due, Exists(waits), connection__is_active=True)
    rows = rows.filter(connection__connector__in=crms()).exclude(connection__health__in=NEED_A_PERSON)
    pks = list(rows.exclude(state__in=UNSETTLED).values_list("pk", flat=True))
    return (
        OrderLook.objects.filter(pk__in=pks)
        .exclude(state__in=UNSETTLED)
        .update(
            state=State.QUEUED,
            due_at=now,
            round_at=now,
            failures=0,
            rung_at=None,
            lease_until=None,
            error_code="",
            error_text="",
            is_listed=False,
            left=READ,
        )
    )


def to_look_at(row: OrderLook) -> QuerySet[OrderSync]:
    """Those in the account that the connection leads to."""
    return OrderSync.objects.filter(OPEN, connection=row.connection_id, home=row.home)


def look(row: OrderLook) -> Effect | None:
    """The work behind a look. Raises `core.errors`; NotYet where the budget ends, and then goes on later."""
    ORDERS.hold_while_unusable(row.connection)
    row.home = note_home(row.connection)
    if not to_look_at(row).exists():
        return None
    try:
        if not row.is_listed:
            _list(row)
        _read_each(row)
    except OutsideError as error:
        heed(row.connection, error)
        raise
    note_success(row.connection)
    return None


def _list(row: OrderLook) -> None:
    """The cursor moves on only with what was taken in before it."""
    module = connector(row.connection.connector)
    for _page in range(PAGES):
        opened = open_connection(row.connection)
        since = timezone.now() - SINCE
        found: Changes | None = module.changes(opened, row.cursor.get(row.home, {}), since=since)
        if found is None:
            break
        ids = {one.external_id: one for one in found.orders}
        with transaction.atomic():
            for sync in _locked(to_look_at(row).filter(external_order_id__in=ids)):
                _told(sync, ids[sync.external_order_id])
            row.cursor, row.left = {**row.cursor, row.home: dict(found.cursor)}, READ_BESIDES
            row.save(update_fields=["cursor", "left"])
        if found.is_all:
            break
    row.is_listed = True
    row.save(update_fields=["is_listed"])


def _read_each(row: OrderLook) -> None:
    """Those not read in this round yet, the longest unread first, each a request of its own."""
    while row.left:
        unread = Q(read_at=None) | Q(read_at__lt=row.round_at)
        rows = to_look_at(row).filter(unread).order_by(F("read_at").asc(nulls_first=True), "pk")
        following = rows.values_list("pk", "external_order_id").first()
        if following is None:
            return
        _read(row, *following)
        row.left -= 1
        row.save(update_fields=["left"])


def _read(row: OrderLook, pk: int, external_id: str) -> None:
    module = connector(row.connection.connector)
    try:
        # A turn for each: a round never takes the budget from what operators wait for.
        remote: RemoteOrder = module.read(open_connection(row.connection), external_id)
    except OrderGone:
        told_gone(OrderSync.objects.get(pk=pk))
        return
    with transaction.atomic():
        for sync in _locked(to_look_at(row).filter(pk=pk, external_order_id=external_id)):
            _told(sync, remote)


def _locked(rows: QuerySet[OrderSync]) -> QuerySet[OrderSync]:
    return rows.select_for_update(of=("self",)).select_related("appeal", "connection").order_by("pk")


def _told(sync: OrderSync, remote: RemoteOrder) -> None:
    """What has changed in it. A field of it that is not as it was agreed is for the order's own work."""
    if _is_other(sync, remote):
        queue(sync)
    if take_in(sync, remote):
        touch(sync.appeal.conversation_id)


def _is_other(sync: OrderSync, remote: RemoteOrder) -> bool:
    """By what the CRM told last; of a field that it has not told of yet nothing can be said."""
    known = {name: both.get("theirs") for name, both in sync.agreed.items()}
    return any(
        known.get(name) is not None and not same(str(known[name]), value)
        for name, value in remote.fields.items()
    )
