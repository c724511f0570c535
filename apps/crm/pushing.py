"""The work behind an order: made once, its items added, then kept in line with the appeal.

Killed at any line it runs again. Whatever may already be in the CRM is looked for there before it is made:
`begun_at` is committed before the order is asked for, its id as soon as it is known.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.appeals.models import AppealStatus
from apps.appeals.people import touch
from apps.core.errors import NotYet, OutcomeUnknown, OutsideError, Rejected
from apps.core.work import Effect
from apps.crm.attempts import attempt, heed, lost_before
from apps.crm.comparing import Compared, compare
from apps.crm.composing import compose, mappings_of, ready_order
from apps.crm.conflicts import open_fields, raise_clashes
from apps.crm.contract import NotSearchable, Order, OrderGone, RemoteOrder
from apps.crm.models import AttemptStatus, ItemsState, OrderSync, Step
from apps.crm.parking import ORDERS
from apps.crm.receiving import TAKEN_IN, take_in, told_gone
from apps.crm.staying import stay_home
from apps.crm.turns import wait_for_turn
from apps.integrations.opening import Opened, open_connection
from apps.integrations.registry import connector

PATIENCE = timedelta(minutes=2)
NO_ANSWER = _(
    "No answer came from the CRM: it may have taken this or not. We look there by ourselves in some minutes, "
    "and send again only what is not there."
)


def bring(sync: OrderSync) -> Effect:
    """Raises `core.errors`."""
    if sync.gone_at is not None:
        raise OrderGone
    lost_before(sync)
    ORDERS.hold_while_unusable(sync.connection)
    if (home := stay_home(sync)) != sync.home:
        _save(sync, home=home)
    module = connector(sync.connection.connector)
    if not sync.external_order_id:
        _refuse_unwanted(sync)
        wait_for_answer(sync)
        order = ready_order(sync.appeal, sync.connection)
        remote = _make(sync, _opened(sync), module, order)
    else:
        order = compose(sync.appeal, sync.connection).order
        remote = None
    if sync.items == ItemsState.WAITING:
        _add_items(sync, _opened(sync), module, order)
    if remote is None or not (remote.status or sync.is_told):
        remote = _read(sync, _opened(sync), module)
    if not sync.is_told:
        return partial(_told, sync, remote)
    return _keep_in_line(sync, module, order, remote)


def _opened(sync: OrderSync) -> Opened[Any]:
    """For one step, in a turn of its own: a service that takes three requests a second is not asked seven at
    once. Raises NotYet, and then the row goes on with this step.
    """
    return open_connection(sync.connection, turn=wait_for_turn(sync))


class NotAgreed(Rejected):
    """Between the quarter of an hour and the worker the client has thought better of it."""

    code = "not_agreed"
    public = _("The appeal is not agreed any more: its order was not sent.")


def _refuse_unwanted(sync: OrderSync) -> None:
    if not sync.by_hand and sync.appeal.status not in (AppealStatus.AGREED, AppealStatus.CLOSED):
        raise NotAgreed


def wait_for_answer(sync: OrderSync) -> None:
    """A request that no answer came to may still be worked on there: a search would be too early. NotYet."""
    if sync.begun_at is None:
        return
    tries = sync.tries.filter(step=Step.CREATE, sync_status__in=(AttemptStatus.UNKNOWN, AttemptStatus.LOST))
    last = tries.order_by("-synced_at").values_list("synced_at", flat=True).first()
    if last is not None and (left := last + PATIENCE - timezone.now()) > timedelta():
        raise NotYet(after=left)


def _make(sync: OrderSync, opened: Opened[Any], module: Any, order: Order) -> RemoteOrder:
    may_exist = sync.begun_at is not None
    with attempt(sync, Step.CREATE):
        remote = _find(sync, opened, module, order, may_exist=may_exist)
        if remote is None:
            remote = _create(sync, opened, module, order, may_exist=may_exist)
        items = ItemsState.WAITING if module.adds_items(sync.connection) else ItemsState.NONE
        agreed = {name: {"ours": value, "theirs": None} for name, value in order.values.items()}
        _save(
            sync,
            external_order_id=remote.external_id,
            number=remote.number or remote.external_id,
            items=items,
            agreed=agreed,
            made_at=timezone.now(),
            compared_revision=sync.appeal.conversation.revision,
        )
    made: RemoteOrder = remote
    return made


def _create(
    sync: OrderSync, opened: Opened[Any], module: Any, order: Order, *, may_exist: bool
) -> RemoteOrder:
    _save(sync, begun_at=sync.begun_at or timezone.now())
    try:
        with _unheard():
            made: RemoteOrder = module.create(opened, order)
    except OutcomeUnknown:
        raise
    except OutsideError:
        # It was refused: nothing of ours is there, and the next try need not look for it.
        if not may_exist:
            _save(sync, begun_at=None)
        raise
    return made


@contextmanager
def _unheard() -> Iterator[None]:
    """What people read then: nobody but us needs to look."""
    try:
        yield
    except OutcomeUnknown as error:
        raise OutcomeUnknown(NO_ANSWER, code=error.code) from None


def _find(
    sync: OrderSync, opened: Opened[Any], module: Any, order: Order, *, may_exist: bool
) -> RemoteOrder | None:
    """One that another row has already is not ours. Raises OutcomeUnknown where nobody can tell."""
    since = min(sync.created_at, sync.begun_at or sync.created_at)
    try:
        found: RemoteOrder | None = module.find(opened, order, since=since, may_exist=may_exist)
    except NotSearchable as error:
        raise OutcomeUnknown(error.public, code=error.code) from None
    return found


def _add_items(sync: OrderSync, opened: Opened[Any], module: Any, order: Order) -> None:
    """The order is there: if this fails, this alone is done again."""
    with attempt(sync, Step.ITEMS):
        try:
            with _unheard():
                module.add_items(opened, sync.external_order_id, order)
        except OrderGone:
            told_gone(sync)
            raise
        _save(sync, items=ItemsState.DONE)


def _told(sync: OrderSync, remote: RemoteOrder) -> None:
    """In the outcome's own transaction. A look may have told of it meanwhile."""
    sync.refresh_from_db(fields=["is_told", *TAKEN_IN])
    take_in(sync, remote)


