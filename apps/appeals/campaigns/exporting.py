"""What became of each recipient, as a file for a spreadsheet."""

import csv
from collections.abc import Iterator
from typing import Any

from django.db.models import OuterRef, Subquery
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from apps.appeals.campaigns.progress import reason_title
from apps.appeals.models import Campaign, Contact, Message

# A spreadsheet would take what begins so for a formula, or cut it off.
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")
BOM = "\ufeff"


class _Line:
    """What csv writes into: it gives the line back."""

    def write(self, line: str) -> str:
        return line


def csv_lines(campaign: Campaign) -> Iterator[str]:
    writer = csv.writer(_Line(), delimiter=";")
    yield BOM
    yield writer.writerow(
        [
            _("client"),
            _("phone"),
            _("channel"),
            _("outcome"),
            _("reason"),
            _("sent as"),
            _("consent to advertising"),
            _("handed over"),
            _("delivered"),
            _("read"),
        ]
    )
    for row in _rows(campaign).iterator(chunk_size=2000):
        yield writer.writerow([harmless(cell) for cell in _cells(row)])


def harmless(cell: str) -> str:
    return f"'{cell}" if cell.lstrip(" ").startswith(DANGEROUS) else cell


def _rows(campaign: Campaign) -> Any:
    sent = Message.objects.filter(recipient=OuterRef("pk")).order_by("-pk")
    return (
        campaign.recipients.select_related("contact", "conversation__channel")
        .annotate(
            delivered_at=Subquery(sent.values("delivery__delivered_at")[:1]),
            read_at=Subquery(sent.values("delivery__read_at")[:1]),
        )
        .order_by("pk")
    )


def _cells(row: Any) -> list[str]:
    return [
        str(row.contact),
        row.contact.phone,
        row.conversation.channel.name if row.conversation else "",
        str(row.get_outcome_display()),
        reason_title(row),
        str(row.get_went_as_display()),
        _agreed(row.contact),
        *(_clock(at) for at in (row.handed_at, row.delivered_at, row.read_at)),
    ]


def _agreed(contact: Contact) -> str:
    if contact.agreed_at is None:
        return ""
    return f"{_clock(contact.agreed_at)} {contact.get_agreed_way_display()}"


def _clock(at: Any) -> str:
    return formats.date_format(timezone.localtime(at), "Y-m-d H:i") if at else ""
