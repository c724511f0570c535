"""VK Ads twice: as the customer's document has it, and its own API. Strict: what it would refuse is a
complaint. https://ads.vk.com/doc/api/resource/RemarketingUsersLists
"""

import re
from typing import Any

from tests.peers.server import Peer, Received, Reply

TOKEN, CLIENT, SECRET = "vk_ads_token_made_up", "vk-client", "vk-secret-made-up"
CREATE = "POST /api/v2/remarketing_users_lists.json"
USERS = "POST /api/v2/remarketing_users_lists/{list}/users.json"
LISTED, DELETE = (
    "GET /api/v2/remarketing_users_lists.json",
    "DELETE /api/v2/remarketing_users_lists/{list}.json",
)
_REFUSED = {"error": {"code": "invalid_token", "message": "refused"}}


class VKAdsPeer(Peer):
    """The document's shape. `lists` by id, with the `people` that were put in."""

    def __init__(self, *, deletes: bool = True) -> None:
        super().__init__()
        self.lists: dict[str, dict[str, Any]] = {}
        self.made = 0
        self.route(CREATE, self._checked(self._create))
        self.route(USERS, self._checked(self._users))
        self.route(LISTED, self._checked(self._list))
        delete = self._delete if deletes else lambda _request: Reply(status=405, json={"error": "no method"})
        self.route(DELETE, self._checked(delete))

    def _checked(self, handler: Any) -> Any:
        def check(request: Received) -> Reply:
            if request.headers["Authorization"] != f"Bearer {TOKEN}":
                return Reply(status=401, json=_REFUSED)
            reply: Reply = handler(request)
            return reply

        return check

    def _create(self, request: Received) -> Reply:
        body = request.json
        self.expect(body.keys() == {"name", "type"} and body["type"] == "user_list", f"creates {body}")
        self.made += 1
        self.lists[str(self.made)] = {"name": body["name"], "people": set()}
        return Reply(json={"id": self.made, **body})

    def _users(self, request: Received) -> Reply:
        found = self.lists.get(request.params["list"])
        if found is None:
            return Reply(status=404, json={"error": {"code": "not_found"}})
        self.expect(request.json.keys() == {"contacts"}, f"puts in {request.json.keys()}")
        for one in request.json["contacts"]:
            self.expect(one.keys() == {"type", "value"}, f"a contact has {one.keys()}")
            wanted = {"phone": r"\d{8,15}", "email": r"\S+@\S+"}[one["type"]]
            self.expect(re.fullmatch(wanted, one["value"]), f"{one}")
            found["people"].add(one["value"])
        return Reply(json={"success": True})

    def _list(self, _request: Received) -> Reply:
        return Reply(json={"items": [{"id": int(pk), "name": of["name"]} for pk, of in self.lists.items()]})

    def _delete(self, request: Received) -> Reply:
        if self.lists.pop(request.params["list"], None) is None:
            return Reply(status=404, json={"error": {"code": "not_found"}})
        return Reply(status=204)


AUTH, USER = "POST /api/v2/oauth2/token.json", "GET /api/v2/user.json"
UPLOAD, OWN_LISTED = "POST /api/v3/remarketing/users_lists.json", "GET /api/v3/remarketing/users_lists.json"
LOOK, OWN_DELETE = (
    "GET /api/v3/remarketing/users_lists/{list}.json",
    "DELETE /api/v3/remarketing/users_lists/{list}.json",
)
SEGMENT, SEGMENTS = "POST /api/v2/remarketing/segments.json", "GET /api/v2/remarketing/segments.json"
SEGMENT_DELETE = "DELETE /api/v2/remarketing/segments/{segment}.json"
RELATE = "POST /api/v2/remarketing/segments/{segment}/relations.json"
RELATIONS = "GET /api/v2/remarketing/segments/{segment}/relations.json"
UNRELATE = "DELETE /api/v2/remarketing/segments/{segment}/relations/{relation}.json"


