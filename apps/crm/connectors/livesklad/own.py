"""LiveSklad's own API: a token for minutes, one body without repairs, statuses with their kinds, changes.

https://developer.livesklad.com/api/order. Fields that it has no place for go into the order's notes as text.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from apps.core.errors import AuthFailed, OutcomeUnknown, OutsideError, RateLimited
from apps.core.http import Answer
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
from apps.crm.connectors.livesklad.spec import PAUSE_SECONDS, Config
from apps.crm.contract import Changes, NotSearchable, Order, OrderField, OrderItem, OrderStatus, RemoteOrder
from apps.integrations import pacing
from apps.integrations.contract import Account
from apps.integrations.opening import Opened
from apps.integrations.tokens import Token, access_token, forget_token

FIELDS = (
    OrderField(name="client.name", title=_("Client's name"), source="client.name", required=True),
    OrderField(name="client.phone", title=_("Client's phone"), source="client.phone"),
    OrderField(name="client.email", title=_("Client's e-mail"), source="client.email"),
    OrderField(name="device.type", title=_("Kind of device"), source="prefilled.device_type"),
    OrderField(name="device.brand", title=_("Brand"), source="device.brand"),
    OrderField(name="device.model", title=_("Model"), source="device.model", required=True),
    OrderField(name="device.imei", title=_("IMEI or serial number"), source="device.imei"),
    OrderField(name="device.color", title=_("Colour"), source="prefilled.color"),
    OrderField(name="device.condition", title=_("Condition"), source="prefilled.condition"),
    OrderField(name="notes", title=_("Notes"), source="appeal.kind"),
)
# What may be changed in an order that is there, by LiveSklad's own names.
CHANGEABLE: Mapping[str, str] = {
    "device.brand": "brand",
    "device.model": "model",
    "device.imei": "sn",
    "device.color": "color",
    "price": "approximatePrice",
}
# https://developer.livesklad.com/api/status
GROUPS: Mapping[str, OrderStatus] = {
    "new": OrderStatus.NEW,
    "inWork": OrderStatus.IN_PROGRESS,
    "wait": OrderStatus.WAITING,
    "finish": OrderStatus.READY,
    "closed": OrderStatus.COMPLETED,
}
MARGIN = timedelta(minutes=3)
LASTS = timedelta(minutes=15)
PAGE, PAGES = 50, 10
# The last of the budget is left to what is on its way at the same moment.
RESERVE = 5
# So much of what was seen already is looked at again: clocks differ.
OVERLAP = timedelta(minutes=2)


def render(config: Config, order: Order) -> dict[str, Any]:
    client, values = order.client, order.values
    return filled(
        name=client.name,
        phones=[client.phone] if client.phone else [],
        email=client.email,
        isBuyer=True,
        typeOrderId=config.order_type_id,
        typeDevice=values.get("device.type"),
        brand=values.get("device.brand"),
        model=values.get("device.model"),
        sn=values.get("device.imei"),
        color=values.get("device.color"),
        appearance=[found] if (found := values.get("device.condition")) else [],
        problem=[_problem(item) for item in order.items],
        approximatePrice=values.get("price"),
        orderNode=_notes(order),
    )


def _problem(item: OrderItem) -> str:
    return f"{item.title}: {item.description}" if item.description else item.title


def _notes(order: Order) -> str:
    """It takes no lines of repairs and parts when an order is made: here they are at least read."""
    lines = [order.values.get("notes", "")]
    for item in order.items:
        lines.append(f"— {item.title}" + (f": {item.price}" if item.price is not None else ""))
        for part in item.parts:
            price = f": {part.price}" if part.price is not None else ""
            lines.append(f"   {part.name} × {part.quantity}{price}")
    return "\n".join([*filter(None, lines), order.key])


def parse(found: Any) -> RemoteOrder | None:
    if not isinstance(found, dict) or not (external_id := word(found.get("id"), limit=100)):
        return None
    status = found.get("status")
    named = word(status.get("name")) if isinstance(status, dict) else word(status)
    kind = found.get("typeStatus") or (status.get("type") if isinstance(status, dict) else "")
    fields = {ours: word(found[theirs], limit=200) for ours, theirs in CHANGEABLE.items() if theirs in found}
    return RemoteOrder(
        external_id=external_id,
        number=word(found.get("number")) or word(found.get("num")),
        status=named or word(kind),
        group=GROUPS.get(word(kind)),
        repair_status=named,
        updated_at=moment(found.get("lastAction")),
        fields=fields,
    )


@sensitive_variables()
def call(opened: Opened[Config], verb: str, path: str, *, repeatable: bool = True, **options: Any) -> Any:
    """Its `data`. A token that is refused is replaced, once."""
    token = access_token(opened, lambda: _sign_in(opened), margin=MARGIN)
    try:
        return _once(opened, token, verb, path, repeatable, options)
    except AuthFailed:
        forget_token(opened.connection, token)
    token = access_token(opened, lambda: _sign_in(opened), margin=MARGIN)
    return _once(opened, token, verb, path, repeatable, options)


@sensitive_variables()
def _once(
    opened: Opened[Config], token: str, verb: str, path: str, repeatable: bool, options: dict[str, Any]
) -> Any:
    headers = {"Authorization": token}  # without any word before it
    judge = options.pop("classify", None)

    def classify(answer: Answer) -> OutsideError | None:
        return limited(answer) or (judge(answer) if judge else None)

    with opened.http(unversioned(opened.config.base_url), headers=headers, classify=classify) as http:
        answer = http.request(verb, path, idempotent=repeatable, **options)
    body = as_object(answer, repeatable=repeatable)
    _heed(opened, body.get("remainRequest"))
    return body.get("data", body)


@sensitive_variables()
def _sign_in(opened: Opened[Config]) -> Token:
    config = opened.config
    values = {"login": config.login, "password": config.password.get_secret_value()}
    with opened.http(unversioned(config.base_url), classify=limited, timeout=(3.0, 6.0)) as http:
        body = as_object(http.post("auth", json=values, idempotent=True, deadline=9.0))
    _heed(opened, body.get("remainRequest"))
    token, seconds = body.get("token"), body.get("ttl")
    if not isinstance(token, str) or not token:
        raise wrong_address()
    known = isinstance(seconds, int) and not isinstance(seconds, bool) and 0 < seconds < 10**7
    lasts = timedelta(seconds=seconds) if known and seconds else LASTS
    return Token(value=token, expires_at=timezone.now() + lasts)


def limited(answer: Answer) -> OutsideError | None:
    """It also says in a body that the limit is reached, whatever the status is."""
    error = answer.json.get("error") if isinstance(answer.json, dict) else None
    if isinstance(error, dict) and error.get("statusCode") == 429 and "Retry-After" not in answer.headers:
        return RateLimited(after=timedelta(seconds=PAUSE_SECONDS))
    return None


def _heed(opened: Opened[Config], left: Any) -> None:
    """Its own count of what it still takes: the connection pauses before it refuses."""
    if isinstance(left, int) and not isinstance(left, bool) and left <= RESERVE:
        pacing.pause(opened.connection, timedelta(seconds=PAUSE_SECONDS))


def check(opened: Opened[Config]) -> Account:
    shops = call(opened, "GET", "shops")
    rows = [shop for shop in shops if isinstance(shop, dict)] if isinstance(shops, list) else []
    if not rows:
        raise wrong_address()
    named = {word(shop.get("id"), limit=100): word(shop.get("name"), limit=100) for shop in rows}
    wanted = opened.config.shop_id
    warnings = () if wanted in named else (_("LiveSklad has no workshop with this id. Check shop_id."),)
    return Account(name=named.get(wanted) or f"LiveSklad {wanted}", warnings=warnings, api_shape="vendor")


def find(opened: Opened[Config], order: Order, *, since: datetime, may_exist: bool) -> RemoteOrder | None:
    """Among what has changed since it was begun; before a first try nothing of ours can be there."""
    if not may_exist:
        return None
    cursor: Mapping[str, Any] = {}
    for _page in range(PAGES):
        rows, cursor, is_all = _list(opened, cursor, since=since)
        for row in rows:
            if order.key in str(row.get("orderNode", "")) and (found := parse(row)):
                return found
        if is_all:
            return None
    raise NotSearchable


def create(opened: Opened[Config], order: Order) -> RemoteOrder:
    path = f"shops/{piece(opened.config.shop_id)}/orders"
    body = render(opened.config, order)
    made = parse(call(opened, "POST", path, repeatable=False, json=body))
    if made is None:
        raise OutcomeUnknown(code="no_order_id")
    return made


def read(opened: Opened[Config], external_id: str) -> RemoteOrder:
    found = parse(call(opened, "GET", f"orders/{piece(external_id)}", classify=gone))
    if found is None:
        raise wrong_address()
    return found


def update(opened: Opened[Config], external_id: str, values: Mapping[str, str]) -> None:
    body = {CHANGEABLE[name]: value for name, value in values.items() if name in CHANGEABLE}
    call(opened, "PATCH", f"orders/{piece(external_id)}", classify=gone, json=body)


def changes(opened: Opened[Config], cursor: Mapping[str, Any], *, since: datetime) -> Changes:
    """By page within one moment: a thousand orders of the same second come to an end as well."""
    rows, after, is_all = _list(opened, cursor, since=since)
    orders = [found for row in rows if (found := parse(row))]
    return Changes(orders=orders, cursor=after, is_all=is_all)


def _list(
    opened: Opened[Config], cursor: Mapping[str, Any], *, since: datetime
) -> tuple[list[dict[str, Any]], dict[str, Any], bool]:
    """A page, and the cursor of what follows: {"from": ms, "page": n, "newest": ms}."""
    start = int(cursor.get("from") or since.timestamp() * 1000)
    page, newest = int(cursor.get("page") or 1), int(cursor.get("newest") or start)
    query = {"page": page, "pageSize": PAGE, "lastActionFrom": start}
    found = call(opened, "GET", "company/orders", params=query)
    if not isinstance(found, list):
        raise wrong_address()
    rows = [row for row in found if isinstance(row, dict)]
    moments = [at for row in rows if (at := moment(row.get("lastAction")))]
    newest = max([newest, *(int(at.timestamp() * 1000) for at in moments)])
    if len(found) >= PAGE:
        return rows, {"from": start, "page": page + 1, "newest": newest}, False
    behind = newest - int(OVERLAP.total_seconds() * 1000)
    return rows, {"from": max(start, behind), "page": 1, "newest": newest}, True
