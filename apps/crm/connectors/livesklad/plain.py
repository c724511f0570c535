"""LiveSklad as the customer's document has it: an API key, orders with their repairs and parts in one body.

The document knows no search. The order's word of ours is in its notes; a server that finds by
`GET /orders?external_id=…` is asked, and one that does not is not taken to have answered.
"""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from apps.core.errors import ConfigInvalid, OutcomeUnknown, OutsideError, Rejected
from apps.core.http import Answer, Http
from apps.crm.connectors._shared import (
    PLAIN_GROUPS,
    amount,
    as_object,
    filled,
    gone,
    moment,
    piece,
    versioned,
    word,
    wrong_address,
)
from apps.crm.connectors.livesklad.spec import Config
from apps.crm.contract import NotSearchable, Order, OrderField, OrderItem, RemoteOrder
from apps.integrations.contract import Account
from apps.integrations.opening import Opened

FIELDS = (
    OrderField(name="client.name", title=_("Client's name"), source="client.name", required=True),
    OrderField(name="client.phone", title=_("Client's phone"), source="client.phone"),
    OrderField(name="client.email", title=_("Client's e-mail"), source="client.email"),
    OrderField(name="device.brand", title=_("Brand"), source="device.brand"),
    OrderField(name="device.model", title=_("Model"), source="device.model", required=True),
    OrderField(name="device.imei", title=_("IMEI or serial number"), source="device.imei"),
    OrderField(name="device.color", title=_("Colour"), source="prefilled.color"),
    OrderField(name="device.condition", title=_("Condition"), source="prefilled.condition"),
    OrderField(name="notes", title=_("Notes"), fallback="Клиент согласился на ремонт"),
)


def render(config: Config, order: Order) -> dict[str, Any]:
    client = order.client
    return {
        "shop_id": config.shop_id,
        "client": filled(name=client.name, phone=client.phone, email=client.email),
        "device": order.device("brand", "model", "imei", "color", "condition"),
        "repairs": [_repair(item) for item in order.items],
        "status": "new",
        "notes": order.notes,
    }


def _repair(item: OrderItem) -> dict[str, Any]:
    parts = [filled(name=part.name, quantity=part.quantity, price=amount(part.price)) for part in item.parts]
    found = filled(repair_type=item.title, description=item.description, price=amount(item.price))
    return found | {"parts": parts}


def parse(body: Any) -> RemoteOrder | None:
    """None for what is no order."""
    if not isinstance(body, dict) or not (found := word(body.get("order_id"), limit=100)):
        return None
    status = word(body.get("status"))
    return RemoteOrder(
        external_id=found,
        number=word(body.get("order_number")) or found,
        status=status,
        group=PLAIN_GROUPS.get(status),
        repair_status=word(body.get("repair_status")),
        updated_at=moment(body.get("updated_at") or body.get("created_at")),
    )


@sensitive_variables()
def door(opened: Opened[Config]) -> Http:
    config = opened.config
    key = config.api_key.get_secret_value()
    if not key:
        raise ConfigInvalid(_("Enter the API key, or a login and a password."), field="api_key")
    headers = {config.auth_header: f"{config.auth_scheme} {key}".strip()}
    return opened.http(versioned(config.base_url, config.api_version), headers=headers)


def check(opened: Opened[Config]) -> Account:
    """There is no order 0: the key is what is asked about."""
    with door(opened) as http:
        answer = http.get("orders/0", classify=_no_such_order, accept=(404,))
    body = as_object(answer)
    if answer.status == 200 and parse(body) is None:
        raise wrong_address()
    return Account(name=f"LiveSklad {opened.config.shop_id}", api_shape="spec")


def _no_such_order(answer: Answer) -> OutsideError | None:
    """The service's own 404. Its other API, asked for an address that it does not have, says so by number."""
    if answer.status != 404 or not isinstance(answer.json, dict):
        return wrong_address() if answer.status in (404, 405, 410) else None
    error = answer.json.get("error")
    return wrong_address() if isinstance(error, dict) and "statusCode" in error else None


def find(opened: Opened[Config], order: Order, *, may_exist: bool) -> RemoteOrder | None:
    """Before a first try there is nothing to be found, and what the document does not have is not asked."""
    if not may_exist:
        return None
    with door(opened) as http:
        answer = http.get("orders", params={"external_id": order.key}, accept=(400, 404, 405, 422, 501))
    body = answer.json
    rows = body.get("orders", body.get("data")) if isinstance(body, dict) else body
    if answer.status != 200 or not isinstance(rows, list):
        raise NotSearchable
    ours = (row for row in rows if isinstance(row, dict) and order.key in str(row.get("notes", "")))
    return next((found for row in ours if (found := parse(row))), None)


def create(opened: Opened[Config], order: Order) -> RemoteOrder:
    with door(opened) as http:
        answer = http.post(
            "orders", json=render(opened.config, order), headers={"Idempotency-Key": order.key}
        )
    body = as_object(answer, repeatable=False)
    if body.get("success") is False:
        raise Rejected(_("The CRM did not take this order."), code="not_taken")
    made = parse(body)
    if made is None:
        raise OutcomeUnknown(code="no_order_id")
    return made


def read(opened: Opened[Config], external_id: str) -> RemoteOrder:
    with door(opened) as http:
        answer = http.get(f"orders/{piece(external_id)}", classify=gone)
    found = parse(as_object(answer))
    if found is None:
        raise wrong_address()
    return found
