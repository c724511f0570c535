"""Telegram's Bot API as strict as the real one, and stricter: what it would ignore is a complaint here.

    with TelegramPeer(token="123:abc") as bot:
        bot.fail("sendMessage", 429, "Too Many Requests: retry after 3", retry_after=3)
        bot.files["voice/file_1.oga"] = b"OggS…"

https://core.telegram.org/bots/api
"""

import json
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from math import ceil
from typing import Any

from tests.peers.server import Part, Peer, Received, Reply

TOKEN = "123456:AAF-made_up-token"
BOT = {"id": 123456, "is_bot": True, "first_name": "Battery", "username": "battery_bot"}

_FORMATTED = {"parse_mode", "reply_parameters", "reply_markup"}
# Method → (fields it must have, fields it may have, the field that is a file).
_SENDS: Mapping[str, tuple[set[str], set[str], str]] = {
    "sendMessage": ({"chat_id", "text"}, _FORMATTED, ""),
    "sendPhoto": ({"chat_id", "photo"}, _FORMATTED | {"caption"}, "photo"),
    "sendVoice": ({"chat_id", "voice"}, _FORMATTED | {"caption"}, "voice"),
    "sendAudio": ({"chat_id", "audio"}, _FORMATTED | {"caption"}, "audio"),
    "sendVideo": ({"chat_id", "video"}, _FORMATTED | {"caption"}, "video"),
    "sendDocument": ({"chat_id", "document"}, _FORMATTED | {"caption"}, "document"),
}
_MODES = ("Markdown", "MarkdownV2", "HTML")


