"""The customer's MCP REST API server for Avito, as strict as its specification allows.

    with AvitoMcpPeer() as server:
        server.refuse("POST /api/messages/send", "Rate limit exceeded, try again later")
        server.files["voice.mp4"] = b"…"

What the specification does not say (paging, the answers of the lists) is Avito's own; the bodies of a picture
and of a bulk are what that server itself takes.
GET /api/token is there to be complained about.
"""

from collections import deque
from collections.abc import Callable
from typing import Any

from tests.peers.server import Peer, Received, Reply

KEY = "mcp-made-up-key-98765"
ACCOUNT = "100200300"
SEND, SEND_IMAGE = "POST /api/messages/send", "POST /api/messages/send/image"
SEND_BULK = "POST /api/messages/send/bulk"


class AvitoMcpPeer(Peer):
    """`sent`: what was accepted, in order. Scripted answers come after the checks of the request."""

    def __init__(self, *, key: str = KEY) -> None:
        super().__init__()
        self.key = key
        self.health: Any = {"status": "healthy"}
        self.info: Any = {
            "rate_limit_requests": 100,
            "rate_limit_window": 60,
            "max_connections": 20,
            "avito_user_id": "100200...",
        }
        self.sent: list[dict[str, Any]] = []
        # Of a bulk's messages: by chat, why it was not sent.
        self.refused: dict[str, str] = {}
        self.subscribed: list[str] = []
        self.read: list[str] = []
        self.chats: list[dict[str, Any]] = []
        self.messages: dict[str, list[dict[str, Any]]] = {}
        self.files: dict[str, bytes] = {}
        self._scripted: dict[str, deque[Reply]] = {}
        self._open("GET /health", lambda _request: Reply(json=self.health))
        self._open("GET /info", lambda _request: Reply(json=self.info))
        self._locked(SEND, self._send)
        self._locked(SEND_IMAGE, self._send_image)
        self._locked(SEND_BULK, self._send_bulk)
        self._locked("POST /api/webhook/subscribe", self._subscribe)
        self._locked("GET /api/chats", self._chats)
        self._locked("GET /api/chats/{chat}/messages", self._messages)
        self._locked("POST /api/chats/{chat}/read", self._read)
        self._open("GET /files/{name}", self._hand_out)

    def refuse(self, route: str, error: str, *, status: int = 200, **headers: str) -> None:
        """The next call of the route is refused as the specification has it: in the body."""
        body = {"success": False, "error": error, "details": {}}
        self.next(route, Reply(status=status, json=body, headers=headers))

    def next(self, route: str, reply: Reply) -> None:
        """The next call of the route gets this answer; with `hang` it was accepted all the same."""
        self._scripted.setdefault(route, deque()).append(reply)

    def _open(self, route: str, handler: Callable[[Received], Reply]) -> None:
        def answer(request: Received) -> Reply:
            reply = handler(request)
            scripted = self._scripted.get(route)
            return scripted.popleft() if scripted else reply

        self.route(route, answer)

    def _locked(self, route: str, handler: Callable[[Received], Reply]) -> None:
        def checked(request: Received) -> Reply:
            if request.headers["X-API-Key"] != self.key:
                return Reply(status=401, json={"success": False, "error": "Invalid API key"})
            return handler(request)

        self._open(route, checked)

    def _json(self, request: Received, fields: set[str]) -> dict[str, Any]:
        self.expect(request.headers["Content-Type"] == "application/json", "JSON is not called JSON")
        values: dict[str, Any] = request.json
        self.expect(values.keys() == fields, f"{request.path} has {sorted(values)}")
        return values

    def _send(self, request: Received) -> Reply:
        values = self._json(request, {"chat_id", "text"})
        self.expect(0 < len(values["text"]) <= 1000, f"a text of {len(values['text'])}")
        return self._accept(SEND, values)

    def _send_image(self, request: Received) -> Reply:
        values = self._json(request, {"chat_id", "image_url"})
        self.expect(values["image_url"].startswith("http"), "the picture has no address")
        return self._accept(SEND_IMAGE, values)

    def _send_bulk(self, request: Received) -> Reply:
        results = []
        for one in self._json(request, {"messages"})["messages"]:
            self.expect(one.keys() == {"chat_id", "text"}, f"a message has {sorted(one)}")
            self.expect(0 < len(one["text"]) <= 1000, f"a text of {len(one['text'])}")
            if error := self.refused.get(one["chat_id"]):
                results.append({"success": False, "chat_id": one["chat_id"], "error": error})
                continue
            response = self._accept(SEND_BULK, one).json["response"]
            results.append({"success": True, "chat_id": one["chat_id"], "result": response})
        sent = sum(one["success"] for one in results)
        body = {"total": len(results), "sent": sent, "failed": len(results) - sent, "results": results}
        return Reply(json={"success": True, **body})

    def _accept(self, route: str, values: dict[str, Any]) -> Reply:
        self.expect(isinstance(values["chat_id"], str) and values["chat_id"], "no chat")
        if not self._scripted.get(route) or self._scripted[route][0].hang:
            self.sent.append(values)
        response = {"id": f"msg_{5000 + len(self.sent)}", "created": 1701450000}
        body = {
            "success": True,
            "chat_id": values["chat_id"],
            "message": "Message sent",
            "response": response,
        }
        return Reply(json=body)

    def _subscribe(self, request: Received) -> Reply:
        values = self._json(request, {"url", "version"})
        self.expect(values["version"] == 2, f"version {values['version']!r}")
        self.subscribed.append(values["url"])
        return Reply(json={"success": True})

    def _read(self, request: Received) -> Reply:
        self._json(request, set())
        self.read.append(request.params["chat"])
        return Reply(json={"success": True})

    def _chats(self, request: Received) -> Reply:
        return Reply(json={"chats": self._paged(request, self.chats)})

    def _messages(self, request: Received) -> Reply:
        found = self.messages.get(request.params["chat"])
        if found is None:
            return Reply(json={"success": False, "error": "Avito API Error 404: Chat not found"})
        return Reply(json={"messages": self._paged(request, found)})

    def _paged(self, request: Received, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        self.expect(request.query.keys() <= {"limit", "offset"}, f"asked with {sorted(request.query)}")
        limit = int(request.query.get("limit", ["100"])[0])
        offset = int(request.query.get("offset", ["0"])[0])
        self.expect(1 <= limit <= 100 and 0 <= offset <= 1000, f"a page {offset}+{limit}")
        return rows[offset : offset + limit]

    def _hand_out(self, request: Received) -> Reply:
        content = self.files.get(request.params["name"])
        return Reply(status=404, body="gone") if content is None else Reply(body=content)
