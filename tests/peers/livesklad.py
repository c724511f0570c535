"""LiveSklad twice: as the customer's document has it, and its own API. Strict: what it would ignore is a
complaint. https://developer.livesklad.com/api/order
"""

import re
import time
from typing import Any

from tests.peers.server import Peer, Received, Reply

KEY, LOGIN, PASSWORD = "livesklad_api_key_xxx", "api-login", "made-up-password"
SHOP = "12345"
CREATE, READ = "POST /v1/orders", "GET /v1/orders/{order}"
SEARCH = "GET /v1/orders"
_CLIENT = {"name", "phone", "email"}
_DEVICE = {"brand", "model", "imei", "color", "condition"}
_REPAIR = {"repair_type", "description", "price", "parts"}
_PART = {"name", "quantity", "price"}


class LiveSkladPeer(Peer):
    """The document's shape. `orders` by id, as they were sent, with `status`, `repair_status` beside;
    `searches` is whether it finds by `external_id`, which the document does not have.
    """

    def __init__(self, *, searches: bool = False) -> None:
        super().__init__()
        self.orders: dict[str, dict[str, Any]] = {}
        self.searches = searches
        self.route(CREATE, self._checked(self._create))
        self.route(READ, self._checked(self._read))
        if searches:
            self.route(SEARCH, self._checked(self._search))

    def _checked(self, handler: Any) -> Any:
        def check(request: Received) -> Reply:
            if request.headers["Authorization"] != f"Bearer {KEY}":
                return Reply(status=401, json={"success": False, "error": f"{KEY} is wrong"})
            reply: Reply = handler(request)
            return reply

        return check

    def take(self, request: Received) -> str:
        """The order as it came, checked; its id."""
        body = request.json
        self.expect(request.headers["Content-Type"] == "application/json", "JSON is not called JSON")
        expected = {"shop_id", "client", "device", "repairs", "status", "notes"}
        self.expect(body.keys() == expected, f"an order has {body.keys()}")
        self.expect(body["shop_id"] == SHOP, f"for the workshop {body['shop_id']!r}")
        self.expect(body["client"].keys() <= _CLIENT and body["client"]["name"], f"client {body['client']}")
        self.expect(body["device"].keys() <= _DEVICE, f"device {body['device']}")
        self.expect(body["status"] == "new", f"status {body['status']!r}")
        for repair in body["repairs"]:
            self.expect(repair.keys() <= _REPAIR and "parts" in repair, f"repair {repair}")
            self.expect(isinstance(repair.get("price", 0), (int, float)), f"price {repair.get('price')!r}")
            for part in repair["parts"]:
                self.expect(part.keys() <= _PART, f"part {part}")
        order_id = f"LS-{12345 + len(self.orders)}"
        self.orders[order_id] = {**body, "now": ("new", ""), "at": "2025-11-23T10:30:00Z"}
        return order_id

    def _create(self, request: Received) -> Reply:
        order_id = self.take(request)
        answer = {"success": True, "order_id": order_id, "status": "created"}
        return Reply(json=answer | {"created_at": "2025-11-23T10:30:00Z"})

    def move(self, order_id: str, status: str, repair_status: str) -> None:
        self.orders[order_id] |= {"now": (status, repair_status), "at": "2025-11-23T14:00:00Z"}

    def _told(self, order_id: str) -> dict[str, Any]:
        status, repair = self.orders[order_id]["now"]
        told = {"order_id": order_id, "status": status, "updated_at": self.orders[order_id]["at"]}
        return told | ({"repair_status": repair} if repair else {})

    def _read(self, request: Received) -> Reply:
        order_id = request.params["order"]
        if order_id not in self.orders:
            return Reply(status=404, json={"success": False, "error": "no such order"})
        return Reply(json=self._told(order_id))

    def _search(self, request: Received) -> Reply:
        (key,) = request.query["external_id"]
        found = [
            {**self._told(one), "notes": order["notes"]}
            for one, order in self.orders.items()
            if key in order["notes"]
        ]
        return Reply(json={"orders": found})

    def accept_and_hang(self) -> None:
        """The next order is taken, and no answer ever comes."""
        self._instead(CREATE, Reply(close=True))

    def accept_and_answer_html(self) -> None:
        page = Reply(body="<html>502</html>", headers={"Content-Type": "text/html"})
        self._instead(CREATE, page)

    def _instead(self, route: str, reply: Reply) -> None:
        usual = self._routes[route]

        def once(request: Received) -> Reply:
            assert usual is not None
            self.route(route, usual)
            usual(request)
            return reply

        self.route(route, once)


