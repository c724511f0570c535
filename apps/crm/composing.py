"""The exact order that an appeal would become, with what is missing in it and what it has no place for."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.appeals.models import Appeal
from apps.core.errors import OutsideError, Rejected
from apps.crm.contract import Order, OrderField
from apps.crm.models import FieldMapping
from apps.crm.sourcing import NOTHING, SOURCES, TEXT, Facts, facts_of, title_of, value_of
from apps.integrations.models import Connection
from apps.integrations.registry import connector

PRICE = "price"
# These go by the items of the order, or are no news to the CRM.
ELSEWHERE = frozenset({"repairs", "total", "appeal.number", "appeal.operator", "appeal.channel"})


class Fill(StrEnum):
    """How a line of the preview stands: its colour."""

    OK = "ok"
    EMPTY = "empty"
    MISSING = "missing"
    UNMAPPED = "unmapped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One field of the order; or, UNMAPPED, something known of the appeal that no field takes."""

    title: str | Promise
    value: str
    source: str | Promise
    fill: Fill


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    order: Order
    lines: Sequence[Line]
    # Why it can't go as it is.
    obstacles: Sequence[str | Promise]

    @property
    def missing(self) -> list[Line]:
        return [line for line in self.lines if line.fill is Fill.MISSING]


class Incomplete(Rejected):
    """The order lacks what the CRM wants: nothing was asked of it."""

    code = "incomplete"


def key_of(appeal: Appeal) -> str:
    """Our word for the order, the same for ever: it is what the order is found by."""
    return f"BC-{appeal.public_id.hex[:16].upper()}"


def mappings_of(connection: Connection) -> dict[str, FieldMapping]:
    return {row.field: row for row in FieldMapping.objects.filter(connection=connection)}


def source_of(field: OrderField, mapping: FieldMapping | None) -> str:
    return mapping.source if mapping and mapping.source else field.source


def compose(appeal: Appeal, connection: Connection) -> Preview:
    """As it would go now. Asks nobody."""
    facts, mappings = facts_of(appeal), mappings_of(connection)
    fields: Sequence[OrderField] = connector(connection.connector).fields(connection)
    lines, values, used = [], {}, set()
    for field in fields:
        mapping = mappings.get(field.name)
        source = source_of(field, mapping)
        value = _value(field, mapping, source, facts)
        used.add(source)
        if value:
            values[field.name] = value
        lines.append(_line(field, value, source))
    if total := value_of("total", facts):
        values[PRICE] = total
    order = Order(key=key_of(appeal), values=values, items=facts.items)
    if not order.items:
        lines.append(Line(title=_("Repairs"), value="", source="", fill=Fill.EMPTY))
    lines += _unmapped(facts, used)
    return Preview(order=order, lines=lines, obstacles=_obstacles(lines))


def ready_order(appeal: Appeal, connection: Connection) -> Order:
    """Raises Incomplete, naming what is missing."""
    with translation.override(appeal.tenant.language):  # it is kept with the row, for people
        preview = compose(appeal, connection)
    if preview.obstacles:
        raise Incomplete(preview.obstacles[0])
    return preview.order


def body_of(preview: Preview, connection: Connection) -> str:
    """Word for word what would be sent, for people to read. Empty where the settings are wrong."""
    try:
        body: Mapping[str, Any] = connector(connection.connector).render(connection, preview.order)
    except OutsideError:
        return ""
    return json.dumps(body, ensure_ascii=False, indent=2)


def _value(field: OrderField, mapping: FieldMapping | None, source: str, facts: Facts) -> str:
    if source == NOTHING:
        return ""
    found = mapping.text if mapping and source == TEXT else value_of(source, facts)
    return found or (mapping.text if mapping else "") or field.fallback


def _line(field: OrderField, value: str, source: str) -> Line:
    fill = Fill.OK if value else Fill.MISSING if field.required else Fill.EMPTY
    return Line(title=field.title, value=value, source=title_of(source) if source else "", fill=fill)


def _unmapped(facts: Facts, used: set[str]) -> list[Line]:
    found = []
    for name in SOURCES:
        if name not in used | ELSEWHERE and (value := value_of(name, facts)):
            found.append(Line(title=title_of(name), value=value, source="", fill=Fill.UNMAPPED))
    for name in facts.appeal.prefilled_data:
        source = f"prefilled.{name}"
        if source not in used and (value := value_of(source, facts)):
            found.append(Line(title=title_of(source), value=value, source="", fill=Fill.UNMAPPED))
    return found


def _obstacles(lines: Sequence[Line]) -> list[str | Promise]:
    missing = [str(line.title) for line in lines if line.fill is Fill.MISSING]
    return [_("The order lacks: %(names)s.") % {"names": ", ".join(missing)}] if missing else []
