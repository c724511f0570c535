"""The price list as a file: the same columns as an import takes, so that it can be brought back."""

import csv
import io
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _

from apps.appeals.campaigns.exporting import BOM, DANGEROUS, harmless
from apps.appeals.models import PriceItem
from apps.appeals.prices.columns import FIELDS
from apps.tenants.models import Tenant

Cell = str | Decimal
WIDTHS = {"brand": 14, "model": 24, "work": 34, "part": 24, "warranty": 14, "duration": 14}


class _Line:
    """What csv writes into: it gives the line back."""

    def write(self, line: str) -> str:
        return line


def heads() -> list[str]:
    return [str(label).capitalize() for label in FIELDS.values()]


def lines(tenant: Tenant) -> Iterator[list[Cell]]:
    rows = PriceItem.objects.filter(tenant=tenant).order_by("brand", "model", "work", "part", "pk")
    for item in rows.iterator(chunk_size=2000):
        yield _cells(item)


def example_lines() -> list[list[Cell]]:
    """For the file that one begins with."""
    hour, days, ruble = _("1 hour"), _("90 days"), "RUB"
    battery, display = _("Battery replacement"), _("Display replacement")
    yes = _("yes")
    return [
        ["Apple", "iPhone 14 Pro", battery, "", Decimal(4500), "", ruble, days, hour, yes],
        ["Apple", "iPhone 14 Pro", display, _("Display, original"), Decimal(24000), "", ruble, days, "", yes],
        ["Samsung", "Galaxy S21", display, "", Decimal(9000), Decimal(15000), ruble, days, "", yes],
        [
            "Apple",
            "",
            _("Cleaning after water"),
            "",
            _("from %(price)s") % {"price": 2000},
            "",
            ruble,
            "",
            "",
            yes,
        ],
        ["", "", _("Diagnostics"), "", Decimal(0), "", ruble, "", "", yes],
    ]


def csv_lines(rows: Iterable[list[Cell]]) -> Iterator[str]:
    writer = csv.writer(_Line(), delimiter=";")
    yield BOM
    yield writer.writerow(heads())
    for row in rows:
        yield writer.writerow([cell if isinstance(cell, Decimal) else harmless(cell) for cell in row])


def xlsx_file(rows: Iterable[list[Cell]]) -> bytes:
    """Row after row: fifty thousand take three megabytes."""
    file = io.BytesIO()
    told = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(file, told) as book:
        sheet = book.add_worksheet(_("Prices"))
        bold, money, plain = (
            book.add_format(kind) for kind in ({"bold": True}, {"num_format": "#,##0.##"}, {})
        )
        # Stays a text even when somebody goes into the cell and presses Enter.
        quoted = book.add_format({"quote_prefix": True})
        sheet.freeze_panes(1, 0)
        for at, name in enumerate(FIELDS):
            sheet.set_column(at, at, WIDTHS.get(name, 11))
        sheet.write_row(0, 0, heads(), bold)
        for number, row in enumerate(rows, 1):
            for at, cell in enumerate(row):
                if isinstance(cell, Decimal):
                    sheet.write_number(number, at, float(cell), money)
                elif cell:
                    sheet.write_string(number, at, cell, quoted if cell.startswith(DANGEROUS) else plain)
    return file.getvalue()


def _cells(item: PriceItem) -> list[Cell]:
    shown: dict[str, Any] = {name: getattr(item, name) for name in FIELDS}
    if item.is_from:
        shown["price"] = _("from %(price)s") % {"price": f"{item.price.normalize():f}"}
    shown["price_to"] = "" if item.price_to is None else item.price_to
    shown["is_active"] = _("yes") if item.is_active else _("no")
    return list(shown.values())