AUTH, SHOPS = "POST /auth", "GET /shops"
OWN_CREATE, OWN_LIST = f"POST /shops/{SHOP}/orders", "GET /company/orders"
OWN_READ, OWN_CHANGE = "GET /orders/{order}", "PATCH /orders/{order}"
_OWN = {
    "name",
    "phones",
    "email",
    "isBuyer",
    "typeOrderId",
    "typeDevice",
    "brand",
    "model",
    "sn",
    "color",
    "appearance",
    "problem",
    "approximatePrice",
    "orderNode",
}
_OWN_CHANGED = {"brand", "model", "sn", "color", "approximatePrice"}
NEW = {"id": "s-new", "name": "Новый", "color": "#fff", "type": "new"}


class LiveSkladOwnPeer(Peer):
    """Its own API: a token for minutes and without any word before it, a budget told with every answer."""

    def __init__(self, *, budget: int = 100, page: int = 50) -> None:
        super().__init__()
        self.orders: dict[str, dict[str, Any]] = {}
        self.left, self.page = budget, page
        self.tokens: list[str] = []
        self.route(AUTH, self._sign_in)
        self.route(SHOPS, self._checked(lambda _request: self._data([{"id": SHOP, "name": "Мастерская"}])))
        self.route(OWN_CREATE, self._checked(self._create))
        self.route(OWN_READ, self._checked(self._read))
        self.route(OWN_CHANGE, self._checked(self._change))
        self.route(OWN_LIST, self._checked(self._list))

    def _sign_in(self, request: Received) -> Reply:
        self.expect(request.json.keys() == {"login", "password"}, f"signs in with {request.json.keys()}")
        self.expect("Authorization" not in request.headers, "a token is sent to get one")
        if request.json != {"login": LOGIN, "password": PASSWORD}:
            return Reply(status=401, json={"error": {"statusCode": 401, "name": "Unauthorized"}})
        self.tokens.append(f"token-{len(self.tokens) + 1}-of-livesklad")
        return Reply(json={"token": self.tokens[-1], "ttl": 900, "remainRequest": self.left})

    def _checked(self, handler: Any) -> Any:
        def check(request: Received) -> Reply:
            if not self.tokens or request.headers["Authorization"] != self.tokens[-1]:
                return Reply(status=401, json={"error": {"statusCode": 401, "name": "Unauthorized"}})
            self.left -= 1
            reply: Reply = handler(request)
            return reply

        return check

    def _data(self, data: Any) -> Reply:
        return Reply(json={"data": data, "remainRequest": self.left})

    def _create(self, request: Received) -> Reply:
        body = request.json
        self.expect(body.keys() <= _OWN, f"an order has {body.keys() - _OWN}")
        for name in ("phones", "appearance", "problem"):
            self.expect(isinstance(body.get(name, []), list), f"{name} is no list")
        self.expect(isinstance(body.get("approximatePrice", ""), str), "the price is no string")
        self.expect(body.get("name"), "an order of nobody")
        order_id = f"5e113e2c7110be18506{len(self.orders):05}"
        self.orders[order_id] = {
            **body,
            "id": order_id,
            "number": f"А-{len(self.orders) + 1}",
            "status": NEW,
            "typeStatus": "new",
            "lastAction": int(time.time() * 1000),
        }
        return self._data({"id": order_id})

    def move(self, order_id: str, name: str, kind: str, *, at: int | None = None, **fields: Any) -> None:
        self.orders[order_id] |= {
            "status": {"id": f"s-{kind}", "name": name, "color": "#000", "type": kind},
            "typeStatus": kind,
            "lastAction": at or int(time.time() * 1000),
            **fields,
        }

    def _read(self, request: Received) -> Reply:
        found = self.orders.get(request.params["order"])
        if found is None:
            return Reply(status=404, json={"error": {"statusCode": 404, "name": "NotFound"}})
        return self._data(found)

    def _change(self, request: Received) -> Reply:
        body = request.json
        self.expect(body and body.keys() <= _OWN_CHANGED, f"changes {body.keys()}")
        self.orders[request.params["order"]] |= {**body, "lastAction": int(time.time() * 1000)}
        return self._data({"id": request.params["order"]})

    def _list(self, request: Received) -> Reply:
        query = {name: values[0] for name, values in request.query.items()}
        self.expect(query.keys() == {"page", "pageSize", "lastActionFrom"}, f"lists with {query.keys()}")
        self.expect(int(query["pageSize"]) <= 50, "more than 50 of a page")
        self.expect(re.fullmatch(r"\d{13}", query["lastActionFrom"]), "no milliseconds")
        since, page = int(query["lastActionFrom"]), int(query["page"])
        rows = [one for one in self.orders.values() if one["lastAction"] >= since]
        rows.sort(key=lambda one: one["lastAction"])
        return self._data(rows[(page - 1) * 50 : page * 50])

    def accept_and_hang(self) -> None:
        usual = self._routes[OWN_CREATE]

        def once(request: Received) -> Reply:
            assert usual is not None
            self.route(OWN_CREATE, usual)
            usual(request)
            return Reply(close=True)

        self.route(OWN_CREATE, once)
