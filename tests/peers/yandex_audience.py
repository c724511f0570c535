"""Yandex Audience twice: as the customer's document has it, and its own API. Strict: what it would refuse
is a complaint. https://yandex.ru/dev/audience/ru/ref/openapi/segments/uploadCsvFile
"""

import csv
import re
from typing import Any

from tests.peers.server import Peer, Received, Reply

TOKEN = "y0_AgAAAA_made_up_token"
SEGMENTS = "GET /v1/management/segments"
CREATE, DATA = "POST /v1/management/segments", "POST /v1/management/segments/{segment}/data"
UPLOAD = "POST /v1/management/segments/upload_csv_file"
CONFIRM = "POST /v1/management/segment/{segment}/confirm"
MODIFY, DELETE = (
    "POST /v1/management/segment/{segment}/modify_data",
    "DELETE /v1/management/segment/{segment}",
)
_REFUSED = {
    "errors": [{"error_type": "invalid_token", "message": "refused"}],
    "code": 401,
    "message": "refused",
}


class YandexPeer(Peer):
    """The document's shape. `segments` by id, with the `rows` of the data that came last."""

    def __init__(self, *, lists: bool = True) -> None:
        super().__init__()
        self.token = TOKEN
        self.segments: dict[str, dict[str, Any]] = {}
        self.route(CREATE, self._checked(self._create))
        self.route(DATA, self._checked(self._data))
        if lists:
            self.route(SEGMENTS, self._checked(self._list))
        else:
            self.route(
                SEGMENTS, self._checked(lambda _request: Reply(status=404, json={"error": "no method"}))
            )

    def _checked(self, handler: Any) -> Any:
        def check(request: Received) -> Reply:
            if request.headers["Authorization"] != f"Bearer {self.token}":
                return Reply(status=401, json=_REFUSED)
            reply: Reply = handler(request)
            return reply

        return check

    def _create(self, request: Received) -> Reply:
        body = request.json
        self.expect(body.keys() == {"segment"}, f"creates {body.keys()}")
        segment = body["segment"]
        self.expect(segment.keys() == {"name", "segment_type", "hashed"}, f"a segment has {segment.keys()}")
        self.expect(segment["segment_type"] == "uploaded" and segment["hashed"] is False, f"{segment}")
        number = 12345678 + len(self.segments)
        self.segments[str(number)] = {"name": segment["name"], "rows": []}
        return Reply(json={"segment": {"id": number, "name": segment["name"], "status": "is_processed"}})

    def _data(self, request: Received) -> Reply:
        segment = self.segments.get(request.params["segment"])
        if segment is None:
            return Reply(status=404, json={"errors": [], "code": 404, "message": "no such segment"})
        self.expect(request.headers["Content-Type"] == "text/csv", "the data is not called CSV")
        head, *rows = csv.reader(request.body.decode().splitlines())
        self.expect(head == ["Email", "Phone"], f"the head is {head}")
        for email, phone in rows:
            self.expect(not phone or re.fullmatch(r"\d{8,15}", phone), f"the phone {phone!r}")
            self.expect(not email or "@" in email, f"the e-mail {email!r}")
        segment["rows"] = rows
        return Reply(json={"segment": {"id": int(request.params["segment"]), "status": "is_processed"}})

    def _list(self, _request: Received) -> Reply:
        rows = [{"id": int(one), "name": of["name"]} for one, of in self.segments.items()]
        return Reply(json={"segments": rows})


