"""RemOnline as the customer's document has it, and RO App's own API (v2). Strict. https://roapp.readme.io/"""

from typing import Any

from tests.peers.server import Peer, Received, Reply

KEY, COMPANY, TYPE = "remonline_api_key_xxx", "67890", "11"
CREATE, READ = "POST /v1/orders", "GET /v1/orders/{order}"
_WORK = {"name", "price", "quantity"}


def _unauthorised() -> Reply:
    return Reply(status=401, json={"success": False, "message": f"{KEY} is wrong", "code": 401})


class RemOnlinePeer(Peer):
    """The document's shape; a search it has not."""

    def __init__(self) -> None:
        super().__init__()
        self.orders: dict[str, dict[str, Any]] = {}
        self.route(CREATE, self._checked(self._create))
        self.route(READ, self._checked(self._read))

    def _checked(self, handler: Any) -> Any:
        def check(request: Received) -> Reply:
            if request.headers["Authorization"] != f"Bearer {KEY}":
                return _unauthorised()
            reply: Reply = handler(request)
            return reply

        return check

    def _create(self, request: Received) -> Reply:
        body = request.json
        self.expect(request.headers["Content-Type"] == "application/json", "JSON is not called JSON")
        expected = {"company_id", "client", "device", "works", "status"}
        self.expect(body.keys() == expected, f"an order has {body.keys()}")
        self.expect(body["company_id"] == COMPANY, f"of the company {body['company_id']!r}")
        self.expect(body["client"].keys() <= {"name", "phone"}, f"client {body['client']}")
        self.expect(body["device"].keys() <= {"type", "brand", "model"}, f"device {body['device']}")
        self.expect(body["status"] == "new", f"status {body['status']!r}")
        for work in body["works"]:
            self.expect(work.keys() <= _WORK and work["quantity"] >= 1, f"work {work}")
        number = 12345 + len(self.orders)
        order_id = f"RO-{67890 + len(self.orders)}"
        self.orders[order_id] = {**body, "now": "new", "number": str(number)}
        answer = {"success": True, "order_id": order_id, "order_number": str(number)}
        return Reply(json=answer | {"created_at": "2025-11-23T10:30:00Z"})

    def _read(self, request: Received) -> Reply:
        found = self.orders.get(request.params["order"])
        if found is None:
            return Reply(status=404, json={"success": False, "error": "no such order"})
        told = {"order_id": request.params["order"], "status": found["now"]}
        return Reply(json=told | {"order_number": found["number"]})

    def accept_and_hang(self) -> None:
        usual = self._routes[CREATE]

        def once(request: Received) -> Reply:
            assert usual is not None
            self.route(CREATE, usual)
            usual(request)
            return Reply(close=True)

        self.route(CREATE, once)


PEOPLE, MAKE_PERSON = "GET /v2/contacts/people", "POST /v2/contacts/people"
OWN_CREATE, OWN_LIST = "POST /v2/orders", "GET /v2/orders"
OWN_READ, OWN_CHANGE = "GET /v2/orders/{order}", "PATCH /v2/orders/{order}"
ITEMS, ADD_ITEM = "GET /v2/orders/{order}/items", "POST /v2/orders/{order}/items"
_ORDER = {"branch_id", "order_type_id", "client_id", "malfunction", "manager_notes", "estimated_price"}
_NEEDED = {"branch_id", "order_type_id", "client_id"}


