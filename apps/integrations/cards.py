"""What the cards page shows: every connector with this tenant's connections, read once and ready to print."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from apps.core.alarms import Alarm, raised
from apps.integrations import registry
from apps.integrations.contract import Category, Fact, Spec
from apps.integrations.models import Connection, Health
from apps.integrations.registry import UnknownConnector, connector
from apps.tenants.models import Tenant


class Light(StrEnum):
    """The colour of a card's status."""

    GREEN = "green"
    GREY = "grey"
    YELLOW = "yellow"
    RED = "red"


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    light: Light
    title: str | Promise
    # What went wrong, and who must act.
    detail: str = ""


NOT_CONNECTED = Status(light=Light.GREY, title=_("Not connected"))
_BY_HEALTH: dict[str, tuple[Light, str | Promise]] = {
    Health.OK: (Light.GREEN, _("Connected")),
    Health.PENDING: (Light.YELLOW, _("Connected, not checked yet")),
    Health.ERROR: (Light.RED, _("Error")),
    Health.NEEDS_RECONNECT: (Light.RED, _("Reconnect it")),
    Health.MISCONFIGURED: (Light.RED, _("Wrong settings")),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One connection on a card."""

    connection: Connection
    status: Status
    warnings: list[str]
    facts: list[Fact]
    # What of the warnings does not say already.
    alarms: list[Alarm]

    @property
    def checked_just_now(self) -> bool:
        """Under a minute, of which no language says «0 minutes ago»."""
        at = self.connection.checked_at
        return at is not None and timezone.now() - at < timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    spec: Spec
    lines: list[Line]

    @property
    def is_connected(self) -> bool:
        return any(line.connection.is_active for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """A category with its cards."""

    category: Category
    cards: list[Card]

    @property
    def connected(self) -> int:
        return sum(card.is_connected for card in self.cards)


def shelves(*, tenant: Tenant) -> list[Shelf]:
    """All connectors by category, in the categories' own order; empty categories are left out."""
    lines: dict[str, list[Line]] = {}
    alarms = raised(tenant.pk)
    for connection in Connection.objects.filter(tenant=tenant).select_related("tenant").order_by("pk"):
        if connection.connector in registry.connectors():
            lines.setdefault(connection.connector, []).append(line_of(connection, alarms))
    cards = [
        Card(spec=module.SPEC, lines=lines.get(slug, [])) for slug, module in registry.connectors().items()
    ]
    found = (
        Shelf(category=category, cards=[card for card in cards if card.spec.category is category])
        for category in Category
    )
    return [shelf for shelf in found if shelf.cards]


def line_of(connection: Connection, alarms: Iterable[Alarm] | None = None) -> Line:
    """`alarms`: those of the whole tenant, where they were asked for already."""
    alarms = raised(connection.tenant_id) if alarms is None else alarms
    own = [alarm for alarm in alarms if alarm.connection_id == connection.pk]
    warnings = texts_in_language(connection.warnings)
    return Line(
        connection=connection,
        status=status_of(connection, troubled=bool(own)),
        warnings=warnings,
        facts=facts_of(connection),
        alarms=[alarm for alarm in own if alarm.text not in warnings],
    )


def status_of(connection: Connection, *, troubled: bool = False) -> Status:
    """`troubled`: an alarm is raised about it."""
    if not connection.is_active:
        return NOT_CONNECTED
    detail = gettext(connection.error_text) if connection.error_text else ""
    if connection.is_paused and connection.health in (Health.OK, Health.PENDING):
        return Status(light=Light.YELLOW, title=_("Connected, paused by the service's limit"), detail=detail)
    if troubled and connection.health in (Health.OK, Health.PENDING):
        return Status(light=Light.YELLOW, title=_("Connected, look at it"), detail=detail)
    light, title = _BY_HEALTH[connection.health]
    return Status(light=light, title=title, detail=detail)


def facts_of(connection: Connection) -> list[Fact]:
    """What the connector itself has to show, and what its service told when it was last checked; nothing of a
    connection that is not in use.
    """
    try:
        module = connector(connection.connector)
    except UnknownConnector:
        return []
    if not connection.is_active:
        return []
    offered = getattr(module, "card_facts", None)
    labels = texts_in_language(fact["label"] for fact in connection.facts)
    told = [
        Fact(label=label, value=fact["value"]) for label, fact in zip(labels, connection.facts, strict=True)
    ]
    return [*(offered(connection) if offered else ()), *told]


def texts_in_language(texts: Iterable[dict[str, Any]]) -> list[str]:
    language = get_language() or "en"
    return [str(text.get(language) or next(iter(text.values()), "")) for text in texts]
