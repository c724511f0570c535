"""What each kind of bulk action does to one appeal, and how that is taken back.

Each is called in the transaction that writes what became of the item, so that both happen or neither, and
with the conversation locked.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.appeals.deciding import set_status, take_end_back
from apps.appeals.handing_over import give
from apps.appeals.models import Appeal, AppealStatus, AppealTag, BulkAction, BulkKind
from apps.appeals.people import touch, waits_again
from apps.core.errors import Rejected
from apps.tenants.models import Member


class Skipped(Exception):
    """Nothing to do here, and why: a code."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """`do` returns what was there before; `undo` gets that back. Both raise Skipped."""

    do: Callable[[Appeal, BulkAction], dict[str, Any]]
    undo: Callable[[Appeal, BulkAction, dict[str, Any]], None]


def _assign(appeal: Appeal, bulk: BulkAction) -> dict[str, Any]:
    if not appeal.is_open:
        raise Skipped("ended")
    wanted = _operator(bulk)
    if appeal.operator == wanted:
        raise Skipped("already")
    before = {"operator": appeal.operator_id}
    give(appeal=appeal, conversation=appeal.conversation, to=wanted, why="", member=bulk.member)
    return before


def _unassign(appeal: Appeal, bulk: BulkAction, before: dict[str, Any]) -> None:
    if appeal.operator_id != bulk.params["operator"]:
        raise Skipped("changed")
    was = Member.objects.filter(pk=before["operator"]).first()
    give(appeal=appeal, conversation=appeal.conversation, to=was, why="", member=bulk.member)


def _operator(bulk: BulkAction) -> Member | None:
    if bulk.params["operator"] is None:
        return None
    found = Member.objects.filter(tenant=bulk.tenant_id, pk=bulk.params["operator"]).first()
    if found is None:
        raise Skipped("operator_gone")
    return found


def _tag(appeal: Appeal, bulk: BulkAction) -> dict[str, Any]:
    _row, made = AppealTag.objects.get_or_create(
        appeal=appeal, tag_id=bulk.params["tag"], defaults={"tenant_id": bulk.tenant_id}
    )
    if not made:
        raise Skipped("already")
    touch(appeal.conversation_id)
    return {}


def _untag(appeal: Appeal, bulk: BulkAction) -> dict[str, Any]:
    gone, _kinds = AppealTag.objects.filter(appeal=appeal, tag=bulk.params["tag"]).delete()
    if not gone:
        raise Skipped("already")
    touch(appeal.conversation_id)
    return {}


def _tag_again(appeal: Appeal, bulk: BulkAction, before: dict[str, Any]) -> None:
    _tag(appeal, bulk)


def _untag_again(appeal: Appeal, bulk: BulkAction, before: dict[str, Any]) -> None:
    _untag(appeal, bulk)


def _close(appeal: Appeal, bulk: BulkAction) -> dict[str, Any]:
    if not appeal.is_open:
        raise Skipped("ended")
    chat = appeal.conversation
    before = {
        "status": appeal.status,
        "waiting_since": chat.waiting_since.isoformat() if chat.waiting_since else None,
    }
    set_status(appeal=appeal, status=AppealStatus.CLOSED, member=bulk.member)
    return before


def _open_again(appeal: Appeal, bulk: BulkAction, before: dict[str, Any]) -> None:
    if appeal.status != AppealStatus.CLOSED:
        raise Skipped("changed")
    try:
        take_end_back(appeal=appeal, status=AppealStatus(before["status"]), member=bulk.member)
    except Rejected:
        raise Skipped("newer_is_open") from None
    if before["waiting_since"] is not None:
        waits_again(appeal.conversation_id, since=datetime.fromisoformat(before["waiting_since"]))


CHANGES: dict[str, Change] = {
    BulkKind.ASSIGN: Change(do=_assign, undo=_unassign),
    BulkKind.TAG: Change(do=_tag, undo=_untag_again),
    BulkKind.UNTAG: Change(do=_untag, undo=_tag_again),
    BulkKind.CLOSE: Change(do=_close, undo=_open_again),
}