def _read(sync: OrderSync, opened: Opened[Any], module: Any) -> RemoteOrder:
    try:
        remote: RemoteOrder = module.read(opened, sync.external_order_id)
    except OrderGone:
        told_gone(sync)
        raise
    except OutsideError as error:
        heed(sync.connection, error)
        raise
    return remote


def _keep_in_line(sync: OrderSync, module: Any, order: Order, remote: RemoteOrder) -> Effect:
    changeable = module.changeable(sync.connection)
    ours = {name: order.values.get(name, "") for name in changeable}
    revision = sync.appeal.conversation.revision
    found = _compared(sync, ours, remote)
    if found.push:
        _update(sync, _opened(sync), module, found.push, order)
    return partial(_in_line, sync, remote, found, revision)


def _update(sync: OrderSync, opened: Opened[Any], module: Any, push: dict[str, str], order: Order) -> None:
    with attempt(sync, Step.UPDATE):
        try:
            module.update(opened, sync.external_order_id, push, order)
        except OrderGone:
            told_gone(sync)
            raise


def _compared(sync: OrderSync, ours: dict[str, str], remote: RemoteOrder) -> Compared:
    owners = {name: row.owner for name, row in mappings_of(sync.connection).items()}
    theirs = {name: value for name, value in remote.fields.items() if name in ours}
    return compare(sync.agreed, ours, theirs, owners=owners, undecided=open_fields(sync))


def _in_line(sync: OrderSync, remote: RemoteOrder, found: Compared, revision: int) -> None:
    """What somebody has decided while it ran is theirs to say."""
    sync.refresh_from_db(fields=TAKEN_IN)
    settled = {name: both for name, both in found.agreed.items() if name not in found.undecided}
    _save(sync, agreed={**sync.agreed, **settled}, compared_revision=revision)
    raise_clashes(sync, found.clashes)
    take_in(sync, remote)


def settled(sync: OrderSync) -> None:
    """However it ended, the appeal's page shows it: at once with whatever the outcome has changed."""
    touch(sync.appeal.conversation_id)


def _save(sync: OrderSync, **values: Any) -> None:
    """Only while the row is still this worker's: a late one must not write over what another has found."""
    rows = OrderSync.objects.filter(pk=sync.pk, attempts=sync.attempts)
    if not rows.update(**values):
        raise Rejected(code="fenced")
    for name, value in values.items():
        setattr(sync, name, value)
