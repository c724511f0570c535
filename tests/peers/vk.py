"""VK's API and its Long Poll server, stricter than the real ones: what they would ignore is a complaint here.

    with VkPeer() as vk:
        vk.fail("messages.send", 901)
        vk.happen("message_new", {"message": {...}})

https://dev.vk.com/ru/reference
"""

import json
import threading
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from tests.peers.server import Part, Peer, Received, Reply

GROUP = 123456789
TOKEN = "vk1.a.made-up-token"
VERSION = "5.199"
SESSION = {"key": "a-session-key", "server": "/lp/wh123456789"}

_EVENTS = {
    "message_new",
    "message_reply",
    "message_edit",
    "message_allow",
    "message_deny",
    "message_read",
    "message_event",
    "message_reaction_event",
}
# Method → (fields it must have, fields it may have), besides the key and the version.
_METHODS: Mapping[str, tuple[set[str], set[str]]] = {
    "groups.getById": ({"group_id"}, set()),
    "groups.getLongPollServer": ({"group_id"}, set()),
    "groups.setLongPollSettings": ({"group_id", "enabled", "api_version", *_EVENTS}, set()),
    "groups.getCallbackConfirmationCode": ({"group_id"}, set()),
    "groups.getCallbackServers": ({"group_id"}, set()),
    "messages.getConversations": ({"offset", "count", "extended", "fields"}, set()),
    "messages.getHistory": ({"peer_id", "offset", "count", "rev"}, set()),
    "users.get": ({"user_ids", "fields"}, set()),
    "photos.getMessagesUploadServer": ({"peer_id"}, set()),
    "photos.saveMessagesPhoto": ({"photo", "server", "hash"}, set()),
    "docs.getMessagesUploadServer": ({"peer_id", "type"}, set()),
    "docs.save": ({"file", "title"}, set()),
    "messages.markAsRead": (
        {"peer_id", "group_id"},
        {"up_to_cmid", "start_message_id", "mark_conversation_as_read"},
    ),
    "messages.send": (
        {"peer_ids", "random_id", "payload"},
        {"message", "attachment", "forward", "reply_to", "keyboard"},
    ),
    "messages.sendMessageEventAnswer": ({"event_id", "user_id", "peer_id"}, {"event_data"}),
}


