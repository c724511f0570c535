"""Fields of orders, called as their CRM's connector calls them."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from apps.crm.composing import PRICE
from apps.crm.contract import OrderField
from apps.integrations.models import Connection
from apps.integrations.registry import connectors


def fields_of(connection: Connection) -> Sequence[OrderField]:
    """None of a connection whose connector takes no orders, or is not installed any more."""
    offered = getattr(connectors().get(connection.connector), "fields", None)
    return offered(connection) if offered else ()


def changeable_of(connection: Connection) -> frozenset[str]:
    """What both sides may change in an order that is there; the price, too, which is none of `fields_of`."""
    offered = getattr(connectors().get(connection.connector), "changeable", None)
    found: frozenset[str] = offered(connection) if offered else frozenset()
    return found


def field_title(connection: Connection, name: str) -> str:
    if name == PRICE:
        return _("Price")
    return next((str(one.title) for one in fields_of(connection) if one.name == name), name)
