"""What this app tells of a client: phone calls with them, by the number that the CRM named."""

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.appeals.models import Contact
from apps.appeals.phone_owners import numbers_of
from apps.appeals.timeline.offering import Entry
from apps.callanalysis.models import Call
from apps.callanalysis.seeing import seen_calls
from apps.callanalysis.wording import clock
from apps.tenants.models import Member
from apps.tenants.scope import scope_as

CALL = gettext_lazy("Call")


def calls(contact: Contact, reader: Member | None, before: datetime | None, limit: int) -> Iterator[Entry]:
    """When each came, whose it was, and how it ended. A number that is on another client's card, too, is
    named: whose call it was then can't be told.
    """
    numbers = numbers_of(contact)
    if not numbers.all:
        return
    seen = Call.objects.all() if reader is None else seen_calls(scope_as(reader))
    rows = seen.filter(tenant=contact.tenant_id, client_phone__in=numbers.all)
    if before is not None:
        rows = rows.filter(received_at__lt=before)
    newest = rows.select_related("sales_manager").defer("link").order_by("-received_at", "-pk")
    for call in newest[:limit]:
        yield Entry(
            at=call.received_at,
            icon="call",
            kind=CALL,
            text=" · ".join(filter(None, _said(call, is_shared=call.client_phone in numbers.shared))),
            address=reverse("admin:callanalysis_call_change", args=[call.pk]),
        )


def _said(call: Call, *, is_shared: bool) -> Iterator[str]:
    seconds = call.declared_seconds if call.seconds is None else call.seconds
    yield _("Call, %(length)s") % {"length": clock(seconds)} if seconds is not None else str(CALL)
    yield str(call.sales_manager)
    yield call.get_outcome_display() if call.outcome else call.get_stage_display()
    if is_shared:
        yield _("by the number %(phone)s, which another client has, too") % {"phone": call.client_phone}
