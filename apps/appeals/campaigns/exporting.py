"""What became of each recipient, as a file for a spreadsheet."""

import io
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import OuterRef, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.appeals.campaigns.progress import said
from apps.appeals.masking import masked, phone_for
from apps.appeals.models import Campaign, ConsentWay, Message, SendOutcome, WentAs
from apps.core import spreadsheets
from apps.core.spreadsheets import Cell
from apps.tenants.models import Phones


def csv_lines(campaign: Campaign, phones: Phones) -> Iterator[str]:
    words = _Words(phones)
    rows = _rows(campaign).iterator(chunk_size=2000)
    # By the clock of this moment: the lines are made once the request is over.
    return spreadsheets.csv_lines(_head(), (list(map(words.told, words.cells(row))) for row in rows))


def xlsx_file(campaign: Campaign, phones: Phones) -> bytes:
    file, words = io.BytesIO(), _Words(phones)
    rows = _rows(campaign).iterator(chunk_size=2000)
    spreadsheets.write_xlsx(file, _head(), map(words.cells, rows), title=_("Recipients"))
    return file.getvalue()


def _head() -> list[str]:
    return [
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


class _Words:
    """In the reader's language, looked up once for all the rows: they are many, and each has several."""

    def __init__(self, phones: Phones) -> None:
        self.phones = phones
        self.outcomes, self.ways, self.forms = (
            {one.value: str(one.label) for one in kind} for kind in (SendOutcome, ConsentWay, WentAs)
        )
        self.reasons: dict[tuple[str, str], str] = {}
        self.zone = timezone.get_current_timezone()

    def cells(self, row: Any) -> list[Cell]:
        return [
            masked(row.contact, self.phones),
            phone_for(row.contact.phone, self.phones),
            row.conversation.channel.name if row.conversation else "",
            self.outcomes[row.outcome],
            self.reason(row.reason, row.detail),
            self.forms.get(row.went_as, ""),
            f"{self.clock(row.contact.agreed_at)} {self.ways.get(row.contact.agreed_way, '')}".strip(),
            row.handed_at,
            row.delivered_at,
            row.read_at,
        ]

    def told(self, cell: Cell) -> Cell:
        return self.clock(cell) if isinstance(cell, datetime) else cell

    def reason(self, reason: str, detail: str) -> str:
        if (reason, detail) not in self.reasons:
            self.reasons[reason, detail] = said(reason, detail)
        return self.reasons[reason, detail]

    def clock(self, at: datetime | None) -> str:
        return f"{at.astimezone(self.zone):%Y-%m-%d %H:%M}" if at else ""
