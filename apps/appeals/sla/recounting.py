"""Hours, holidays or targets have changed: whatever waits or is open gets its deadlines anew.

A change is noticed by its fingerprint, whoever made it: a page, a file, or somebody at the database. The row
that is made for it walks through the organisation's conversations, each in a transaction of its own with the
conversation locked, as everybody who changes a deadline does.
"""

import hashlib
from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.appeals.models import Appeal, Conversation, Recount, Target
from apps.appeals.models.appeal import OPEN_STATUSES
from apps.appeals.people import locked
from apps.appeals.sla.clocks import answer_due, note_status
from apps.appeals.sla.targets import Rules, rules_of
from apps.core.errors import NotYet
from apps.core.models import UNSETTLED, State
from apps.core.work import Effect
from apps.tenants.models import SpecialDay, Tenant

# Whoever read the rules before they changed has committed what they reckoned by them.
OLD_RULES_LIVE = timedelta(seconds=2)
# In one go; then others of the queue have their turn.
AT_ONCE = 500


class Goes(NotYet):
    """There are more of them."""

    public = _("The deadlines are being reckoned anew.")


def order(tenant: Tenant, *, anew: bool = False) -> Recount | None:
    """None where deadlines are reckoned by these very hours and targets already.

    `anew` where rows came that nobody reckoned a deadline for; None where nothing is aimed at.
    """
    found = fingerprint(tenant)
    last = Recount.objects.filter(tenant=tenant).order_by("-pk").first()
    if (last.fingerprint if last else "") == found and not (anew and found):
        return None
    due_at = timezone.now() + OLD_RULES_LIVE
    return Recount.objects.create(
        tenant=tenant, fingerprint=found, lane=f"recount:{tenant.pk}", due_at=due_at
    )


def note_changes() -> None:
    """Called every minute. Organisations that never had a target cost nothing."""
    aiming = Q(targets__isnull=False) | Q(pk__in=Recount.objects.values("tenant"))
    for tenant in Tenant.objects.filter(aiming).distinct():
        order(tenant)


def fingerprint(tenant: Tenant) -> str:
    """Empty where nothing is aimed at."""
    targets = list(Target.objects.filter(tenant=tenant).order_by("pk").values_list())
    if not targets:
        return ""
    days = list(SpecialDay.objects.filter(tenant=tenant).order_by("date").values_list("date", "hours"))
    known = repr((targets, days, sorted(tenant.working_hours.items()), tenant.timezone))
    return hashlib.blake2b(known.encode(), digest_size=16).hexdigest()


def recount(row: Recount) -> Effect | None:
    """The work behind every reckoning: what was done before a worker was lost is not done again."""
    rules, ids = rules_of(row.tenant_id), _next_of(row)
    for conversation_id in ids:
        with transaction.atomic():
            _recount_one(conversation_id, rules)
    if len(ids) < AT_ONCE:
        return None
    Recount.objects.filter(pk=row.pk, attempts=row.attempts).update(reached=ids[-1])
    raise Goes(after=timedelta())


def settled(row: Recount) -> None:
    """What went before it is of no use any more."""
    if row.state == State.DONE:
        Recount.objects.filter(tenant=row.tenant_id, pk__lt=row.pk).exclude(state__in=UNSETTLED).delete()


def _next_of(row: Recount) -> list[int]:
    rows = Conversation.objects.filter(tenant=row.tenant_id, pk__gt=row.reached)
    waiting = rows.filter(waiting_since__isnull=False).values_list("pk", flat=True)
    due = rows.filter(answer_due_at__isnull=False).values_list("pk", flat=True)
    still_open = Appeal.objects.filter(
        tenant=row.tenant_id, status__in=OPEN_STATUSES, conversation__gt=row.reached
    ).values_list("conversation", flat=True)
    return list(waiting.order_by().union(due.order_by(), still_open.order_by()).order_by("pk")[:AT_ONCE])


def _recount_one(conversation_id: int, rules: Rules) -> None:
    try:
        conversation = locked(conversation_id)
    except Conversation.DoesNotExist:
        return
    due = answer_due(conversation, conversation.waiting_since, rules=rules)
    if due != conversation.answer_due_at:
        Conversation.objects.filter(pk=conversation_id).update(answer_due_at=due, revision=F("revision") + 1)
    for appeal in conversation.appeals.filter(status__in=OPEN_STATUSES):
        note_status(appeal, at=timezone.now(), rules=rules)
