"""LiveSklad: orders, as the customer's document has them and as its own API does."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.views.decorators.debug import sensitive_variables

from apps.crm.connectors._shared import first_that_answers, shape_of
from apps.crm.connectors.livesklad import own, plain
from apps.crm.connectors.livesklad.spec import SPEC, Config, card_facts
from apps.crm.contract import Changes, Order, OrderField, RemoteOrder
from apps.integrations.contract import Account
from apps.integrations.homes import server_of
from apps.integrations.models import Connection
from apps.integrations.opening import Opened, config_of
from apps.integrations.shapes import Shape

__all__ = ["SPEC", "TOKEN_DEPENDS_ON", "Config", "card_facts"]

TOKEN_DEPENDS_ON = ("login", "password", "base_url")


def _is_own(connection: Connection) -> bool:
    api = connection.config.get("api", "auto")
    return shape_of(connection, api) is Shape.VENDOR


@sensitive_variables()
def check(opened: Opened[Config]) -> Account:
    config = opened.config
    checks = {}
    if config.api == "vendor" or (config.api == "auto" and config.login):
        checks[Shape.VENDOR] = lambda: own.check(opened)
    if config.api == "spec" or (config.api == "auto" and config.api_key.get_secret_value()):
        checks[Shape.SPEC] = lambda: plain.check(opened)
    return first_that_answers(checks)


def home(connection: Connection) -> str:
    config: Config = config_of(connection)
    shape = shape_of(connection, config.api)
    return f"{shape} {server_of(config.base_url)} {config.shop_id}"


def fields(connection: Connection) -> Sequence[OrderField]:
    return own.FIELDS if _is_own(connection) else plain.FIELDS


def render(connection: Connection, order: Order) -> dict[str, Any]:
    config: Config = config_of(connection)
    return own.render(config, order) if _is_own(connection) else plain.render(config, order)


def find(opened: Opened[Config], order: Order, *, since: datetime, may_exist: bool) -> RemoteOrder | None:
    if _is_own(opened.connection):
        return own.find(opened, order, since=since, may_exist=may_exist)
    return plain.find(opened, order, may_exist=may_exist)


def create(opened: Opened[Config], order: Order) -> RemoteOrder:
    return own.create(opened, order) if _is_own(opened.connection) else plain.create(opened, order)


def adds_items(connection: Connection) -> bool:
    return False


def add_items(opened: Opened[Config], external_id: str, order: Order) -> None:
    """All of it goes with the order itself."""


def read(opened: Opened[Config], external_id: str) -> RemoteOrder:
    if _is_own(opened.connection):
        return own.read(opened, external_id)
    return plain.read(opened, external_id)


def changes(opened: Opened[Config], cursor: Mapping[str, Any], *, since: datetime) -> Changes | None:
    return own.changes(opened, cursor, since=since) if _is_own(opened.connection) else None


def changeable(connection: Connection) -> frozenset[str]:
    return frozenset(own.CHANGEABLE) if _is_own(connection) else frozenset()


def update(opened: Opened[Config], external_id: str, values: Mapping[str, str], order: Order) -> None:
    own.update(opened, external_id, values)
