"""Which column of a file is what, told by its head in Russian or English; a person corrects the guess."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from django.utils.translation import gettext_lazy as _

from apps.appeals.prices.keys import tokens

FIELDS: Mapping[str, object] = MappingProxyType(
    {
        "brand": _("brand"),
        "model": _("model"),
        "work": _("work"),
        "part": _("part"),
        "price": _("price"),
        "price_to": _("price up to"),
        "currency": _("currency"),
        "warranty": _("guarantee"),
        "duration": _("takes"),
        "is_active": _("in use"),
    }
)
# The head row is looked for among the first so many: a title and a date may stand above it.
LOOKED_AT = 15

_HEADS = {
    "brand": "бренд, марка, производитель, вендор, brand, make, maker, manufacturer, vendor",
    "model": "модель, устройство, аппарат, телефон, модель устройства, model, device",
    "work": "работа, работы, услуга, услуги, вид работ, вид работы, вид ремонта, ремонт, наименование, "
    "название, наименование работы, наименование услуги, название услуги, неисправность, work, service, "
    "repair, name, job",
    "part": "запчасть, запчасти, деталь, комплектующие, комплектующая, part, spare part, parts",
    "price": "цена, стоимость, цена от, прайс, сумма, розница, розничная цена, цена работы, цена ремонта, "
    "стоимость работы, стоимость ремонта, price, cost, price from, amount",
    "price_to": "цена до, стоимость до, максимальная цена, price to, price up to, max price",
    "currency": "валюта, currency",
    "warranty": "гарантия, срок гарантии, warranty, guarantee",
    "duration": "срок, сроки, срок ремонта, время, время ремонта, время работы, длительность, duration, "
    "takes, time",
    "is_active": "активна, активно, включена, действует, active, in use",
}
# They say which currency or unit it is, not which column.
_UNITS = frozenset({"руб", "рублей", "р", "rub", "usd", "eur", "в", "за", "шт", "дни", "дней"})


def _key(head: str) -> tuple[str, ...]:
    return tuple(word for word in tokens(head) if word not in _UNITS)


_KNOWN = {_key(head): name for name, heads in _HEADS.items() for head in heads.split(",")}


def recognised(row: Sequence[str]) -> list[str]:
    """A field's name or "" for each cell; a field is taken by the first column that bears its name."""
    found: list[str] = []
    for cell in row:
        name = _KNOWN.get(_key(cell), "")
        found.append(name if name not in found else "")
    return found


def head_of(rows: Sequence[Sequence[str]]) -> tuple[int, list[str]]:
    """How many rows stand above the prices, and what the columns are. (0, [""…]) where nothing is known."""
    width = max((len(row) for row in rows[:LOOKED_AT]), default=0)
    best, columns = 0, [""] * width
    for at, row in enumerate(rows[:LOOKED_AT]):
        found = recognised(row)
        if sum(map(bool, found)) > sum(map(bool, columns)) and sum(map(bool, found)) >= 2:
            best, columns = at + 1, found + [""] * (width - len(found))
    return best, columns


def is_enough(columns: Sequence[str]) -> bool:
    """A price, and what it is for."""
    return "price" in columns and ("work" in columns or "part" in columns)