class YandexOwnPeer(Peer):
    """Its own API: a file, a confirmation, a while of processing. `people` of a segment are its lines now;
    a change is worked on for `looks` looks at the list.
    """

    def __init__(self, *, looks: int = 0, least: int = 100) -> None:
        super().__init__()
        self.token, self.looks, self.least = TOKEN, looks, least
        self.segments: dict[str, dict[str, Any]] = {}
        for route, handler in (
            (UPLOAD, self._upload),
            (CONFIRM, self._confirm),
            (MODIFY, self._modify),
            (DELETE, self._delete),
            (SEGMENTS, self._list),
        ):
            self.route(route, self._checked(handler))

    def _checked(self, handler: Any) -> Any:
        def check(request: Received) -> Reply:
            if request.headers["Authorization"] != f"OAuth {self.token}":
                return Reply(status=401, json=_REFUSED)
            reply: Reply = handler(request)
            return reply

        return check

    def _rows(self, request: Received) -> list[tuple[str, str]]:
        parts = request.multipart
        self.expect(parts.keys() == {"file"}, f"a file comes with {parts.keys()}")
        self.expect(parts["file"].filename, "the file has no name")
        head, *rows = csv.reader(parts["file"].content.decode().splitlines())
        self.expect(head == ["email", "phone"], f"the head is {head}")
        for row in rows:
            self.expect(any(row), "an empty line")
            for value in filter(None, row):
                self.expect(re.fullmatch(r"[0-9a-f]{64}", value), f"no SHA-256: {value!r}")
        return [(email, phone) for email, phone in rows]

    def _upload(self, request: Received) -> Reply:
        rows = self._rows(request)
        if len(rows) < self.least:
            return self._refuse(400, "few_data")
        number = 700 + len(self.segments)
        self.segments[str(number)] = {"status": "uploaded", "name": "", "people": set(rows), "looks": 0}
        return Reply(json={"segment": {"id": number, "status": "uploaded", "hashed": True}})

    def _confirm(self, request: Received) -> Reply:
        segment = self._segment(request)
        if segment is None or segment["status"] != "uploaded":
            return self._refuse(404 if segment is None else 400, "not_found")
        body = request.json["segment"]
        self.expect(
            body.keys() == {"id", "name", "hashed", "hashing_alg", "content_type"}, f"confirms {body.keys()}"
        )
        self.expect(str(body["id"]) == request.params["segment"], "another id")
        self.expect(body["hashed"] is True and body["hashing_alg"] == "SHA256", "not hashed")
        segment |= {"name": body["name"], "status": "is_processed", "looks": self.looks}
        return Reply(json={"segment": {**body, "status": "is_processed"}})

    def _modify(self, request: Received) -> Reply:
        segment = self._segment(request)
        if segment is None:
            return self._refuse(404, "not_found")
        self.expect(segment["status"] in ("processed", "few_data"), f"changed while {segment['status']}")
        rows, how = set(self._rows(request)), request.query["modification_type"][0]
        values = {(place, row[place]) for row in rows for place in (0, 1) if row[place]}
        if how == "addition":
            segment["people"] |= rows
        else:
            self.expect(how == "subtraction", f"modification_type {how}")
            left = (
                tuple("" if (place, value) in values else value for place, value in enumerate(row))
                for row in segment["people"]
            )
            segment["people"] = {row for row in left if any(row)}
        segment |= {"status": "is_updated", "looks": self.looks}
        return Reply(json={"segment": {"id": int(request.params["segment"]), "status": "is_updated"}})

    def _delete(self, request: Received) -> Reply:
        if self.segments.pop(request.params["segment"], None) is None:
            return self._refuse(404, "not_found")
        return Reply(json={"success": True})

    def _list(self, _request: Received) -> Reply:
        for segment in self.segments.values():
            if segment["status"] in ("is_processed", "is_updated"):
                segment["looks"] -= 1
                if segment["looks"] < 0:
                    segment["status"] = "processed"
        rows = [
            {"id": int(one), "name": of["name"], "status": of["status"]} for one, of in self.segments.items()
        ]
        return Reply(json={"segments": rows})

    def _segment(self, request: Received) -> dict[str, Any] | None:
        return self.segments.get(request.params["segment"])

    def _refuse(self, status: int, kind: str) -> Reply:
        told = {"errors": [{"error_type": kind, "message": kind}], "code": status, "message": kind}
        return Reply(status=status, json=told)
