"""What this app tells of a client: which audiences they were put into, and when they left."""

from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.ads.models import Entry
from apps.appeals.models import Contact
from apps.appeals.timeline.offering import Entry as Line
from apps.tenants.models import Member

ADVERTISING = gettext_lazy("Advertising")


def audiences(contact: Contact, reader: Member | None, before: datetime | None, limit: int) -> Iterator[Line]:
    """Two queries. A phone and an e-mail that went together are told of once."""
    told: set[tuple[datetime, str]] = set()
    for field, words in (
        ("sent_at", _("put into the audience «%(name)s» in %(account)s")),
        ("removed_at", _("taken out of the audience «%(name)s» in %(account)s: %(why)s")),
    ):
        rows = Entry.objects.filter(contact=contact, **{f"{field}__isnull": False})
        if before is not None:
            rows = rows.filter(**{f"{field}__lt": before})
        rows = rows.select_related("placement__audience", "placement__connection")
        for row in rows.order_by(f"-{field}", "-pk")[:limit]:
            placement = row.placement
            text = words % {
                "name": placement.audience,
                "account": placement.connection,
                "why": row.get_left_display(),
            }
            at = getattr(row, field)
            if (at, text) not in told:
                told.add((at, text))
                yield Line(at=at, icon="ads_click", kind=ADVERTISING, text=text)
