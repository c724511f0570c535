"""RemOnline, today RO App: orders, as the customer's document has them and as its own API does."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.views.decorators.debug import sensitive_variables

from apps.crm.connectors._shared import first_that_answers, shape_of
from apps.crm.connectors.remonline import own, plain
from apps.crm.connectors.remonline.spec import SPEC, Config, card_facts
from apps.crm.contract import Changes, Order, OrderField, RemoteOrder
from apps.integrations.contract import Account
from apps.integrations.homes import server_of
from apps.integrations.models import Connection
from apps.integrations.opening import Opened, config_of
from apps.integrations.shapes import Shape

__all__ = ["SPEC", "Config", "card_facts"]


def _is_own(connection: Connection) -> bool:
    api = connection.config.get("api", "auto")
    return shape_of(connection, api) is Shape.VENDOR


@sensitive_variables()
def check(opened: Opened[Config]) -> Account:
    config = opened.config
    checks = {Shape.SPEC: lambda: plain.check(opened), Shape.VENDOR: lambda: own.check(opened)}
    if config.api != "auto":
        return checks[Shape(config.api)]()
    if config.order_type_id:  # only one of the two has a use for it
        checks = dict(reversed(checks.items()))
    return first_that_answers(checks)


def home(connection: Connection) -> str:
    config: Config = config_of(connection)
    shape = shape_of(connection, config.api)
    address = own.address(config) if shape is Shape.VENDOR else config.base_url
    return f"{shape} {server_of(address)} {config.company_id}"


def fields(connection: Connection) -> Sequence[OrderField]:
    return own.FIELDS if _is_own(connection) else plain.FIELDS


def render(connection: Connection, order: Order) -> dict[str, Any]:
    config: Config = config_of(connection)
    return own.render(config, order) if _is_own(connection) else plain.render(config, order)


def find(opened: Opened[Config], order: Order, *, since: datetime, may_exist: bool) -> RemoteOrder | None:
    if _is_own(opened.connection):
        return own.find(opened, order, may_exist=may_exist)
    return plain.find(opened, order, may_exist=may_exist)


def create(opened: Opened[Config], order: Order) -> RemoteOrder:
    return own.create(opened, order) if _is_own(opened.connection) else plain.create(opened, order)


def adds_items(connection: Connection) -> bool:
    return _is_own(connection)


def add_items(opened: Opened[Config], external_id: str, order: Order) -> None:
    if _is_own(opened.connection):
        own.add_items(opened, external_id, order)


def read(opened: Opened[Config], external_id: str) -> RemoteOrder:
    if _is_own(opened.connection):
        return own.read(opened, external_id)
    return plain.read(opened, external_id)


def changes(opened: Opened[Config], cursor: Mapping[str, Any], *, since: datetime) -> Changes | None:
    """Neither of the two describes how changes would be listed: each order is read."""
    return None


def changeable(connection: Connection) -> frozenset[str]:
    return frozenset(own.CHANGEABLE) if _is_own(connection) else frozenset()


def update(opened: Opened[Config], external_id: str, values: Mapping[str, str], order: Order) -> None:
    own.update(opened, external_id, values)
