"""Fields that both sides have changed: kept until somebody decides; never overwritten without a word."""

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from apps.appeals.people import touch
from apps.core.models import State
from apps.crm.comparing import Clash
from apps.crm.models import Conflict, Decision, FieldMapping, OrderSync
from apps.tenants.models import Member


def open_fields(sync: OrderSync) -> frozenset[str]:
    return frozenset(sync.conflicts.filter(decision="").values_list("field", flat=True))


def raise_clashes(sync: OrderSync, clashes: Iterable[Clash]) -> None:
    """In the transaction of the outcome. A field that waits already stays as it was found."""
    rows = [
        Conflict(
            tenant_id=sync.tenant_id,
            sync=sync,
            field=clash.field,
            before=clash.before,
            ours=clash.ours,
            theirs=clash.theirs,
        )
        for clash in clashes
    ]
    Conflict.objects.bulk_create(rows, ignore_conflicts=True)


def decide(*, conflict: Conflict, keep: Decision, member: Member | None, remember: bool = False) -> bool:
    """False where a colleague has decided already. What is ours then goes to the CRM as durable work."""
    with transaction.atomic():
        sync = OrderSync.objects.select_for_update(of=("self",)).get(pk=conflict.sync_id)
        taken = Conflict.objects.filter(pk=conflict.pk, decision="").update(
            decision=keep, decided_by=member, decided_at=timezone.now()
        )
        if not taken:
            return False
        # As if theirs had been seen and, of ours, only the earlier: then ours alone is news.
        ours = conflict.before if keep == Decision.OURS else conflict.ours
        sync.agreed = {**sync.agreed, conflict.field: {"ours": ours, "theirs": conflict.theirs}}
        sync.save(update_fields=["agreed"])
        if remember:
            FieldMapping.objects.update_or_create(
                connection=sync.connection,
                field=conflict.field,
                defaults={"tenant_id": sync.tenant_id, "owner": keep},
            )
        if keep == Decision.OURS:
            queue(sync)
        touch(sync.appeal.conversation_id)
    return True


def queue(sync: OrderSync) -> bool:
    """To be brought in line now. One that runs at this moment is left to its own outcome."""
    rows = OrderSync.objects.filter(pk=sync.pk).exclude(state__in=(State.QUEUED, State.RUNNING))
    again = {"state": State.QUEUED, "due_at": timezone.now(), "failures": 0, "rung_at": None}
    return bool(rows.update(**again, lease_until=None, error_code="", error_text=""))
