"""A person orders a change to many appeals, stops it, or wants it undone."""

from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from apps.appeals.models import BulkAction, BulkItem, BulkItemState, BulkKind, Conversation
from apps.core.errors import Rejected
from apps.core.models import UNSETTLED
from apps.tenants.models import Member


@transaction.atomic
def order(
    *,
    member: Member,
    kind: BulkKind,
    params: dict[str, Any],
    rows: QuerySet[Conversation],
    query: str = "",
) -> BulkAction:
    """Of each conversation it is the current appeal. What is chosen now is what will be changed, whatever
    comes into the filter later. Raises Rejected where nothing is chosen.
    """
    bulk = BulkAction.objects.create(
        tenant_id=member.tenant_id,
        member=member,
        kind=kind,
        params=params,
        query=query[:1000],
        lane=_lane(member.tenant_id),
    )
    bulk.total = _take_down(bulk, rows.filter(current_appeal__isnull=False))
    if not bulk.total:
        raise Rejected(_("There is no appeal among what you chose."), code="nothing_chosen")
    bulk.save(update_fields=["total"])
    return bulk


@transaction.atomic
def order_file(*, member: Member, of: str, query: str, form: str) -> BulkAction:
    """A file of what another app lists; `of` and `query` are for its `exporting.Exported`. What is ordered
    again while it is being made is the same.
    """
    wish = {"of": of, "query": query, "format": form, "language": translation.get_language()}
    # One at a time, and no change to appeals waits for it. The member's row keeps two clicks apart.
    Member.objects.select_for_update().get(pk=member.pk)
    known = {f"params__{name}": value for name, value in wish.items()}
    own = BulkAction.objects.filter(member=member, kind=BulkKind.EXPORT, state__in=UNSETTLED, **known)
    return own.first() or BulkAction.objects.create(
        tenant_id=member.tenant_id,
        member=member,
        kind=BulkKind.EXPORT,
        params=wish,
        query=query[:1000],
        lane=f"files:{member.tenant_id}",
    )


def _take_down(bulk: BulkAction, rows: QuerySet[Conversation]) -> int:
    """By the database itself: a filter may hold a hundred thousand. The inner statement is the ORM's own."""
    chosen, params = rows.values("current_appeal_id").query.sql_with_params()
    table = BulkItem._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{table}" (bulk_id, tenant_id, appeal_id, state, before, why) '  # noqa: S608
            f"SELECT %s, %s, chosen.current_appeal_id, %s, '{{}}'::jsonb, '' FROM ({chosen}) AS chosen",
            [bulk.pk, bulk.tenant_id, BulkItemState.WAITING, *params],
        )
        return int(cursor.rowcount)


@transaction.atomic
def undo(*, bulk: BulkAction, member: Member) -> BulkAction:
    """What it has done is taken back; what it has not done yet is left. Asked twice is as good as once."""
    locked = BulkAction.objects.select_for_update().get(pk=bulk.pk)
    known = BulkAction.objects.filter(undoes=locked).first()
    if known is not None:
        return known
    if locked.undoes_id is not None or locked.kind == BulkKind.EXPORT:
        raise Rejected(_("This can't be undone."), code="not_undoable")
    stop(bulk=locked)
    return BulkAction.objects.create(
        tenant_id=locked.tenant_id,
        member=member,
        kind=locked.kind,
        params=locked.params,
        total=locked.total,
        undoes=locked,
        lane=_lane(locked.tenant_id),
    )


def stop(*, bulk: BulkAction) -> None:
    running = BulkAction.objects.filter(pk=bulk.pk, state__in=UNSETTLED, stopped_at=None)
    running.update(stopped_at=timezone.now())


def _lane(tenant_id: int) -> str:
    return f"bulk:{tenant_id}"