class VKAdsOwnPeer(Peer):
    """Its own API. `lists` by id with their `lines`; `segments` by id with the ids of their lists. A file is
    worked on for `looks` looks at it.
    """

    def __init__(self, *, looks: int = 0) -> None:
        super().__init__()
        self.looks, self.made = looks, 100
        self.tokens: list[str] = []
        self.lists: dict[str, dict[str, Any]] = {}
        self.segments: dict[str, dict[str, Any]] = {}
        self.used = False
        self.route(AUTH, self._sign_in)
        for route, handler in (
            (USER, lambda _request: Reply(json={"id": 7, "username": "workshop"})),
            (UPLOAD, self._upload),
            (OWN_LISTED, lambda _request: self._items(self.lists)),
            (LOOK, self._look),
            (OWN_DELETE, self._delete_list),
            (SEGMENT, self._segment),
            (SEGMENTS, lambda _request: self._items(self.segments)),
            (SEGMENT_DELETE, self._delete_segment),
            (RELATE, self._relate),
            (RELATIONS, self._relations),
            (UNRELATE, self._unrelate),
        ):
            self.route(route, self._checked(handler))

    def _sign_in(self, request: Received) -> Reply:
        form = {name: values[0] for name, values in request.form.items()}
        if (form["client_id"], form["client_secret"]) != (CLIENT, SECRET):
            return Reply(status=401, json={"error": "invalid_client"})
        if form["grant_type"] == "refresh_token":
            self.expect(form["refresh_token"] == f"refresh-{len(self.tokens)}", "an old refresh token")
        else:
            self.expect(form["grant_type"] == "client_credentials", f"grant {form['grant_type']}")
        if len(self.tokens) >= 5:
            return Reply(status=403, json={"error": "token_limit_exceeded"})
        self.tokens.append(f"vk-token-number-{len(self.tokens) + 1}")
        renewed = f"refresh-{len(self.tokens)}"
        return Reply(
            json={
                "access_token": self.tokens[-1],
                "token_type": "bearer",
                "expires_in": 86400,
                "refresh_token": renewed,
            }
        )

    def _checked(self, handler: Any) -> Any:
        def check(request: Received) -> Reply:
            if not self.tokens or request.headers["Authorization"] != f"Bearer {self.tokens[-1]}":
                return Reply(status=401, json={"error": {"code": "expired_token"}})
            reply: Reply = handler(request)
            return reply

        return check

    def _upload(self, request: Received) -> Reply:
        parts = {name: part.content.decode() for name, part in request.multipart.items()}
        self.expect(parts.keys() - {"base"} == {"file", "name", "type"}, f"uploads {parts.keys()}")
        self.expect(parts["type"] in ("phones", "emails"), f"type {parts['type']}")
        lines = parts["file"].split()
        for line in lines:
            self.expect(re.fullmatch(r"[0-9a-f]{32}", line), f"no MD5: {line!r}")
        base = parts.get("base", "")
        if len(lines) < (25 if base else 2000):
            return Reply(
                status=400,
                json={"error": {"code": "validation_failed", "fields": {"file": "not_enough_ids"}}},
            )
        if base:
            changed = self.lists[base.removeprefix("-")]["lines"]
            changed.difference_update(lines) if base.startswith("-") else changed.update(lines)
        self.made += 1
        kept = {"name": parts["name"], "base": base, "lines": set(lines), "looks": self.looks}
        self.lists[str(self.made)] = kept
        return Reply(status=201, json={"id": self.made, "status": "receiving"})

    def _items(self, of: dict[str, dict[str, Any]]) -> Reply:
        rows = [{"id": int(pk), "name": one["name"], "base": one.get("base", "")} for pk, one in of.items()]
        return Reply(json={"items": rows})

    def _look(self, request: Received) -> Reply:
        found = self.lists.get(request.params["list"])
        if found is None:
            return Reply(status=404, json={"error": {"code": "not_found"}})
        found["looks"] -= 1
        return Reply(json={"id": 1, "status": "ready" if found["looks"] < 0 else "mapping"})

    def _delete_list(self, request: Received) -> Reply:
        pk = request.params["list"]
        if any(pk in one["lists"] for one in self.segments.values()):
            return Reply(status=409, json={"error": {"code": "in_use"}})
        return Reply(status=204 if self.lists.pop(pk, None) else 404, json={})

    def _segment(self, request: Received) -> Reply:
        body = request.json
        self.expect(body.keys() == {"name", "pass_condition", "relations"}, f"a segment has {body.keys()}")
        self.expect(body["pass_condition"] == 1, "not one of the lists")
        self.made += 1
        self.segments[str(self.made)] = {"name": body["name"], "lists": []}
        self._take(str(self.made), body["relations"])
        return Reply(status=201, json={"id": self.made})

    def _take(self, segment: str, relations: list[dict[str, Any]]) -> None:
        for one in relations:
            self.expect(one["object_type"] == "remarketing_users_list", f"{one}")
            self.expect(one["params"]["type"] == "positive", f"{one}")
            pk = str(one["params"]["source_id"])
            self.expect(pk in self.lists and not self.lists[pk]["base"], f"no list {pk}")
            self.expect(pk not in self.segments[segment]["lists"], f"the list {pk} is in it already")
            self.segments[segment]["lists"].append(pk)

    def _relate(self, request: Received) -> Reply:
        self._take(request.params["segment"], request.json["items"])
        return Reply(json={"items": []})

    def _relations(self, request: Received) -> Reply:
        rows = [
            {"id": int(pk) + 5000, "object_type": "remarketing_users_list", "params": {"source_id": int(pk)}}
            for pk in self.segments[request.params["segment"]]["lists"]
        ]
        return Reply(json={"items": rows})

    def _unrelate(self, request: Received) -> Reply:
        self.segments[request.params["segment"]]["lists"].remove(str(int(request.params["relation"]) - 5000))
        return Reply(status=204)

    def _delete_segment(self, request: Received) -> Reply:
        if self.used:
            return Reply(status=409, json={"error": {"code": "in_use"}})
        return Reply(status=204 if self.segments.pop(request.params["segment"], None) else 404, json={})

    def people(self) -> int:
        [segment] = self.segments.values()
        return sum(len(self.lists[pk]["lines"]) for pk in segment["lists"])