class ROAppPeer(Peer):
    """RO App's own: `people`, `orders` and `items` as they are there. `refuse` scripts the next answers."""

    def __init__(self) -> None:
        super().__init__()
        self.people: list[dict[str, Any]] = []
        self.orders: dict[int, dict[str, Any]] = {}
        self.items: dict[int, list[dict[str, Any]]] = {}
        self.route("GET /v2/company", self._checked(lambda _request: Reply(json={"id": 1, "name": "Сервис"})))
        for route, handler in (
            (PEOPLE, self._find),
            (MAKE_PERSON, self._make),
            (OWN_CREATE, self._create),
            (OWN_LIST, self._list),
            (OWN_READ, self._read),
            (OWN_CHANGE, self._change),
            (ITEMS, self._items),
            (ADD_ITEM, self._add),
        ):
            self.route(route, self._checked(handler))

    def _checked(self, handler: Any) -> Any:
        def check(request: Received) -> Reply:
            if request.headers["Authorization"] != f"Bearer {KEY}":
                return _unauthorised()
            reply: Reply = handler(request)
            return reply

        return check

    def _find(self, request: Received) -> Reply:
        self.expect(request.query.keys() == {"phones[]"}, f"people by {request.query.keys()}")
        (phone,) = request.query["phones[]"]
        rows = [one for one in self.people if phone in one.get("phones", [])]
        return Reply(json={"data": rows, "paging": {"total_pages": 1, "count": len(rows)}})

    def _make(self, request: Received) -> Reply:
        body = request.json
        self.expect(body.keys() <= {"first_name", "last_name", "email", "phones"}, f"a person has {body}")
        self.expect(body.get("first_name"), "a person without a name")
        self.people.append({**body, "id": 500 + len(self.people)})
        return Reply(json={"id": self.people[-1]["id"]})

    def _create(self, request: Received) -> Reply:
        body = request.json
        self.expect(body.keys() <= _ORDER, f"an order has {body.keys() - _ORDER}")
        missing = [name for name in _NEEDED if not isinstance(body.get(name), int)]
        if missing:
            return Reply(status=422, json={"message": f"{missing} are required"})
        number = 9000 + len(self.orders)
        self.orders[number] = {
            **body,
            "id": number,
            "id_label": f"A{number}",
            "status": {"id": 1, "name": "Новый", "color": "#fff", "group": {"type": 1, "name": "new"}},
            "modified_at": "2025-11-23T10:30:00Z",
        }
        self.items[number] = []
        return Reply(json={"data": {"id": number, "id_label": f"A{number}"}})

    def move(self, number: int, name: str, group: int, **fields: Any) -> None:
        status = {"id": group, "name": name, "color": "#000", "group": {"type": group, "name": ""}}
        self.orders[number] |= {"status": status, "modified_at": "2025-11-24T10:30:00Z", **fields}

    def _list(self, request: Received) -> Reply:
        self.expect(request.query.keys() <= {"client_ids[]", "page"}, f"orders by {request.query.keys()}")
        wanted = request.query.get("client_ids[]")
        rows = [one for one in self.orders.values() if not wanted or str(one["client_id"]) in wanted]
        return Reply(json={"data": rows, "paging": {"total_pages": 1, "count": len(rows)}})

    def _read(self, request: Received) -> Reply:
        found = self.orders.get(int(request.params["order"]))
        return Reply(json=found) if found else Reply(status=404, json={"message": "no such order"})

    def _change(self, request: Received) -> Reply:
        body = request.json
        self.expect(body and body.keys() <= {"malfunction", "estimated_price"}, f"changes {body.keys()}")
        self.orders[int(request.params["order"])] |= body
        return Reply(json={"data": {"id": int(request.params["order"])}})

    def _items(self, request: Received) -> Reply:
        found = self.items.get(int(request.params["order"]))
        return Reply(json={"data": found}) if found is not None else Reply(status=404, json={"message": "no"})

    def _add(self, request: Received) -> Reply:
        body = request.json
        self.expect(body.keys() <= {"type", "name", "quantity", "price", "comment"}, f"an item has {body}")
        self.expect(body["type"] in ("service", "product"), f"an item of {body['type']!r}")
        self.items[int(request.params["order"])].append(body)
        return Reply(json={"data": {"id": len(self.items)}})

    def accept_and_hang(self, route: str) -> None:
        usual = self._routes[route]

        def once(request: Received) -> Reply:
            assert usual is not None
            self.route(route, usual)
            usual(request)
            return Reply(close=True)

        self.route(route, once)
