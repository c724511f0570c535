"""RO App's own API (v2): a person, then their order, then its works, each in a request of its own.

https://roapp.readme.io/. After a lost answer each of the three is looked for before it is made again.
"""

from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from apps.core.errors import ConfigInvalid, OutcomeUnknown
from apps.core.http import Http
from apps.core.phones import normalise_phone
from apps.crm.connectors._shared import (
    as_object,
    filled,
    gone,
    moment,
    piece,
    unversioned,
    word,
    wrong_address,
)
from apps.crm.connectors.remonline.spec import OWN_URL, PLAIN_URL, Config
from apps.crm.contract import NotSearchable, Order, OrderField, OrderItem, OrderStatus, RemoteOrder
from apps.integrations.contract import Account
from apps.integrations.opening import Opened

FIELDS = (
    OrderField(name="client.name", title=_("Client's name"), source="client.name", required=True),
    OrderField(name="client.phone", title=_("Client's phone"), source="client.phone"),
    OrderField(name="client.email", title=_("Client's e-mail"), source="client.email"),
    OrderField(name="device.brand", title=_("Brand"), source="device.brand"),
    OrderField(name="device.model", title=_("Model"), source="device.model", required=True),
    OrderField(name="device.imei", title=_("IMEI or serial number"), source="device.imei"),
    OrderField(name="malfunction", title=_("Malfunction"), source="repairs"),
    OrderField(name="notes", title=_("Notes for managers"), source="appeal.kind"),
)
CHANGEABLE: Mapping[str, str] = {"malfunction": "malfunction", "price": "estimated_price"}
# https://roapp.readme.io/: the groups that statuses belong to.
GROUPS: Mapping[str, OrderStatus] = {
    "1": OrderStatus.NEW,
    "2": OrderStatus.IN_PROGRESS,
    "3": OrderStatus.WAITING,
    "4": OrderStatus.READY,
    "5": OrderStatus.READY,
    "6": OrderStatus.COMPLETED,
    "7": OrderStatus.CANCELLED,
}
PAGES = 5


def address(config: Config) -> str:
    return OWN_URL if config.base_url == PLAIN_URL else unversioned(config.base_url)


@sensitive_variables()
def door(opened: Opened[Config]) -> Http:
    config = opened.config
    headers = {"Authorization": f"Bearer {config.api_key.get_secret_value()}"}
    return opened.http(f"{address(config)}/v2", headers=headers)


def _told(body: dict[str, Any]) -> Any:
    """Some answers come in `data`, some bare."""
    return body.get("data", body)


def render(config: Config, order: Order, *, client_id: int | str = "") -> dict[str, Any]:
    device = " ".join(order.device("brand", "model").values())
    imei = order.values.get("device.imei", "")
    notes = "\n".join(filter(None, (device, f"IMEI {imei}" if imei else "", order.notes)))
    return filled(
        branch_id=_number(config.company_id),
        order_type_id=_number(config.order_type_id),
        client_id=client_id,
        malfunction=order.values.get("malfunction"),
        manager_notes=notes,
        estimated_price=order.values.get("price"),
    )


