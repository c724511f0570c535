"""RemOnline as the customer's document has it: one body with its works, a key in the header.

The document has neither notes nor a search. Our word for the order goes in Idempotency-Key; a server that
finds by `GET /orders?external_id=…` is asked, and one that does not is not taken to have answered.
"""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from apps.core.errors import OutcomeUnknown, OutsideError, Rejected
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
from apps.crm.connectors.remonline.spec import Config
from apps.crm.contract import NotSearchable, Order, OrderField, RemoteOrder
from apps.integrations.contract import Account
from apps.integrations.opening import Opened

FIELDS = (
    OrderField(name="client.name", title=_("Client's name"), source="client.name", required=True),
    OrderField(name="client.phone", title=_("Client's phone"), source="client.phone"),
    OrderField(
        name="device.type", title=_("Kind of device"), source="prefilled.device_type", fallback="smartphone"
    ),
    OrderField(name="device.brand", title=_("Brand"), source="device.brand"),
    OrderField(name="device.model", title=_("Model"), source="device.model", required=True),
)


def render(config: Config, order: Order) -> dict[str, Any]:
    client = order.client
    works: list[dict[str, Any]] = []
    for item in order.items:
        works.append(filled(name=item.title, price=amount(item.price), quantity=1))
        works += [
            filled(name=part.name, price=amount(part.price), quantity=part.quantity) for part in item.parts
        ]
    return {
        "company_id": config.company_id,
        "client": filled(name=client.name, phone=client.phone),
        "device": order.device("type", "brand", "model"),
        "works": works,
        "status": "new",
    }


def parse(body: Any) -> RemoteOrder | None:
    """None for what is no order."""
    if not isinstance(body, dict) or not (found := word(body.get("order_id"), limit=100)):
        return None
    status = word(body.get("status"))
    return RemoteOrder(
        external_id=found,
        number=word(body.get("order_number")),
        status=status,
        group=PLAIN_GROUPS.get(status),
        repair_status=word(body.get("repair_status")),
        updated_at=moment(body.get("updated_at") or body.get("created_at")),
    )


@sensitive_variables()
def door(opened: Opened[Config]) -> Http:
    config = opened.config
    headers = {"Authorization": f"Bearer {config.api_key.get_secret_value()}"}
    return opened.http(versioned(config.base_url, config.api_version), headers=headers)


def check(opened: Opened[Config]) -> Account:
    """There is no order 0: the key is what is asked about."""
    with door(opened) as http:
        answer = http.get("orders/0", classify=_no_such_order, accept=(404,))
    if answer.status == 200 and parse(as_object(answer)) is None:
        raise wrong_address()
    return Account(name=f"RemOnline {opened.config.company_id}", api_shape="spec")


def _no_such_order(answer: Answer) -> OutsideError | None:
    known = answer.status == 404 and isinstance(answer.json, dict)
    return wrong_address() if answer.status in (404, 405, 410) and not known else None


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
    # One that knows no such filter would list whatever it has.
    ours = (row for row in rows if isinstance(row, dict) and row.get("external_id") == order.key)
    if rows and (row := next(ours, None)) is None:
        raise NotSearchable
    return parse(row) if rows else None


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
