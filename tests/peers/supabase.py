"""Supabase Storage by its own API, as strict as the real one: https://github.com/supabase/storage.

Refusals come as HTTP 400 with the real status in the body. `public` is what the bucket is.
"""

import re
from typing import Any

from tests.peers.server import Peer, Received, Reply

KEY = "sb_secret_of-the-service-role"
BUCKET = "media"
_ROOT = "/storage/v1"
LIST, SIGN = f"POST {_ROOT}/object/list/{{bucket}}", f"POST {_ROOT}/object/sign/{{bucket}}/{{+key}}"
PUT, READ = (
    f"POST {_ROOT}/object/{{bucket}}/{{+key}}",
    f"GET {_ROOT}/object/authenticated/{{bucket}}/{{+key}}",
)
DELETE, LOOK = f"DELETE {_ROOT}/object/{{bucket}}/{{+key}}", f"GET {_ROOT}/bucket/{{bucket}}"
# src/storage/limits.ts
VALID = re.compile(r"(\w|/|!|-|\.|\*|'|\(|\)| |&|\$|@|=|;|:|\+|,|\?)+", re.ASCII)


def refusal(status: int, error: str, message: str) -> Reply:
    body = {"statusCode": str(status), "error": error, "message": message}
    return Reply(status=500 if status == 500 else 400, json=body)


class SupabasePeer(Peer):
    def __init__(self) -> None:
        super().__init__()
        self.files: dict[str, tuple[bytes, str]] = {}
        self.public, self.limit = False, 50 * 1024 * 1024
        self.route(LIST, self._checked(self._list))
        self.route(SIGN, self._checked(self._sign))
        self.route(PUT, self._checked(self._put))
        self.route(READ, self._checked(self._read))
        self.route(DELETE, self._checked(self._delete))
        self.route(LOOK, self._checked(lambda _request: Reply(json={"id": BUCKET, "public": self.public})))

    @property
    def address(self) -> str:
        return f"supabase+http://{KEY}@127.0.0.1:{self.port}/{BUCKET}"

    def _checked(self, handler: Any) -> Any:
        def check(request: Received) -> Reply:
            given = request.headers["Authorization"]
            self.expect(given.startswith("Bearer "), "no bearer")
            if given != f"Bearer {KEY}":
                return refusal(403, "Unauthorized", "signature verification failed")
            if request.params["bucket"] != BUCKET:
                return refusal(404, "Bucket not found", "Bucket not found")
            reply: Reply = handler(request)
            return reply

        return check

    def _put(self, request: Received) -> Reply:
        self.expect(request.headers["Content-Length"] == str(len(request.body)), "no length")
        self.expect(request.headers["x-upsert"] == "false", "would write over another file")
        self.expect(
            re.match(r"multipart/form-data; boundary=\w+$", request.headers["Content-Type"]), "no boundary"
        )
        parts = request.multipart
        self.expect(parts.keys() == {"file"} and parts["file"].filename, f"the form has {parts.keys()}")
        key = request.params["key"]
        if not VALID.fullmatch(key):
            return refusal(400, "InvalidKey", f"Invalid key: {key}")
        if key in self.files:
            return refusal(409, "Duplicate", "The resource already exists")
        if len(parts["file"].content) > self.limit:
            return refusal(413, "Payload too large", "The object exceeded the maximum allowed size")
        self.files[key] = (parts["file"].content, parts["file"].content_type)
        return Reply(json={"Id": "2eb16359-ecd4-4070-8eb1-8408baa42493", "Key": f"{BUCKET}/{key}"})

    def _read(self, request: Received) -> Reply:
        found = self.files.get(request.params["key"])
        if found is None:
            return refusal(404, "not_found", "Object not found")
        content, content_type = found
        wanted = re.fullmatch(r"bytes=(\d+)-(\d+)", request.headers["Range"] or "")
        assert wanted, "no range is asked for"
        start, until = int(wanted[1]), min(int(wanted[2]) + 1, len(content))
        if start >= len(content):
            return refusal(416, "InvalidRange", "The requested range is not satisfiable")
        headers = {"Content-Type": content_type, "Content-Range": f"bytes {start}-{until - 1}/{len(content)}"}
        return Reply(status=206, headers=headers, body=content[start:until])

    def _delete(self, request: Received) -> Reply:
        if self.files.pop(request.params["key"], None) is None:
            return refusal(404, "not_found", "Object not found")
        return Reply(json={"message": "Successfully deleted"})

    def _list(self, request: Received) -> Reply:
        wanted = request.json
        self.expect(wanted.keys() == {"prefix", "limit", "offset", "sortBy"}, f"lists with {wanted.keys()}")
        prefix = f"{wanted['prefix']}/" if wanted["prefix"] else ""
        rest = [key.removeprefix(prefix) for key in self.files if key.startswith(prefix)]
        folders = {key.partition("/")[0] for key in rest if "/" in key}
        rows = [{"name": one, "id": None} for one in folders]
        rows += [{"name": one, "id": f"id-{one}"} for one in rest if "/" not in one]
        rows.sort(key=lambda row: str(row["name"]))
        return Reply(json=rows[wanted["offset"] : wanted["offset"] + wanted["limit"]])

    def _sign(self, request: Received) -> Reply:
        self.expect(request.json == {"expiresIn": 3600}, f"signs with {request.json}")
        key = request.params["key"]
        if key not in self.files:
            return refusal(404, "not_found", "Object not found")
        return Reply(json={"signedURL": f"/object/sign/{BUCKET}/{key}?token=eyJ"})

    def accept_and_hang_up(self) -> None:
        """The next file is taken, and the answer is lost."""
        usual = self._routes[PUT]

        def once(request: Received) -> Reply:
            assert usual is not None
            self.route(PUT, usual)
            usual(request)
            return Reply(close=True)

        self.route(PUT, once)
