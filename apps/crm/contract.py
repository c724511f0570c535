"""What a connector to a CRM must offer: orders go there, and how they stand comes back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.errors import Rejected, Unsupported
from apps.integrations.homes import FormerAccount
from apps.integrations.models import Connection
from apps.integrations.opening import Opened


class OrderStatus(models.TextChoices):
    """How an order stands, in our own words, whatever the CRM calls it."""

    NEW = "new", pgettext_lazy("of an order", "new")
    IN_PROGRESS = "in_progress", pgettext_lazy("of an order", "being repaired")
    WAITING = "waiting", pgettext_lazy("of an order", "waits")
    READY = "ready", pgettext_lazy("of an order", "ready")
    COMPLETED = "completed", pgettext_lazy("of an order", "handed out")
    CANCELLED = "cancelled", pgettext_lazy("of an order", "called off")


OVER = (OrderStatus.COMPLETED, OrderStatus.CANCELLED)


class OrderGone(Rejected):
    """The order was deleted there."""

    code = "order_gone"
    public = _("The order is not in the CRM any more: somebody has deleted it there.")


class OrderElsewhere(FormerAccount):
    public = _(
        "The order is in another account: the connection led to another address, workshop or API when it was "
        "made. It is neither asked for nor changed there or here. With the former settings it goes on by "
        "itself; connect the new account as a connection of its own."
    )


class NotSearchable(Unsupported):
    """The service has no way to ask whether an order of ours is there."""

    code = "not_searchable"
    public = _("No answer came when the order was made, and this service cannot be asked for it. Look there.")


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderField:
    """One field of an order as the CRM takes it. `source` is where it comes from unless the organisation has
    set another (see `crm.sourcing`), `fallback` what stands there when the source has nothing.
    """

    name: str
    title: str | Promise
    source: str = ""
    fallback: str = ""
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    name: str
    phone: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    name: str
    quantity: int = 1
    price: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderItem:
    """One repair with its parts. `device` is named where it is not the order's own."""

    name: str
    description: str = ""
    price: Decimal | None = None
    parts: tuple[Part, ...] = ()
    device: str = ""

    @property
    def title(self) -> str:
        return f"{self.name} ({self.device})" if self.device else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """`key` is our own word for it, by which it is found again; `values` are its fields by their names."""

    key: str
    values: Mapping[str, str]
    items: tuple[OrderItem, ...] = ()

    @property
    def client(self) -> Client:
        get = self.values.get
        return Client(
            name=get("client.name", ""), phone=get("client.phone", ""), email=get("client.email", "")
        )

    def device(self, *names: str) -> dict[str, str]:
        """Those of its fields that are filled in."""
        found = {name: self.values.get(f"device.{name}", "") for name in names}
        return {name: value for name, value in found.items() if value}

    @property
    def total(self) -> Decimal | None:
        prices = [item.price for item in self.items if item.price is not None]
        return sum(prices, Decimal(0)) if prices else None

    @property
    def notes(self) -> str:
        """With our word in it, so that a search finds it and a person can tell where it is from."""
        return "\n".join(filter(None, (self.values.get("notes", ""), self.key)))


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteOrder:
    """An order as the CRM tells of it. `status` and `repair_status` are its own words; `group` is what kind
    of status that is, where the CRM says (see the connector's GROUPS). `fields` are those of an order's
    fields that may be changed on both sides, by the same names.
    """

    external_id: str
    number: str = ""
    status: str = ""
    group: OrderStatus | None = None
    repair_status: str = ""
    updated_at: datetime | None = None
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """A stretch of what has changed there. `cursor` is where the next look goes on; `is_all` when nothing
    more is waiting.
    """

    orders: Sequence[RemoteOrder]
    cursor: Mapping[str, Any]
    is_all: bool


class CRMConnector(Protocol):
    """Beside what every connector offers. All that talks to the service raises `core.errors`."""

    def home(self, connection: Connection) -> str:
        """The account that its orders are made in, as far as its settings name it: the API, the server and
        the workshop. No secret. Asks nobody; raises ConfigInvalid.
        """
        ...

    def fields(self, connection: Connection) -> Sequence[OrderField]:
        """Which fields its orders have, in the shape that is spoken."""
        ...

    def render(self, connection: Connection, order: Order) -> dict[str, Any]:
        """The body that would be sent, word for word; asks nobody."""
        ...

    def find(
        self, opened: Opened[Any], order: Order, *, since: datetime, may_exist: bool
    ) -> RemoteOrder | None:
        """The order of this key that was made since then. Raises NotSearchable where it `may_exist` and the
        service can't tell.
        """
        ...

    def create(self, opened: Opened[Any], order: Order) -> RemoteOrder:
        """Not repeatable. Raises OutcomeUnknown where no answer came."""
        ...

    def adds_items(self, connection: Connection) -> bool:
        """Whether repairs and parts go in requests of their own, after the order was made."""
        ...

    def add_items(self, opened: Opened[Any], external_id: str, order: Order) -> None:
        """Adds those that are not there yet."""
        ...

    def read(self, opened: Opened[Any], external_id: str) -> RemoteOrder:
        """Raises OrderGone."""
        ...

    def changes(self, opened: Opened[Any], cursor: Mapping[str, Any], *, since: datetime) -> Changes | None:
        """None where changes can't be listed: then each order is read."""
        ...

    def changeable(self, connection: Connection) -> frozenset[str]:
        """Which fields of an order that is there already may be changed from here."""
        ...

    def update(self, opened: Opened[Any], external_id: str, values: Mapping[str, str], order: Order) -> None:
        """Only fields that are `changeable`. Repeatable."""
        ...
