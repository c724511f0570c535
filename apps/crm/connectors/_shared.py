"""What both CRMs have in common: two shapes of one API behind one setting, and addresses with one version."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.errors import AuthFailed, ConfigInvalid, OutcomeUnknown, OutsideError, Rejected, Transient
from apps.core.http import Answer
from apps.core.text import clean_name
from apps.core.time import from_vendor
from apps.crm.contract import OrderGone, OrderStatus, Shape
from apps.integrations.contract import Account
from apps.integrations.models import Connection

_VERSION = re.compile(r"/v\d+(\.\d+)?$")
# The first that answers is taken; what the others said is then of no interest.
PASSES_ON = (AuthFailed, ConfigInvalid, Rejected, Transient)
WRONG_ADDRESS = _("At this address there is no such service, or it speaks another API than was chosen.")


def versioned(base_url: str, version: str) -> str:
    """With exactly one version at its end: the address may have come with it."""
    return base_url if _VERSION.search(base_url) else f"{base_url}/{version}"


def unversioned(base_url: str) -> str:
    return _VERSION.sub("", base_url)


def shape_of(connection: Connection, api: str) -> Shape:
    """What was chosen; else what the last successful check found; the customer's shape until one has run."""
    return Shape(connection.api_shape or Shape.SPEC) if api == "auto" else Shape(api)


def first_that_answers(checks: Mapping[Shape, Callable[[], Account]]) -> Account:
    """Raises what the first of them said, where none answers. A limit or a pause is everybody's."""
    first: OutsideError | None = None
    for check in checks.values():
        try:
            return check()
        except PASSES_ON as error:
            first = first or error
    raise first or wrong_address()


def wrong_address() -> ConfigInvalid:
    return ConfigInvalid(WRONG_ADDRESS, code="wrong_address", field="base_url")


def gone(answer: Answer) -> OutsideError | None:
    """Of one order: 404 and 410 in the service's own words; a web server's page says nothing of an order."""
    if answer.status in (404, 410):
        return OrderGone() if isinstance(answer.json, dict) else wrong_address()
    return None


def as_object(answer: Answer, *, repeatable: bool = True) -> dict[str, Any]:
    """A success in another shape may be anything; where something was asked for, it may have happened."""
    if isinstance(answer.json, dict):
        return answer.json
    raise wrong_address() if repeatable else OutcomeUnknown(code="not_the_service")


def word(value: Any, *, limit: int = 60) -> str:
    """Ids and names, whichever way they are written; nothing for what is neither."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return ""
    return clean_name(str(value), limit=limit)


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
