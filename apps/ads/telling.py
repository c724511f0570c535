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
    theirs = Entry.objects.filter(contact=contact).select_related(
        "placement__audience", "placement__connection"
    )
    for field, rows in (
        ("sent_at", theirs.exclude(sent_at=None)),
        ("removed_at", theirs.exclude(removed_at=None).filter(refused_at=None)),
    ):
        if before is not None:
            rows = rows.filter(**{f"{field}__lt": before})
        for row in rows.order_by(f"-{field}", "-pk")[:limit]:
            at, text = getattr(row, field), _said(row, field)
            if (at, text) not in told:
                told.add((at, text))
                yield Line(at=at, icon="ads_click", kind=ADVERTISING, text=text)


def _said(row: Entry, field: str) -> str:
    if field == "removed_at":
        words = _("taken out of the audience «%(name)s» in %(account)s: %(why)s")
    elif row.refused_at is not None:
        words = _("%(account)s did not take them into the audience «%(name)s»: %(refusal)s")
    else:
        words = _("put into the audience «%(name)s» in %(account)s")
    return words % {
        "name": row.placement.audience,
        "account": row.placement.connection,
        "why": row.get_left_display(),
        "refusal": row.refusal,
    }
