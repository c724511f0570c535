"""What this app tells of a client: their orders in CRMs."""

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.appeals.admitting import seen_by
from apps.appeals.models import Contact
from apps.appeals.timeline.offering import Entry
from apps.crm.models import OrderSync
from apps.crm.receiving import shown
from apps.tenants.models import Member

ORDER = gettext_lazy("Order")


def orders(contact: Contact, reader: Member | None, before: datetime | None, limit: int) -> Iterator[Entry]:
    """When each was made, and how it stands: one query."""
    rows = OrderSync.objects.filter(
        seen_by(reader, "appeal__conversation"), appeal__contact=contact, made_at__isnull=False
    ).select_related("connection", "appeal")
    if before is not None:
        rows = rows.filter(made_at__lt=before)
    for row in rows.order_by("-made_at", "-pk")[:limit]:
        made = row.made_at
        if made is None:
            continue
        named = {"crm": row.connection.name, "number": row.number}
        stands = shown(row.status or row.remote_status, row.remote_repair_status)
        yield Entry(
            at=made,
            icon="receipt_long",
            kind=ORDER,
            text=" · ".join(filter(None, (_("%(crm)s: order %(number)s") % named, stands))),
            address=reverse("desk_conversation", args=[row.appeal.conversation_id]),
        )
