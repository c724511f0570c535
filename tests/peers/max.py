"""MAX's bot API as strict as the real one, and stricter: what it would ignore is a complaint here.

    with MaxPeer() as bot:
        bot.fail("messages", 403, "chat.denied", "Key: error.dialog.suspended, args: [5,].")
        bot.keep("/audio/1", b"ID3…", "audio/mpeg")  # on the server for files: bot.cdn

https://dev.max.ru/docs-api
"""

import ssl
from collections import deque
from collections.abc import Callable
from typing import Any, Self

from tests.peers.server import Part, Peer, Received, Reply

TOKEN = "f9LHodD0cOK-made-up-token-of-a-bot"
BOT_ID = 900000001
BOT = {
    "user_id": BOT_ID,
    "first_name": "Мастерская",
    "username": "repair_bot",
    "is_bot": True,
    "last_activity_time": 1763700000000,
    "name": "Мастерская",
}
_UPLOADS = ("image", "video", "audio", "file")
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n<retval>1</retval>'
_SECRET = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")


class MaxPeer(Peer):
    """`sent`: what was accepted, in order, with the file as `Part`; `acted`: actions by chat; `answered`:
    presses and what was shown for them; `subscriptions` as they stand.

    `processing` is how many times a message with a file is refused as not ready.
    """

    def __init__(self, *, token: str = TOKEN, tls: ssl.SSLContext | None = None, port: int = 0) -> None:
        super().__init__(tls=tls, port=port)
        self.token = token
        self.cdn = Peer()
        self.subscriptions: list[dict[str, Any]] = []
        self.secrets: dict[str, str] = {}
        self.sent: list[dict[str, Any]] = []
        self.acted: list[tuple[int, str]] = []
        self.answered: list[tuple[str, str]] = []
        self.videos: dict[str, dict[str, str]] = {}
        self.processing = 0
        self._kinds: list[str] = []
        self._uploaded: dict[str, tuple[str, Part]] = {}
        self._scripted: dict[str, deque[Reply]] = {}
        self._route("GET /me", "me", lambda request: Reply(json=BOT))
        self._route("GET /subscriptions", "get_subscriptions", self._list)
        self._route("POST /subscriptions", "subscriptions", self._subscribe)
        self._route("POST /uploads", "uploads", self._ticket)
        self._route("POST /messages", "messages", self._message)
        self._route("POST /answers", "answers", self._answer)
        self._route("POST /chats/{chat}/actions", "actions", self._act)
        self._route("GET /videos/{video}", "videos", self._video)
        self.cdn.route("POST /upload/{number}", self._take)

    def __enter__(self) -> Self:
        self.cdn.__enter__()
        return super().__enter__()

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        try:
            super().__exit__(kind, *rest)
        finally:
            # Also after a complaint: a server left running would keep the tests from ending.
            self.cdn.__exit__(kind, *rest)

    def fail(self, call: str, status: int, code: str, message: str = "") -> None:
        """The next call is refused like this."""
        self.next(call, Reply(status=status, json={"code": code, "message": message}))

    def next(self, call: str, reply: Reply) -> None:
        """The next call gets this answer; with `hang` it was accepted all the same."""
        self._scripted.setdefault(call, deque()).append(reply)

    def keep(self, path: str, content: bytes, content_type: str = "application/octet-stream") -> str:
        """A file on the other server; returns its address, whose query must come along."""

        def hand_out(request: Received) -> Reply:
            self._is_not_the_api(request)
            if request.query != {"sig": ["1"]}:
                return Reply(status=403)
            return Reply(body=content, headers={"Content-Type": content_type})

        self.cdn.route(f"GET {path}", hand_out)
        return f"{self.cdn.url}{path}?sig=1"

    def _route(self, route: str, call: str, handler: Callable[[Received], Reply]) -> None:
        def checked(request: Received) -> Reply:
            self.expect("access_token" not in request.query, f"{call}: the token is in the query")
            if request.headers["Authorization"] != self.token:
                return self._error(401, "verify.token", "Invalid access_token")
            scripted = self._scripted.get(call)
            if scripted and not scripted[0].hang:
                return scripted.popleft()
            reply = handler(request)
            return scripted.popleft() if scripted else reply

        self.route(route, checked)

    def _list(self, request: Received) -> Reply:
        return Reply(json={"subscriptions": self.subscriptions})

    def _subscribe(self, request: Received) -> Reply:
        values = self._json(request)
        self.expect(values.keys() == {"url", "update_types", "secret"}, f"subscription has {values.keys()}")
        secret = values["secret"]
        self.expect(5 <= len(secret) <= 256 and set(secret) <= _SECRET, "a secret MAX would refuse")
        self.expect(len(set(values["update_types"])) == len(values["update_types"]), "types twice")
        kept = [one for one in self.subscriptions if one["url"] != values["url"]]
        made = {"url": values["url"], "time": 1763700000000, "update_types": values["update_types"]}
        self.subscriptions = [*kept, made]
        self.secrets[values["url"]] = secret
        return Reply(json={"success": True})

    def _ticket(self, request: Received) -> Reply:
        self.expect(request.query.keys() == {"type"}, f"uploads has {request.query}")
        self.expect(not request.body, "uploads has a body")
        kind = request.query["type"][0]
        self.expect(kind in _UPLOADS, f"upload of a {kind}")
        self._kinds.append(kind)
        number = len(self._kinds)
        ticket = {"url": f"{self.cdn.url}/upload/{number}?sig=1"}
        if kind in ("video", "audio"):
            ticket["token"] = f"token+/{number}="
        return Reply(json=ticket)

    def _take(self, request: Received) -> Reply:
        self._is_not_the_api(request)
        number = int(request.params["number"])
        kind, token = self._kinds[number - 1], f"token+/{number}="
        fields = request.multipart
        self.expect(fields.keys() == {"data"} and fields["data"].filename, f"upload has {fields.keys()}")
        self.expect(token not in self._uploaded, "one address was used for two files")
        self._uploaded[token] = (kind, fields["data"])
        if scripted := self._scripted.get("upload"):
            return scripted.popleft()
        if kind in ("video", "audio"):
            return Reply(body=_XML, headers={"Content-Type": "application/xml"})
        found = (
            {"photos": {"Fk1+x==": {"token": token}}} if kind == "image" else {"token": token, "fileId": 7}
        )
        return Reply(json=found)

    def _message(self, request: Received) -> Reply:
        values = self._json(request)
        self.expect(
            values.keys() <= {"text", "format", "link", "attachments"}, f"message has {values.keys()}"
        )
        self.expect(values.get("text") or values.get("attachments"), "an empty message")
        self.expect(len(values.get("text", "")) <= 4000, "a text over 4000")
        self.expect(values.get("format", "html") in ("html", "markdown"), f"format {values.get('format')!r}")
        if link := values.get("link"):
            self.expect(link.keys() == {"type", "mid"} and link["mid"].startswith("mid."), f"link {link!r}")
        (name,) = request.query
        self.expect(name in ("chat_id", "user_id"), f"messages has {request.query}")
        made = values | {name: int(request.query[name][0])}
        for attached in values.get("attachments", ()):
            if attached["type"] == "inline_keyboard":
                self._check_keyboard(attached)
                continue
            self.expect(
                attached.keys() == {"type", "payload"} and attached["payload"].keys() == {"token"}, ""
            )
            kind, part = self._uploaded[attached["payload"]["token"]]
            self.expect(kind == attached["type"], f"a {kind} is sent as {attached['type']}")
            made["file"] = part
            if self.processing:
                self.processing -= 1
                words = "Key: errors.process.attachment.file.not.processed"
                return self._error(400, "attachment.not.ready", words)
        self.sent.append(made)
        return Reply(json={"message": self._made(made)})

    def _check_keyboard(self, attached: dict[str, Any]) -> None:
        """https://dev.max.ru/docs-api/objects/InlineKeyboardAttachmentRequest"""
        rows = attached["payload"]["buttons"]
        self.expect(attached["payload"].keys() == {"buttons"}, f"keyboard {attached}")
        self.expect(1 <= len(rows) <= 30 and all(1 <= len(row) <= 7 for row in rows), f"rows {rows}")
        for button in (button for row in rows for button in row):
            self.expect(button.keys() == {"type", "text", "payload"}, f"button {button}")
            self.expect(button["type"] == "callback" and 1 <= len(button["text"]) <= 128, f"button {button}")
            self.expect(len(button["payload"]) <= 1024, f"payload of {button}")

    def _answer(self, request: Received) -> Reply:
        values = self._json(request)
        self.expect(request.query.keys() == {"callback_id"}, f"an answer has {request.query}")
        self.expect(values.keys() == {"notification"} and values["notification"], f"an answer {values}")
        self.answered.append((request.query["callback_id"][0], values["notification"]))
        return Reply(json={"success": True})

    def _act(self, request: Received) -> Reply:
        values = self._json(request)
        self.expect(values.keys() == {"action"} and not request.query, f"an action {values}")
        known = ("typing_on", "mark_seen", "sending_photo", "sending_video", "sending_audio", "sending_file")
        self.expect(values["action"] in known, f"action {values['action']!r}")
        self.acted.append((int(request.params["chat"]), values["action"]))
        return Reply(json={"success": True})

    def _made(self, made: dict[str, Any]) -> dict[str, Any]:
        body = {"mid": f"mid.{len(self.sent):032x}", "seq": 116043270574650336, "text": made.get("text", "")}
        there = {"chat_id": made.get("chat_id", 5), "chat_type": "dialog", "user_id": made.get("user_id", 7)}
        return {"recipient": there, "timestamp": 1763700000000, "body": body, "sender": BOT}

    def _video(self, request: Received) -> Reply:
        token = request.params["video"]
        if token not in self.videos:
            return self._error(404, "not.found", "Video not found")
        found: dict[str, Any] = {"token": token, "width": 1280, "height": 720, "duration": 9}
        if urls := self.videos[token]:
            found["urls"] = urls
        return Reply(json=found)

    def _json(self, request: Received) -> dict[str, Any]:
        self.expect(request.headers["Content-Type"] == "application/json", "JSON is not called JSON")
        values: dict[str, Any] = request.json
        return values

    def _is_not_the_api(self, request: Received) -> None:
        self.expect(request.headers["Authorization"] is None, "the token went to the server for files")

    @staticmethod
    def _error(status: int, code: str, message: str) -> Reply:
        return Reply(status=status, json={"code": code, "message": message})