class TelegramPeer(Peer):
    """`sent`: what was accepted, in order, with files as `Part`; `answered`: presses, with what was shown.

    Scripted answers come after the checks.

    `heard_at`: the moment of every send, accepted or not.
    """

    def __init__(self, *, token: str = TOKEN, port: int = 0) -> None:
        super().__init__(port=port)
        self.token = token
        self.webhook: dict[str, Any] = {"url": "", "pending_update_count": 0}
        self.files: dict[str, bytes] = {}
        self.sent: list[dict[str, Any]] = []
        self.answered: list[tuple[str, str]] = []
        self._scripted: dict[str, deque[Reply]] = {}
        self._check_markup = False
        self._apart = 0.0
        self._heard: dict[int, float] = {}
        self._hearing = threading.Lock()
        self.limited: list[str] = []
        self.heard_at: list[float] = []
        for method in _SENDS:
            self._route("POST", method, self._send)
        self._route("POST", "answerCallbackQuery", self._answer)
        self._route("GET", "getMe", lambda method, request: self._ok(BOT))
        self._route("GET", "getWebhookInfo", lambda method, request: self._ok(self.webhook))
        self._route("POST", "setWebhook", self._set_webhook)
        self._route("GET", "getFile", self._get_file)
        self.route("GET /file/bot{token}/{folder}/{name}", self._hand_out)

    def refuse_markup(self) -> None:
        """From now on whatever has a lone `_`, `*` or `[` under a parse mode is refused, as Markdown is."""
        self._check_markup = True

    def limit_chats(self, *, apart: float) -> None:
        """From now on what comes to a chat within so many seconds of another is refused: see `limited`."""
        self._apart = apart

    def fail(self, method: str, status: int, description: str, **parameters: Any) -> None:
        """The next call of the method is refused like this."""
        self.next(method, self._refusal(status, description, **parameters))

    def next(self, method: str, reply: Reply) -> None:
        """The next call of the method gets this answer; with `hang` it was accepted all the same."""
        self._scripted.setdefault(method, deque()).append(reply)

    def _route(self, verb: str, method: str, handler: Callable[[str, Received], Reply]) -> None:
        def checked(request: Received) -> Reply:
            if request.params["token"] != self.token:
                return self._error(401, "Unauthorized")
            reply = handler(method, request)
            scripted = self._scripted.get(method)
            return scripted.popleft() if scripted else reply

        self.route(f"{verb} /bot{{token}}/{method}", checked)

    def _send(self, method: str, request: Received) -> Reply:
        needed, allowed, file = _SENDS[method]
        values = self._multipart(request, file) if file else self._json(request)
        self.expect(needed <= values.keys(), f"{method} lacks {needed - values.keys()}")
        self.expect(values.keys() <= needed | allowed, f"{method} has {values.keys() - needed - allowed}")
        self.expect(type(values.get("chat_id")) is int, f"chat_id is {values.get('chat_id')!r}")
        self.expect(values.get("parse_mode", "HTML") in _MODES, f"parse_mode {values.get('parse_mode')!r}")
        self._check_reply(values.get("reply_parameters"))
        self._check_keyboard(values.get("reply_markup"))
        text, limit = values.get("text", values.get("caption", "")), 1024 if file else 4096
        self.expect(isinstance(text, str) and len(text) <= limit, f"{method}: a text of {len(text)}")
        if self._check_markup and "parse_mode" in values and _is_broken(text):
            return self._error(400, "Bad Request: can't parse entities: Can't find end of the entity at 3")
        self.heard_at.append(time.monotonic())
        if self._is_too_soon(values["chat_id"]):
            self.limited.append(text)
            return self._too_many(max(1, ceil(self._apart)))
        if not self._scripted.get(method) or self._scripted[method][0].hang:
            self.sent.append(values)
        return self._ok({"message_id": 5000 + len(self.sent), "chat": {"id": values["chat_id"]}, "date": 1})

    def _is_too_soon(self, chat: int) -> bool:
        with self._hearing:
            now, before = time.monotonic(), self._heard.get(chat)
            if before is not None and now - before < self._apart:
                return True
            self._heard[chat] = now
            return False

    def _check_reply(self, reply: Any) -> None:
        if reply is not None:
            self.expect(reply.keys() <= {"message_id", "allow_sending_without_reply"}, f"reply {reply!r}")
            self.expect(type(reply.get("message_id")) is int, f"reply to {reply.get('message_id')!r}")

    def _check_keyboard(self, markup: Any) -> None:
        """https://core.telegram.org/bots/api#inlinekeyboardbutton"""
        if markup is None:
            return
        self.expect(markup.keys() == {"inline_keyboard"}, f"markup {markup!r}")
        buttons = [button for row in markup["inline_keyboard"] for button in row]
        self.expect(buttons and all(markup["inline_keyboard"]), "an empty row of buttons")
        for button in buttons:
            self.expect(button.keys() == {"text", "callback_data"} and button["text"], f"button {button!r}")
            self.expect(1 <= len(button["callback_data"].encode()) <= 64, f"data {button!r}")
        data = {button["callback_data"] for button in buttons}
        self.expect(len(data) == len(buttons), "two buttons of the same data")

    def _answer(self, method: str, request: Received) -> Reply:
        values = self._json(request)
        self.expect({"callback_query_id"} <= values.keys() <= {"callback_query_id", "text"}, f"{values}")
        self.expect(len(values.get("text", "")) <= 200, "a notice over 200")
        self.answered.append((values["callback_query_id"], values.get("text", "")))
        return self._ok(True)

    def _json(self, request: Received) -> dict[str, Any]:
        self.expect(request.headers["Content-Type"] == "application/json", "JSON is not called JSON")
        values: dict[str, Any] = request.json
        return values

    def _multipart(self, request: Received, file: str) -> dict[str, Any]:
        self.expect(
            request.headers["Content-Type"].startswith("multipart/form-data; boundary="), "not multipart"
        )
        values: dict[str, Any] = {}
        for name, part in request.multipart.items():
            values[name] = part if name == file else part.content.decode()
        self.expect(isinstance(values.get(file), Part) and values[file].filename, "the file has no name")
        values["chat_id"] = int(values["chat_id"])
        if "reply_parameters" in values:
            values["reply_parameters"] = json.loads(values["reply_parameters"])
        return values

    def _set_webhook(self, method: str, request: Received) -> Reply:
        values = self._json(request)
        unknown = values.keys() - {"url", "secret_token", "allowed_updates"}
        self.expect(not unknown and values.get("url"), f"setWebhook has {unknown}, url {values.get('url')!r}")
        self.webhook.update(values)
        return self._ok(True)

    def _get_file(self, method: str, request: Received) -> Reply:
        self.expect(request.query.keys() == {"file_id"}, f"getFile has {request.query}")
        wanted = request.query["file_id"][0]
        for path, content in self.files.items():
            if path.endswith(wanted):
                return self._ok({"file_id": wanted, "file_size": len(content), "file_path": path})
        return self._error(400, "Bad Request: wrong file_id or the file is temporarily unavailable")

    def _hand_out(self, request: Received) -> Reply:
        content = self.files.get(f"{request.params['folder']}/{request.params['name']}")
        if request.params["token"] != self.token or content is None:
            return Reply(status=404, body="Not Found")
        return Reply(body=content)

    @staticmethod
    def _ok(result: Any) -> Reply:
        return Reply(json={"ok": True, "result": result})

    def _too_many(self, seconds: int) -> Reply:
        return self._refusal(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)

    @staticmethod
    def _error(status: int, description: str) -> Reply:
        return Reply(status=status, json={"ok": False, "error_code": status, "description": description})

    @staticmethod
    def _refusal(status: int, description: str, **parameters: Any) -> Reply:
        body: dict[str, Any] = {"ok": False, "error_code": status, "description": description}
        if parameters:
            body["parameters"] = parameters
        headers = {"Retry-After": str(parameters["retry_after"])} if "retry_after" in parameters else {}
        return Reply(status=status, json=body, headers=headers)


def _is_broken(text: str) -> bool:
    return any(text.count(sign) % 2 for sign in "_*`") or text.count("[") != text.count("]")
