"""The price list as a file: the same columns as an import takes, so that it can be brought back."""

import io
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from apps.appeals.models import PriceItem
from apps.appeals.prices.columns import FIELDS
from apps.core import spreadsheets
from apps.core.spreadsheets import Cell
from apps.tenants.models import Tenant

WIDTHS = {"brand": 14, "model": 24, "work": 34, "part": 24, "warranty": 14, "duration": 14}


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
    return spreadsheets.csv_lines(heads(), rows)


def xlsx_file(rows: Iterable[list[Cell]]) -> bytes:
    """Fifty thousand lines take three megabytes."""
    file = io.BytesIO()
    widths = {at: WIDTHS.get(name, 11) for at, name in enumerate(FIELDS)}
    spreadsheets.write_xlsx(file, heads(), rows, title=_("Prices"), widths=widths)
    return file.getvalue()


def _cells(item: PriceItem) -> list[Cell]:
    shown: dict[str, Any] = {name: getattr(item, name) for name in FIELDS}
    if item.is_from:
        shown["price"] = _("from %(price)s") % {"price": f"{item.price.normalize():f}"}
    shown["price_to"] = "" if item.price_to is None else item.price_to
    shown["is_active"] = _("yes") if item.is_active else _("no")
    return list(shown.values())
