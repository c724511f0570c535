"""The work behind an upload: its people are chosen, then its connector goes from step to step.

Killed at any line it runs again. Where a step stands is kept before the service hears of it (`begun_at`) and
after it has answered, together with what it has brought, in one transaction. A step that may have reached
the service is told so, and looks there first. Whoever has lost the row to another worker writes nothing.
"""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.ads.contract import (
    BEGIN,
    DONE,
    FormerApi,
    NotProcessed,
    SegmentGone,
    Step,
    Task,
    Terms,
    TooFew,
)
from apps.ads.ledger import note
from apps.ads.models import Cause, Entry, Export, Left, Outcome, Placement
from apps.ads.parking import UPLOADS
from apps.ads.planning import close, forget_unsent, gone_there, plan, remote_of, stay_home, there
from apps.ads.waiting import additions, removals
from apps.core.errors import (
    AuthFailed,
    ConfigInvalid,
    NotYet,
    OutcomeUnknown,
    OutsideError,
    Rejected,
    Transient,
)
from apps.core.work import Effect
from apps.integrations.checking import note_failure, note_success
from apps.integrations.models import Connection
from apps.integrations.opening import open_connection
from apps.integrations.pacing import Turn
from apps.integrations.registry import connector

# Of a run. What is left over is the next run's.
STEPS = 200
# A platform that has not processed a list by then never will.
PATIENCE = timedelta(days=1)
# What may have happened on the other side although no answer came.
UNSURE = (OutcomeUnknown, Transient)


def bring(export: Export) -> Effect:
    """Raises `core.errors`."""
    if Export.objects.filter(placement=export.placement_id, pk__gt=export.pk).exists():
        return partial(_finish, export, Outcome.OVERTAKEN)
    connection = export.placement.connection
    UPLOADS.hold_while_unusable(connection)
    module: Any = connector(connection.connector)
    stay_home(export, module)
    if export.chosen_at is None:
        plan(export, module)
    terms: Terms = module.terms(export.shape or module.spoken(connection))
    if outcome := _nothing_to_do(export, terms):
        return partial(_finish, export, outcome)
    turn = Turn()
    for _number in range(STEPS):
        # Killed after its last step and before that was written down, it begins here.
        if export.stage == DONE:
            note_success(connection)
            return partial(_finish, export, Outcome.UPLOADED)
        try:
            _go(export, module, terms, turn)
        except TooFew:
            return partial(_finish, export, Outcome.TOO_FEW)
    raise NotYet(after=timedelta(seconds=1))


def _nothing_to_do(export: Export, terms: Terms) -> Outcome | None:
    if export.stage != BEGIN:
        return None
    is_there = bool(remote_of(export.placement, terms))
    changes = export.to_remove or (export.to_add and export.cause != Cause.LEAVING)
    if is_there and (changes or (export.is_whole and export.to_add)):
        return None
    if is_there or not export.to_add:
        return Outcome.NOTHING
    return Outcome.TOO_FEW if export.total < terms.minimum else None


def _go(export: Export, module: Any, terms: Terms, turn: Turn) -> None:
    """One step. A moment for which it waits is a NotYet: no try, and no failure."""
    connection = export.placement.connection
    began, now = export.begun_at is not None, timezone.now()
    if not began:
        _save(export, begun_at=now)
    opened = open_connection(connection, turn=turn)
    try:
        step: Step = module.step(opened, _task(export, terms, again=began))
    except OutsideError as error:
        former = terms.shape != module.spoken(connection)
        _heed(export, connection, error, began=began, former=former)
        raise
    _moved(export, terms, step, request_id=turn.request_id)
    if step.wait is not None:
        if (export.chosen_at or now) + PATIENCE < now:
            raise NotProcessed(code="never_processed")
        raise NotYet(after=step.wait)


def _task(export: Export, terms: Terms, *, again: bool) -> Task:
    return Task(
        name=name_of(export.placement),
        shape=terms.shape,
        stage=export.stage,
        data=export.data,
        remote=remote_of(export.placement, terms),
        again=again,
        whole=export.is_whole,
        total=export.total,
        additions=partial(additions, export, terms),
        removals=partial(removals, export, terms),
    )


