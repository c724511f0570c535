"""Green API as strict as the real one, and stricter: what it would ignore is a complaint here.

https://green-api.com/en/docs/api/
"""

import re
from typing import Any

from tests.peers.server import Peer, Received, Reply

INSTANCE, TOKEN, HOOK_TOKEN = (
    "1101000001",
    "d75b3a66374942c5b3c019c698abc2067e151558acbd412345",
    "made-up-hook",
)
SEND = f"POST /waInstance{INSTANCE}/sendMessage/{{token}}"
SEND_FILE = f"POST /waInstance{INSTANCE}/sendFileByUrl/{{token}}"
STATE = f"GET /waInstance{INSTANCE}/getStateInstance/{{token}}"
SETTINGS = f"GET /waInstance{INSTANCE}/getSettings/{{token}}"
_SETTINGS = {
    "webhookUrl",
    "webhookUrlToken",
    "incomingWebhook",
    "outgoingWebhook",
    "outgoingMessageWebhook",
    "outgoingAPIMessageWebhook",
    "stateWebhook",
    "incomingCallWebhook",
    "editedMessageWebhook",
    "deletedMessageWebhook",
}


class GreenApiPeer(Peer):
    """`sent`: messages taken, in order; `restarts`: how often settings were set; `files` by name."""

    def __init__(self) -> None:
        super().__init__()
        self.state = "authorized"
        self.settings: dict[str, Any] = {"wid": "79001234567@c.us", "webhookUrl": "", "webhookUrlToken": ""}
        self.restarts = 0
        self.sent: list[dict[str, Any]] = []
        self.files: dict[str, tuple[bytes, str]] = {}
        self.route(STATE, self._checked(lambda _request: Reply(json={"stateInstance": self.state})))
        self.route(SETTINGS, self._checked(lambda _request: Reply(json=self.settings)))
        self.route(f"POST /waInstance{INSTANCE}/setSettings/{{token}}", self._checked(self._set))
        self.route(SEND, self._checked(self._take({"chatId", "message"})))
        self.route(SEND_FILE, self._checked(self._take({"chatId", "urlFile", "fileName"}, {"caption"})))
        self.route("GET /storage/{file}", self._hand_out)

    def fail(self, status: int, body: Any = None) -> None:
        """The next text is refused like this."""
        self.script(SEND, [Reply(status=status, json=body if body is not None else {"message": TOKEN})])

    def _checked(self, handler: Any) -> Any:
        def check(request: Received) -> Reply:
            if request.params["token"] != TOKEN:
                return Reply(status=401, body="")
            reply: Reply = handler(request)
            return reply

        return check

    def _set(self, request: Received) -> Reply:
        values = request.json
        self.expect(values.keys() == _SETTINGS, f"settings have {values.keys() ^ _SETTINGS}")
        self.settings |= values
        self.restarts += 1
        return Reply(json={"saveSettings": True})

    def _take(self, needed: set[str], allowed: set[str] | None = None) -> Any:
        may = needed | (allowed or set()) | {"quotedMessageId"}

        def take(request: Received) -> Reply:
            values = request.json
            self.expect(request.headers["Content-Type"] == "application/json", "JSON is not called JSON")
            self.expect(needed <= values.keys() <= may, f"a message has {values.keys()}")
            self.expect(re.fullmatch(r"\d{5,20}@(c\.us|lid)", values["chatId"]), f"to {values['chatId']!r}")
            self.expect(re.match("https?://", values.get("urlFile", "https://")), "a file without an address")
            self.sent.append(values)
            return Reply(json={"idMessage": f"GREEN{len(self.sent)}"})

        return take

    def _hand_out(self, request: Received) -> Reply:
        self.expect("Authorization" not in request.headers, "the storage was told a secret")
        content, kind = self.files[request.params["file"]]
        return Reply(body=content, headers={"Content-Type": kind})
