"""What is known of an appeal, by the names that an organisation may choose from for an order's fields."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.appeals.models import Appeal, Device, Repair
from apps.appeals.templatetags.desk import prefilled_label
from apps.core.phones import normalise_phone
from apps.crm.contract import OrderItem, Part

# "text" is the mapping's own text; "nothing" leaves the field out; what begins with this is of the data that
# came prefilled with the appeal.
TEXT, NOTHING, PREFILLED = "text", "nothing", "prefilled."


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """An appeal with its devices and repairs, read once. `device` is the one the order is of."""

    appeal: Appeal
    devices: list[Device]

    @property
    def device(self) -> Device | None:
        return self.devices[0] if self.devices else None

    @property
    def repairs(self) -> list[tuple[Device, Repair]]:
        return [
            (device, repair)
            for device in self.devices
            for repair in device.repairs.all()
            if repair.removed_at is None
        ]

    @property
    def items(self) -> tuple[OrderItem, ...]:
        return tuple(self._item(device, repair) for device, repair in self.repairs)

    def _item(self, device: Device, repair: Repair) -> OrderItem:
        parts = tuple(
            Part(name=part.name, quantity=part.quantity, price=part.price) for part in repair.parts.all()
        )
        return OrderItem(
            name=repair.repair_type or repair.description[:100],
            description=repair.description,
            price=repair.price,
            parts=parts,
            # An order is of one device; works on others say so.
            device="" if device == self.device else str(device),
        )


def facts_of(appeal: Appeal) -> Facts:
    """Three queries."""
    devices = appeal.devices.filter(removed_at=None).order_by("id").prefetch_related("repairs__parts")
    return Facts(appeal=appeal, devices=list(devices))


def _repairs(facts: Facts) -> str:
    return "; ".join(
        f"{item.title}: {item.description}" if item.description not in ("", item.name) else item.title
        for item in facts.items
    )


def _total(facts: Facts) -> str:
    prices = [item.price for item in facts.items if item.price is not None]
    return f"{sum(prices, Decimal(0)):.2f}" if prices else ""


def _phone(facts: Facts) -> str:
    given = facts.appeal.contact.phone
    return normalise_phone(given) or given


def _of_device(name: str) -> Callable[[Facts], str]:
    return lambda facts: str(getattr(facts.device, name)) if facts.device else ""


SOURCES: Mapping[str, tuple[str | Promise, Callable[[Facts], str]]] = {
    "client.name": (_("Client: name"), lambda facts: str(facts.appeal.contact)),
    "client.phone": (_("Client: phone"), _phone),
    "client.email": (_("Client: e-mail"), lambda facts: facts.appeal.contact.email),
    "client.note": (_("Client: note for colleagues"), lambda facts: facts.appeal.contact.note),
    "device.brand": (_("Device: brand"), _of_device("brand")),
    "device.model": (_("Device: model"), _of_device("model")),
    "device.imei": (_("Device: IMEI or serial number"), _of_device("imei")),
    "repairs": (_("Repairs: what is to be done"), _repairs),
    "total": (_("Repairs: the sum of prices"), _total),
    "appeal.kind": (_("Appeal: kind"), lambda facts: facts.appeal.appeal_type),
    "appeal.number": (_("Appeal: number"), lambda facts: str(facts.appeal)),
    "appeal.operator": (
        _("Appeal: operator"),
        lambda facts: facts.appeal.operator.name if facts.appeal.operator else "",
    ),
    "appeal.channel": (_("Appeal: channel"), lambda facts: facts.appeal.channel.name),
    "appeal.ad_channel": (_("Appeal: advertising channel"), lambda facts: facts.appeal.ad_channel),
}
PREFILLED_TITLE = pgettext_lazy("data that came with an appeal", "Prefilled: %(name)s")


def value_of(source: str, facts: Facts) -> str:
    """Empty where there is nothing, or no such source any more."""
    if source.startswith(PREFILLED):
        found = facts.appeal.prefilled_data.get(source.removeprefix(PREFILLED), "")
        return str(found) if isinstance(found, (str, int, float)) and not isinstance(found, bool) else ""
    _title, read = SOURCES.get(source, ("", lambda _facts: ""))
    return str(read(facts)).strip()


def title_of(source: str) -> str:
    if source.startswith(PREFILLED):
        return str(PREFILLED_TITLE % {"name": prefilled_label(source.removeprefix(PREFILLED))})
    return str(SOURCES[source][0]) if source in SOURCES else source
