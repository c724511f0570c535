"""Calls as a file for a spreadsheet: how each went and its figures, never what was said."""

import tempfile
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import IO, Any, cast

from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.appeals.bulk.exporting import Content
from apps.appeals.masking import masked
from apps.callanalysis.measuring import CLIENT, MANAGER
from apps.callanalysis.models import Call, CallOutcome, Office, Stage
from apps.core import spreadsheets
from apps.core.spreadsheets import Cell
from apps.tenants.models import Tenant

CHUNK = 2000
# So many in a workbook are written while its reader waits: a second or two. CSV is streamed and knows no end.
MOST_IN_XLSX = 10_000


def content_of(calls: QuerySet[Call], *, tenant: Tenant | None, phones: Any) -> Content:
    """`phones` as in `appeals.masking`: a CRM may call its calls by them."""
    words = _Words(tenant, phones)
    return Content(head=_head(), rows=map(words.cells, _rows(calls)), title=_("Calls"))


def csv_lines(calls: QuerySet[Call], *, tenant: Tenant | None, phones: Any) -> Iterator[str]:
    words = _Words(tenant, phones)
    # By the clock of this moment: the lines are made once the request is over.
    return spreadsheets.csv_lines(
        _head(), (list(map(words.told, words.cells(call))) for call in _rows(calls))
    )


def xlsx_file(calls: QuerySet[Call], *, tenant: Tenant | None, phones: Any) -> IO[bytes]:
    """Open, at its beginning; whoever takes it closes it."""
    content = content_of(calls, tenant=tenant, phones=phones)
    file = cast(IO[bytes], tempfile.TemporaryFile())  # noqa: SIM115 - the answer closes it
    spreadsheets.write_xlsx(file, content.head, content.rows, title=content.title)
    file.seek(0)
    return file


def is_too_many(calls: QuerySet[Call]) -> bool:
    return len(calls.order_by().values_list("pk", flat=True)[: MOST_IN_XLSX + 1]) > MOST_IN_XLSX


def _head() -> list[str]:
    return [
        _("received"),
        _("id in the CRM"),
        _("manager"),
        _("offices"),
        _("deal"),
        _("funnel"),
        _("stage of the deal"),
        _("length, seconds"),
        _("stage"),
        _("outcome"),
        _("reason"),
        _("manager's share of the talk, %"),
        _("manager's longest monologue, s"),
        _("client's longest monologue, s"),
        _("the manager interrupted"),
        _("the client interrupted"),
        _("silence, s"),
        _("manager's questions"),
    ]


def _rows(calls: QuerySet[Call]) -> Iterator[Any]:
    return (
        calls.select_related("sales_manager")
        .annotate(figures=F("transcript__figures"))
        .defer("link", "error_text")
        .iterator(chunk_size=CHUNK)
    )


class _Words:
    """In the reader's language and by their clock, looked up once for all the rows."""

    def __init__(self, tenant: Tenant | None, phones: Any) -> None:
        self.phones = phones
        self.outcomes = {one.value: str(one.label) for one in CallOutcome}
        self.stages = {one.value: str(one.label) for one in Stage}
        self.zone = timezone.get_current_timezone()
        self.offices: dict[int, list[str]] = {}
        belongs = Office.managers.through.objects.order_by("office__title")
        if tenant is not None:
            belongs = belongs.filter(office__tenant=tenant)
        for person, title in belongs.values_list("salesmanager", "office__title").iterator():
            self.offices.setdefault(person, []).append(title)

    def cells(self, call: Any) -> list[Cell]:
        figures: Mapping[str, Any] = call.figures or {}
        ratio = figures.get("talk_ratio")
        return [
            call.received_at,
            masked(call.external_id, self.phones),
            str(call.sales_manager),
            ", ".join(self.offices.get(call.sales_manager_id, ())),
            call.deal_id,
            call.stage_name or call.stage_id,
            call.deal_stage_id,
            round(call.seconds) if call.seconds is not None else None,
            self.stages[call.stage],
            self.outcomes.get(call.outcome, ""),
            masked(call.reason, self.phones),
            None if ratio is None else round(ratio * 100),
            *(_of(figures, "longest_monologue", who) for who in (MANAGER, CLIENT)),
            *(_of(figures, "interruptions", who) for who in (MANAGER, CLIENT)),
            figures.get("silence"),
            _of(figures, "questions", MANAGER),
        ]

    def told(self, cell: Cell) -> Cell:
        return f"{cell.astimezone(self.zone):%Y-%m-%d %H:%M}" if isinstance(cell, datetime) else cell


def _of(figures: Mapping[str, Any], name: str, who: str) -> Cell:
    found: Cell = figures.get(name, {}).get(who)
    return found