def _number(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdecimal() else text


def person(order: Order) -> dict[str, Any]:
    client = order.client
    first, _space, last = client.name.partition(" ")
    return filled(
        first_name=first,
        last_name=last.strip(),
        email=client.email,
        phones=[client.phone] if client.phone else [],
    )


def lines(order: Order) -> list[dict[str, Any]]:
    """Works and parts as items of the order."""
    found: list[dict[str, Any]] = []
    for item in order.items:
        found.append(_line("service", item.title, 1, item.price, comment=_comment(item)))
        found += [_line("product", part.name, part.quantity, part.price) for part in item.parts]
    return found


def _comment(item: OrderItem) -> str:
    return item.description if item.description != item.name else ""


def _line(kind: str, name: str, quantity: int, price: Any, *, comment: str = "") -> dict[str, Any]:
    cost = f"{price:.2f}" if price is not None else "0.00"
    return {"type": kind, "name": name, "quantity": quantity, "price": cost} | filled(comment=comment)


def parse(found: Any) -> RemoteOrder | None:
    if not isinstance(found, dict) or not (external_id := word(found.get("id"), limit=100)):
        return None
    status = found.get("status")
    named = word(status.get("name")) if isinstance(status, dict) else word(status)
    group = status.get("group") if isinstance(status, dict) else None
    kind = word(group.get("type") if isinstance(group, dict) else group)
    fields = {ours: word(found[theirs], limit=500) for ours, theirs in CHANGEABLE.items() if theirs in found}
    return RemoteOrder(
        external_id=external_id,
        number=word(found.get("id_label")) or word(found.get("number")) or external_id,
        status=named,
        group=GROUPS.get(kind),
        repair_status=named,
        updated_at=moment(found.get("modified_at")),
        fields=fields,
    )


def check(opened: Opened[Config]) -> Account:
    with door(opened) as http:
        found = _told(as_object(http.get("company")))
    name = word(found.get("name"), limit=100) if isinstance(found, dict) else ""
    if not name:
        raise wrong_address()
    missing = () if opened.config.order_type_id else (_("RO App makes no order without order_type_id."),)
    return Account(name=name, warnings=missing, api_shape="vendor")


def find(opened: Opened[Config], order: Order, *, may_exist: bool) -> RemoteOrder | None:
    """Before a first try it is looked for while it is made: its client is asked for but once."""
    if not may_exist:
        return None
    with door(opened) as http:
        return _find_order(http, order, _find_person(http, order))


def _find_order(http: Http, order: Order, client_id: int | str) -> RemoteOrder | None:
    """Among the client's, where there is one. Raises NotSearchable where there are too many to look at."""
    query = {"client_ids[]": client_id} if client_id else {}
    for page in range(1, PAGES + 1):
        body = as_object(http.get("orders", params={**query, "page": page}))
        rows = body.get("data")
        if not isinstance(rows, list):
            raise wrong_address()
        for row in rows:
            if isinstance(row, dict) and order.key in str(row.get("manager_notes", "")):
                return parse(row)
        if not rows or page >= _pages(body):
            return None
    raise NotSearchable


def _pages(body: dict[str, Any]) -> int:
    paging = body.get("paging")
    total = paging.get("total_pages") if isinstance(paging, dict) else body.get("total_pages")
    return total if isinstance(total, int) and not isinstance(total, bool) else 1


def _find_person(http: Http, order: Order) -> int | str:
    """By phone alone: of two clients of one name none is to get the other's order."""
    phone = normalise_phone(order.client.phone)
    if not phone:
        return ""
    body = as_object(http.get("contacts/people", params={"phones[]": phone}))
    rows = body.get("data")
    for row in rows if isinstance(rows, list) else []:
        phones = row.get("phones") if isinstance(row, dict) else None
        if isinstance(phones, list) and phone in {_phone(one) for one in phones}:
            return _id(row)
    return ""


def _phone(one: Any) -> str:
    return normalise_phone(str(one.get("phone", "") if isinstance(one, dict) else one))


def _id(row: Any) -> int | str:
    found = row.get("id") if isinstance(row, dict) else None
    return found if isinstance(found, (int, str)) and not isinstance(found, bool) else ""


def create(opened: Opened[Config], order: Order) -> RemoteOrder:
    if not opened.config.order_type_id:
        said = _("RO App makes no order without order_type_id. Enter it in the settings of the connection.")
        raise ConfigInvalid(said, code="no_order_type", field="order_type_id")
    with door(opened) as http:
        if client_id := _find_person(http, order):
            with suppress(NotSearchable):
                if found := _find_order(http, order, client_id):
                    return found
        else:
            client_id = _make_person(http, order)
        body = render(opened.config, order, client_id=client_id)
        answer = as_object(http.post("orders", json=body), repeatable=False)
    made = parse(_told(answer))
    if made is None:
        raise OutcomeUnknown(code="no_order_id")
    return made


def _make_person(http: Http, order: Order) -> int | str:
    made = _id(_told(as_object(http.post("contacts/people", json=person(order)), repeatable=False)))
    if not made:
        raise OutcomeUnknown(code="no_client_id")
    return made


def add_items(opened: Opened[Config], external_id: str, order: Order) -> None:
    """Those that are not among its items yet, one by one: what was added before a loss is not added twice."""
    path = f"orders/{piece(external_id)}/items"
    with door(opened) as http:
        there = Counter(_same(row) for row in _items(as_object(http.get(path, classify=gone))))
        for line in lines(order):
            if there[_same(line)]:
                there[_same(line)] -= 1
            else:
                http.post(path, json=line)


def _items(body: dict[str, Any]) -> list[dict[str, Any]]:
    rows = body.get("data", body.get("items"))
    if not isinstance(rows, list):
        raise wrong_address()
    return [row for row in rows if isinstance(row, dict)]


def _same(row: Mapping[str, Any]) -> tuple[str, float, float]:
    return (word(row.get("name"), limit=200), _float(row.get("quantity")), _float(row.get("price")))


def _float(value: Any) -> float:
    try:
        return round(float(value), 2)
    except (TypeError, ValueError):
        return 0.0


def read(opened: Opened[Config], external_id: str) -> RemoteOrder:
    with door(opened) as http:
        found = parse(_told(as_object(http.get(f"orders/{piece(external_id)}", classify=gone))))
    if found is None:
        raise wrong_address()
    return found


def update(opened: Opened[Config], external_id: str, values: Mapping[str, str]) -> None:
    body = {CHANGEABLE[name]: value for name, value in values.items() if name in CHANGEABLE}
    with door(opened) as http:
        http.request("PATCH", f"orders/{piece(external_id)}", json=body, idempotent=True, classify=gone)
