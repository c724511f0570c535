"""What both CRMs have in common: two shapes of one API behind one setting, and addresses with one version."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from django.utils import timezone

from apps.core.errors import OutsideError
from apps.core.http import Answer
from apps.core.time import from_vendor
from apps.crm.contract import OrderGone, OrderStatus
from apps.integrations.shapes import as_object, first_that_answers, shape_of, word, wrong_address

__all__ = [
    "PLAIN_GROUPS",
    "amount",
    "as_object",
    "filled",
    "first_that_answers",
    "gone",
    "moment",
    "piece",
    "shape_of",
    "unversioned",
    "versioned",
    "word",
    "wrong_address",
]
_VERSION = re.compile(r"/v\d+(\.\d+)?$")


def versioned(base_url: str, version: str) -> str:
    """With exactly one version at its end: the address may have come with it."""
    return base_url if _VERSION.search(base_url) else f"{base_url}/{version}"


def unversioned(base_url: str) -> str:
    return _VERSION.sub("", base_url)


def gone(answer: Answer) -> OutsideError | None:
    """Of one order: 404 and 410 in the service's own words; a web server's page says nothing of an order."""
    if answer.status in (404, 410):
        return OrderGone() if isinstance(answer.json, dict) else wrong_address()
    return None


def moment(value: Any) -> datetime | None:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)) or not value:
        return None
    return from_vendor(value, default_tz=UTC, now=timezone.now())


def piece(external_id: str) -> str:
    """Of a path: an id is whatever the service once called it."""
    return quote(external_id, safe="")


def amount(price: Decimal | None) -> int | float | None:
    """As JSON has it; whole roubles without a fraction."""
    if price is None:
        return None
    return int(price) if price == price.to_integral_value() else float(price)


def filled(**values: Any) -> dict[str, Any]:
    """Without what is empty: a blank field might wipe what somebody has entered there."""
    return {name: value for name, value in values.items() if value not in (None, "", [], {})}


# The customer's document has our own words; a server that speaks it may have more of its own.
PLAIN_GROUPS: Mapping[str, OrderStatus] = {
    "created": OrderStatus.NEW,
    **{status.value: status for status in OrderStatus},
}