class VkPeer(Peer):
    """`sent`: what was accepted, in order; `read`: what was marked as read; `answered`: presses.

    A repeated `random_id` is answered with the first message again.

    `hold`: how long the Long Poll server waits for something to happen. `most_at_once`: how many questions
    it ever had at the same time.
    """

    def __init__(self, *, token: str = TOKEN, group: int = GROUP, hold: float = 0.3, port: int = 0) -> None:
        super().__init__(port=port)
        self.token, self.group, self.hold = token, group, hold
        self.sent: list[dict[str, str]] = []
        self.read: list[dict[str, str]] = []
        self.answered: list[dict[str, str]] = []
        self.events: list[dict[str, Any]] = []
        self.long_poll: dict[str, Any] = {}
        self.uploaded: list[Part] = []
        self.files: dict[str, bytes] = {}
        self.users: dict[int, dict[str, Any]] = {}
        self.history: dict[int, list[dict[str, Any]]] = {}  # of each chat, newest first
        self.code = "c0nf1rm"
        self.servers: list[dict[str, Any]] = []
        self.session = dict(SESSION)
        self.most_at_once = self._at_once = 0
        self._known: dict[str, dict[str, Any]] = {}
        self._scripted: dict[str, deque[Reply]] = {}
        self._happened = threading.Condition()
        self._handlers: dict[str, Callable[[dict[str, str]], Any]] = {
            "groups.getById": self._group,
            "groups.getLongPollServer": self._server_of,
            "groups.setLongPollSettings": self._set_long_poll,
            "groups.getCallbackConfirmationCode": lambda values: {"code": self.code},
            "groups.getCallbackServers": lambda values: {"count": len(self.servers), "items": self.servers},
            "users.get": self._users,
            "photos.getMessagesUploadServer": lambda values: {"upload_url": f"{self.url}/up/photo"},
            "photos.saveMessagesPhoto": self._save_photo,
            "docs.getMessagesUploadServer": lambda v: {"upload_url": f"{self.url}/up/{v['type']}"},
            "docs.save": self._save_doc,
            "messages.send": self._send,
            "messages.markAsRead": self._mark_read,
            "messages.sendMessageEventAnswer": self._answer,
            "messages.getConversations": self._conversations,
            "messages.getHistory": self._history,
        }
        self.route("POST /method/{method}", self._call)
        self.route("GET /lp/{name}", self._listen)
        self.route("POST /up/{kind}", self._upload)
        self.route("GET /files/{name}", lambda request: Reply(body=self.files[request.params["name"]]))

    def fail(self, method: str, code: int, message: str = "failed") -> None:
        """The next call of the method is refused like this."""
        error = {"error_code": code, "error_msg": message, "request_params": [{"key": "v", "value": "1"}]}
        self.next(method, Reply(json={"error": error}))

    def next(self, method: str, reply: Reply) -> None:
        """The next call of the method gets this answer; with `close` or `hang` it was done all the same."""
        self._scripted.setdefault(method, deque()).append(reply)

    def happen(self, kind: str, what: Mapping[str, Any]) -> None:
        with self._happened:
            number = len(self.events) + 1
            self.events.append(
                {
                    "type": kind,
                    "object": dict(what),
                    "group_id": self.group,
                    "event_id": f"e{number:039d}",
                    "v": VERSION,
                }
            )
            self._happened.notify_all()

    def write(self, text: str, *, number: int, user: int = 987654321) -> None:
        """A client writes to the community."""
        message = {
            "id": 1000 + number,
            "date": 1763700000 + number,
            "from_id": user,
            "peer_id": user,
            "conversation_message_id": number,
            "out": 0,
            "version": 10000000 + number,
            "text": text,
            "attachments": [],
            "fwd_messages": [],
        }
        self.happen("message_new", {"message": message, "client_info": {"keyboard": True}})

    # --- the API

    def _call(self, request: Received) -> Reply:
        method = request.params["method"]
        kind = request.headers["Content-Type"]
        self.expect(kind == "application/x-www-form-urlencoded", f"{method}: a body of {kind}")
        self.expect(not request.query, f"{method}: something stands in the address")
        values = {name: found[0] for name, found in request.form.items()}
        if values.pop("access_token", "") != self.token:
            return self._error(5, "User authorization failed")
        self.expect(values.pop("v", "") == VERSION, f"{method}: another version")
        needed, allowed = _METHODS[method]
        self.expect(needed <= values.keys(), f"{method} lacks {needed - values.keys()}")
        self.expect(values.keys() <= needed | allowed, f"{method} has {values.keys() - needed - allowed}")
        self.expect(values.get("group_id", str(self.group)) == str(self.group), f"{method}: another group")
        scripted = self._scripted.get(method)
        if scripted and not (scripted[0].close or scripted[0].hang):
            return scripted.popleft()
        answer = Reply(json={"response": self._handlers[method](values)})
        return scripted.popleft() if scripted else answer

    def _group(self, values: dict[str, str]) -> Any:
        group = {"id": self.group, "name": "Мастерская", "screen_name": "battery_shop", "type": "group"}
        return {"groups": [group], "profiles": []}

    def _server_of(self, values: dict[str, str]) -> Any:
        with self._happened:
            ts = str(len(self.events))
        return {"key": self.session["key"], "server": f"{self.url}{self.session['server']}", "ts": ts}

    def _set_long_poll(self, values: dict[str, str]) -> Any:
        self.long_poll = values
        return 1

    def _users(self, values: dict[str, str]) -> Any:
        wanted = [int(one) for one in values["user_ids"].split(",")]
        return [self.users[one] for one in wanted if one in self.users]

    def _conversations(self, values: dict[str, str]) -> Any:
        self.expect((values["extended"], values["fields"]) == ("1", "screen_name"), f"chats with {values}")
        chats = sorted(self.history.items(), key=lambda chat: -chat[1][0]["date"])
        items = [
            {
                "conversation": {"peer": {"id": peer, "type": "user" if peer < 2 * 10**9 else "chat"}},
                "last_message": messages[0],
            }
            for peer, messages in chats
        ]
        found = self._part(items, values)
        profiles = [self.users[peer] for peer, _messages in chats if peer in self.users]
        return {"count": len(items), "items": found, "profiles": profiles, "groups": []}

    def _history(self, values: dict[str, str]) -> Any:
        self.expect(values["rev"] == "0", "history from its beginning")
        messages = self.history[int(values["peer_id"])]
        return {"count": len(messages), "items": self._part(messages, values)}

    def _part(self, rows: list[dict[str, Any]], values: dict[str, str]) -> list[dict[str, Any]]:
        offset, count = int(values["offset"]), int(values["count"])
        self.expect(offset >= 0 and 1 <= count <= 200, f"a part of {offset}+{count}")
        return rows[offset : offset + count]

    def _send(self, values: dict[str, str]) -> Any:
        number = values["random_id"]
        self.expect(number.isdecimal() and 0 < int(number) < 2**31, f"random_id {number}")
        self.expect(values["peer_ids"].isdecimal(), f"peer_ids {values['peer_ids']!r}")
        self.expect(len(values.get("message", "")) <= 4096, "the text is too long")
        self.expect(values.get("message") or values.get("attachment"), "an empty message")
        self.expect(len(values["payload"]) <= 1000 and json.loads(values["payload"]), "a bad payload")
        if "forward" in values:
            fields = {"peer_id", "conversation_message_ids", "is_reply"}
            self.expect(json.loads(values["forward"]).keys() == fields, f"forward {values['forward']}")
        if "keyboard" in values:
            self._check_keyboard(json.loads(values["keyboard"]))
        if number not in self._known:
            self.sent.append(values)
            self._known[number] = {
                "peer_id": int(values["peer_ids"]),
                "message_id": 5000 + len(self.sent),
                "conversation_message_id": 700 + len(self.sent),
            }
        return [self._known[number]]

    def _check_keyboard(self, keyboard: dict[str, Any]) -> None:
        """https://dev.vk.com/ru/api/bots/development/keyboard"""
        self.expect(keyboard.keys() == {"inline", "buttons"} and keyboard["inline"] is True, f"{keyboard}")
        rows = keyboard["buttons"]
        self.expect(1 <= len(rows) <= 6 and all(1 <= len(row) <= 5 for row in rows), f"rows {rows}")
        actions = [button["action"] for row in rows for button in row]
        self.expect(len(actions) <= 10, f"{len(actions)} buttons")
        for action in actions:
            self.expect(action.keys() == {"type", "label", "payload"}, f"action {action}")
            self.expect(action["type"] == "text" and 1 <= len(action["label"]) <= 40, f"action {action}")
            self.expect(len(action["payload"]) <= 255 and json.loads(action["payload"]), f"action {action}")

    def _answer(self, values: dict[str, str]) -> Any:
        self.expect(values["user_id"] == values["peer_id"], f"another chat's press {values}")
        self.answered.append(values)
        return 1

    def _mark_read(self, values: dict[str, str]) -> Any:
        how = values.keys() - {"peer_id", "group_id"}
        self.expect(len(how) == 1, f"marked by {sorted(how)}")
        self.expect(all(value.isdecimal() for value in values.values()), f"marked with {values}")
        self.read.append({name: value for name, value in values.items() if name != "group_id"})
        return 1

    # --- files

    def _upload(self, request: Received) -> Reply:
        kind, parts = request.params["kind"], request.multipart
        field = "photo" if kind == "photo" else "file"
        self.expect(parts.keys() == {field}, f"an upload with {sorted(parts)}")
        self.expect(parts[field].filename, "the file has no name")
        self.uploaded.append(parts[field])
        if kind == "photo":
            return Reply(json={"server": 77, "photo": '[{"markers_restarted":true}]', "hash": "h4sh"})
        return Reply(json={"file": f"{kind}|1|2"})

    def _save_photo(self, values: dict[str, str]) -> Any:
        self.expect(values["server"] == "77" and values["hash"] == "h4sh", f"a photo of {values}")
        return [{"id": 456, "owner_id": -self.group, "access_key": "acc3ss", "sizes": []}]

    def _save_doc(self, values: dict[str, str]) -> Any:
        kind = values["file"].partition("|")[0]
        return {"type": kind, kind: {"id": 321, "owner_id": 555, "url": f"{self.url}/files/doc"}}

    # --- Long Poll

    def _listen(self, request: Received) -> Reply:
        query = {name: found[0] for name, found in request.query.items()}
        self.expect(query.keys() == {"act", "key", "ts", "wait"}, f"Long Poll with {sorted(query)}")
        self.expect(query["act"] == "a_check" and 0 < int(query["wait"]) <= 25, f"Long Poll {query}")
        scripted = self._scripted.get("long_poll")
        if scripted:
            return scripted.popleft()
        if query["key"] != self.session["key"]:
            return Reply(json={"failed": 2})
        with self._happened:
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
            since = int(query["ts"])
            self._happened.wait_for(lambda: len(self.events) > since, self.hold)
            self._at_once -= 1
            return Reply(json={"ts": str(len(self.events)), "updates": self.events[since:]})

    @staticmethod
    def _error(code: int, message: str) -> Reply:
        return Reply(json={"error": {"error_code": code, "error_msg": message, "request_params": []}})
