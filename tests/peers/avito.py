"""Avito's API as strict as the real one, and stricter: what it would ignore is a complaint here.

    with AvitoPeer() as avito:
        avito.next("POST messages", Reply(status=402, json=avito.error(402)))
        avito.voices["v-1"] = b"…"

https://developers.avito.ru/api-catalog/messenger/documentation
"""

import threading
from collections import deque
from collections.abc import Callable
from typing import Any

from tests.peers.server import Peer, Received, Reply

CLIENT_ID, CLIENT_SECRET = "made-up-client-id", "made-up-client-secret-42"
ACCOUNT = 94235311
TOKEN_WAITS = 5.0  # seconds
IMAGE_TYPES = {"image/jpeg", "image/png", "image/gif", "image/bmp", "image/heic"}
_OF_ACCOUNT = "/messenger/v1/accounts/{user}"


class AvitoPeer(Peer):
    """`sent`: what was accepted, in order, with its chat; `read`: chats marked as read.

    Scripted answers come after the checks.
    """

    def __init__(self, *, account: int = ACCOUNT, name: str = "Мастерская", port: int = 0) -> None:
        super().__init__(port=port)
        self.account, self.name = account, name
        self.tokens: list[str] = []  # given so far; the last one is good unless it is `revoked`
        self.revoked: set[str] = set()
        self.refresh_token = ""  # set: only this one opens, and each time another is given
        self.expires_in = 86400
        self.giving = threading.Event()  # cleared: whoever asks for a token waits, though not for ever
        self.giving.set()
        self.subscribed: list[str] = []
        self.images: dict[str, bytes] = {}
        self.voices: dict[str, bytes] = {}
        self.pictures: dict[str, bytes] = {}
        self.sent: list[dict[str, Any]] = []
        self.chats: list[dict[str, Any]] = []  # the one written in last first
        self.messages: dict[str, list[dict[str, Any]]] = {}  # by chat, newest first
        self.read: list[str] = []
        self._scripted: dict[str, deque[Reply]] = {}
        self.route("POST /token", self._token)
        self._api("GET /core/v1/accounts/self", "self", self._self)
        self._api("POST /messenger/v3/webhook", "webhook", self._webhook)
        self._api("POST /messenger/v1/subscriptions", "subscriptions", self._subscriptions)
        self._api(f"POST {_OF_ACCOUNT}/chats/{{chat}}/messages", "messages", self._text)
        self._api(f"POST {_OF_ACCOUNT}/chats/{{chat}}/messages/image", "image", self._image)
        self._api(f"POST {_OF_ACCOUNT}/uploadImages", "upload", self._upload)
        self._api(f"GET {_OF_ACCOUNT}/getVoiceFiles", "voices", self._voices)
        self._api("GET /messenger/v2/accounts/{user}/chats", "chats", self._chats)
        self._api("GET /messenger/v2/accounts/{user}/chats/{chat}", "chat", self._chat)
        self._api("GET /messenger/v3/accounts/{user}/chats/{chat}/messages/", "history", self._history)
        self._api(f"POST {_OF_ACCOUNT}/chats/{{chat}}/read", "read", self._read)
        self.route("GET /files/voice/{voice}", lambda request: self._file(self.voices, request, "voice"))
        self.route("GET /files/picture/{name}", lambda request: self._file(self.pictures, request, "name"))

    def next(self, call: str, reply: Reply) -> None:
        """The next call (`token`, `self`, `messages` …) gets this answer; a hanging one was accepted."""
        self._scripted.setdefault(call, deque()).append(reply)

    def fail(self, call: str, status: int, **headers: str) -> None:
        self.next(call, Reply(status=status, json=self.error(status), headers=headers))

    @staticmethod
    def error(status: int) -> dict[str, Any]:
        return {"error": {"code": status, "message": "something of Avito's own"}}

    def _api(self, route: str, name: str, handler: Callable[[Received], Reply]) -> None:
        def checked(request: Received) -> Reply:
            kind, _space, token = (request.headers["Authorization"] or "").partition(" ")
            if kind != "Bearer" or token not in self.tokens or token in self.revoked:
                return Reply(
                    status=401, json={"result": {"message": "access token expired", "status": False}}
                )
            if request.params.get("user", str(self.account)) != str(self.account):
                return Reply(status=403, json=self.error(403))
            scripted = self._scripted.get(name)
            if scripted and not scripted[0].hang:
                return scripted.popleft()
            reply = handler(request)
            return scripted.popleft() if scripted else reply

        self.route(route, checked)

    def _token(self, request: Received) -> Reply:
        if scripted := self._scripted.get("token"):
            return scripted.popleft()
        self.giving.wait(TOKEN_WAITS)
        kind = request.headers["Content-Type"]
        self.expect(kind == "application/x-www-form-urlencoded", f"the token is asked for as {kind}")
        form = {name: values[0] for name, values in request.form.items()}
        wanted = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
        if {name: form.get(name) for name in wanted} != wanted:
            return Reply(status=401, json={"error": "invalid_client", "error_description": str(form)})
        extra = {"refresh_token"} if self.refresh_token else set()
        self.expect(form.keys() == wanted.keys() | {"grant_type"} | extra, f"the form has {sorted(form)}")
        granted = "refresh_token" if self.refresh_token else "client_credentials"
        self.expect(form.get("grant_type") == granted, f"grant_type {form.get('grant_type')}")
        if form.get("refresh_token", "") != self.refresh_token:
            return Reply(status=400, json={"error": "invalid_grant"})
        self.tokens.append(f"made-up-token-{len(self.tokens) + 1}")
        body = {"access_token": self.tokens[-1], "expires_in": self.expires_in, "token_type": "Bearer"}
        if self.refresh_token:
            body["refresh_token"] = self.refresh_token = f"made-up-refresh-{len(self.tokens)}"
        return Reply(json=body)

    def _self(self, request: Received) -> Reply:
        return Reply(json={"id": self.account, "name": self.name, "email": "a@example.com", "phone": "7900"})

    def _webhook(self, request: Received) -> Reply:
        body = self._json(request)
        self.expect(body.keys() == {"url"} and body["url"].startswith("http"), f"webhook {body}")
        self.subscribed.append(body["url"])
        return Reply(json={"ok": True})

    def _subscriptions(self, request: Received) -> Reply:
        self.expect(request.body == b"", "subscriptions takes no body")
        return Reply(json={"subscriptions": [{"url": url, "version": "3"} for url in self.subscribed]})

    def _text(self, request: Received) -> Reply:
        body = self._json(request)
        self.expect(body.keys() == {"message", "type"} and body["type"] == "text", f"message {body}")
        self.expect(body["message"].keys() == {"text"}, f"message {body}")
        text = body["message"]["text"]
        if not isinstance(text, str) or not 0 < len(text) <= 1000:
            return Reply(status=400, json=self.error(400))
        return self._accept(request, {"text": text})

    def _image(self, request: Received) -> Reply:
        body = self._json(request)
        self.expect(body.keys() == {"image_id"} and body["image_id"] in self.images, f"image {body}")
        return self._accept(request, {"image": body["image_id"]})

    def _accept(self, request: Received, what: dict[str, Any]) -> Reply:
        self.sent.append({"chat": request.params["chat"], **what})
        number = f"sent-{len(self.sent)}"
        kind = next(iter(what))
        return Reply(json={"id": number, "created": 1763700000, "direction": "out", "type": kind})

    def _upload(self, request: Received) -> Reply:
        parts = request.multipart
        self.expect(parts.keys() == {"uploadfile[]"}, f"the upload has {sorted(parts)}")
        part = parts["uploadfile[]"]
        self.expect(part.filename and part.content_type in IMAGE_TYPES, f"a picture as {part.content_type}")
        number = f"{self.account}.image{len(self.images) + 1}"
        self.images[number] = part.content
        return Reply(json={number: {"1280x960": f"{self.url}/files/picture/{number}"}})

    def _voices(self, request: Received) -> Reply:
        self.expect(request.query.keys() == {"voice_ids"}, f"getVoiceFiles has {request.query}")
        known = [one for one in request.query.get("voice_ids", []) if one in self.voices]
        return Reply(json={"voices_urls": {one: f"{self.url}/files/voice/{one}" for one in known}})

    def _chats(self, request: Received) -> Reply:
        self.expect(request.query.get("chat_types") == ["u2i,u2u"], f"chats with {request.query}")
        self.expect(request.query.keys() == {"chat_types", "limit", "offset"}, f"chats {request.query}")
        return Reply(json={"chats": self._page(request, self.chats)})

    def _chat(self, request: Received) -> Reply:
        self.expect(not request.query, f"a chat with {request.query}")
        found = next((chat for chat in self.chats if chat["id"] == request.params["chat"]), None)
        return Reply(status=404, json=self.error(404)) if found is None else Reply(json=found)

    def _history(self, request: Received) -> Reply:
        self.expect(request.query.keys() == {"limit", "offset"}, f"messages with {request.query}")
        found = self.messages.get(request.params["chat"])
        if found is None:
            return Reply(status=404, json=self.error(404))
        return Reply(json={"messages": self._page(request, found), "meta": {"has_more": False}})

    def _page(self, request: Received, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        limit, offset = (int(request.query[name][0]) for name in ("limit", "offset"))
        self.expect(1 <= limit <= 100 and 0 <= offset <= 1000, f"a page of {offset}+{limit}")
        return rows[offset : offset + limit]

    def _read(self, request: Received) -> Reply:
        self.expect(request.body == b"", "read takes no body")
        self.read.append(request.params["chat"])
        return Reply(json={"ok": True})

    def _file(self, files: dict[str, bytes], request: Received, name: str) -> Reply:
        self.expect(request.headers["Authorization"] is None, "the file server is told the token")
        content = files.get(request.params[name])
        return Reply(status=404, body="gone") if content is None else Reply(body=content)

    def _json(self, request: Received) -> dict[str, Any]:
        self.expect(request.headers["Content-Type"] == "application/json", "JSON is not called JSON")
        body: dict[str, Any] = request.json
        return body