def name_of(placement: Placement) -> str:
    """As the customer's document has it, with a number by which it is found again."""
    month = placement.created_at.strftime("%Y-%m")
    return f"BatteryCRM - {placement.audience.name} ({month}) №{placement.pk}"


def _heed(export: Export, connection: Connection, error: OutsideError, *, began: bool, former: bool) -> None:
    """What was refused has not happened: the next try need not look for it. What an API says that the
    connection speaks no longer tells nothing of the connection.
    """
    is_former = former and isinstance(error, (AuthFailed, ConfigInvalid))
    if not is_former:
        note_failure(connection, error)
    if isinstance(error, SegmentGone):
        with transaction.atomic():
            _save(export, begun_at=None)
            gone_there(export.placement)
    elif isinstance(error, TooFew) or (not began and not isinstance(error, UNSURE)):
        _save(export, begun_at=None)
    if isinstance(error, OutcomeUnknown):
        # Every step may be asked again: it looks before it does anything a second time.
        raise Transient(code=error.code) from None
    if is_former:
        raise FormerApi from None


def _moved(export: Export, terms: Terms, step: Step, *, request_id: str) -> None:
    receipt = {"at": timezone.now().isoformat(timespec="seconds"), "step": step.stage, "request": request_id}
    is_news = step.stage != export.stage or step.added or step.removed or step.refusals.count
    with transaction.atomic():
        _save(
            export,
            stage=step.stage,
            data=dict(step.data),
            begun_at=None,
            refused=export.refused + step.refusals.count,
            receipts=[*export.receipts, receipt] if is_news else export.receipts,
        )
        note(export, step)
        if step.is_emptied:
            gone_there(export.placement)
        if step.remote is not None:
            _remember(export.placement, _kept(step.remote, export) if step.remote else {})


def _kept(remote: Mapping[str, Any], export: Export) -> dict[str, Any]:
    return {**remote, "shape": export.shape, "home": export.home}


def _remember(placement: Placement, remote: Mapping[str, Any]) -> None:
    Placement.objects.filter(pk=placement.pk).update(remote=remote)
    placement.remote = dict(remote)


def _finish(export: Export, outcome: Outcome) -> None:
    """In the transaction that settles the work: what the service has processed is there, or is gone."""
    now = timezone.now()
    if outcome == Outcome.UPLOADED:
        export.additions.filter(waits=False, removed_at=None, refusal="").update(confirmed_at=now)
        close(Entry.objects.filter(removed_by=export, removed_at=None, leaves=False))
        if export.is_whole:
            # Who was there before and is not in the list that stands for it now.
            missing = export.additions.filter(waits=True, removed_at=None)
            close(missing.exclude(sent_at=None), left=Left.DELETED)
    if outcome != Outcome.OVERTAKEN:
        forget_unsent(export.placement)
    if outcome == Outcome.NOTHING and not export.placement.remote:
        # There is no segment that anybody could be in.
        close(Entry.objects.filter(removed_by=export, removed_at=None))
    if outcome == Outcome.UPLOADED and export.removals.filter(left=Left.MOVED).exists():
        _follow(export)
    Export.objects.filter(pk=export.pk).update(outcome=outcome, finished_at=now)


def _follow(export: Export) -> None:
    """All have left the segment of the former API: the audience is made anew by the one that is spoken."""
    if there(export.placement).exists():
        return
    _remember(export.placement, {})
    Export.objects.create(
        tenant_id=export.tenant_id,
        placement_id=export.placement_id,
        cause=export.cause,
        asked_by_id=export.asked_by_id,
        lane=export.lane,
    )


def settled(export: Export) -> None:
    """However it ended: what was never sent is in no ledger. A failed one may go on where it stopped."""
    Export.objects.filter(pk=export.pk, finished_at=None).update(finished_at=timezone.now())


def _save(export: Export, **values: Any) -> None:
    """Only while the row is still this worker's: a late one must not write over what another has found."""
    if not Export.objects.filter(pk=export.pk, attempts=export.attempts).update(**values):
        raise Rejected(code="fenced")
    for name, value in values.items():
        setattr(export, name, value)
