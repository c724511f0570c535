"""A bulk action's work: round after round some items, each in a transaction of its own."""

from datetime import timedelta
from functools import partial

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.appeals.bulk.changing import CHANGES, Skipped
from apps.appeals.bulk.exporting import export
from apps.appeals.models import Appeal, BulkAction, BulkItem, BulkItemState, BulkKind
from apps.appeals.people import locked
from apps.core.errors import NotYet
from apps.core.work import Effect

# So that a worker is not held, and a stop is heard, within seconds.
ROUND = 200


class Later(NotYet):
    code = "next_round"
    public = _("It goes on by itself.")


def run(bulk: BulkAction) -> Effect | None:
    if bulk.kind == BulkKind.EXPORT:
        return export(bulk)
    left = _left(bulk)
    items = list(left.order_by("pk").values_list("pk", "appeal__conversation")[:ROUND])
    for item_id, conversation_id in items:
        _change(bulk, item_id, conversation_id)
    if left.exists():
        # Rounds that went well make up for workers that were lost in earlier ones.
        bulk.failures = 0
        raise Later(after=timedelta())
    return partial(_finish, bulk)


def _left(bulk: BulkAction) -> QuerySet[BulkItem]:
    if bulk.undoes_id is not None:
        return BulkItem.objects.filter(bulk=bulk.undoes_id, state=BulkItemState.DONE)
    if BulkAction.objects.filter(pk=bulk.pk, stopped_at__isnull=False).exists():
        return BulkItem.objects.none()
    return bulk.items.filter(state=BulkItemState.WAITING)


@transaction.atomic
def _change(bulk: BulkAction, item_id: int, conversation_id: int) -> None:
    """Whoever has lost the row to another worker finds each item done already."""
    chat = locked(conversation_id)
    item = BulkItem.objects.select_for_update().get(pk=item_id)
    undoing = bulk.undoes_id is not None
    if item.state != (BulkItemState.DONE if undoing else BulkItemState.WAITING):
        return
    appeal = Appeal.objects.select_related("operator").get(pk=item.appeal_id)
    appeal.conversation = chat
    change = CHANGES[bulk.kind]
    try:
        if undoing:
            change.undo(appeal, bulk, item.before)
            item.state = BulkItemState.UNDONE
        else:
            item.before = change.do(appeal, bulk)
            item.state = BulkItemState.DONE
    except Skipped as skipped:
        item.state = BulkItemState.KEPT if undoing else BulkItemState.SKIPPED
        item.why = skipped.why
    item.save(update_fields=["state", "before", "why"])


def _finish(bulk: BulkAction) -> None:
    BulkAction.objects.filter(pk=bulk.pk).update(finished_at=timezone.now())
