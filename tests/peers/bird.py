"""Bird's Channels API as strict as the real one, and stricter: what it would ignore is a complaint here.

https://docs.bird.com/api/channels-api
"""

import base64
import hashlib
import hmac
import re
from typing import Any

from tests.peers.server import Peer, Received, Reply

WORKSPACE, CHANNEL = "3f2b1c4d-5e6f-4a7b-8c9d-0e1f2a3b4c5d", "52ad151f-f7b4-46f9-a5c6-d3318e650c84"
KEY, SIGNING = "made-up-access-key", "made-up-signing-key"
_ROOT = f"/workspaces/{WORKSPACE}/channels/{CHANNEL}"
SEND = f"POST {_ROOT}/messages"
CHECK = f"GET {_ROOT}"
_BODIES = {"text": {"text"}, "image": {"images", "text"}, "file": {"files", "text"}}
_FILES = {"images": {"mediaUrl"}, "files": {"mediaUrl", "contentType", "filename"}}


def signature(url: str, body: bytes, at: str, key: str = SIGNING) -> str:
    """As Bird signs an event: three lines, the last of them the bare digest of the body."""
    signed = b"\n".join([at.encode(), url.encode(), hashlib.new("sha256", body).digest()])
    return base64.b64encode(hmac.digest(key.encode(), signed, "sha256")).decode()


class BirdPeer(Peer):
    """`sent`: messages taken, in order; `files`: by the ids that media addresses end with."""

    def __init__(self) -> None:
        super().__init__()
        self.channel: dict[str, Any] = {
            "id": CHANNEL,
            "name": "Мастерская",
            "platformId": "whatsapp",
            "identifier": "+79001234567",
            "status": "active",
        }
        self.sent: list[dict[str, Any]] = []
        self.files: dict[str, tuple[bytes, str]] = {}
        self.route(CHECK, self._checked(lambda _request: Reply(json=self.channel)))
        self.route(SEND, self._checked(self._take))
        self.route("GET /media/{media}", self._checked(self._hand_out))

    def fail(self, status: int, code: str = "InvalidPayload") -> None:
        """The next message is refused like this."""
        self.script(SEND, [refusal(status, code)])

    def _checked(self, handler: Any) -> Any:
        def check(request: Received) -> Reply:
            if request.headers["Authorization"] != f"AccessKey {KEY}":
                return refusal(401, "Unauthorized")
            reply: Reply = handler(request)
            return reply

        return check

    def _take(self, request: Received) -> Reply:
        values = request.json
        self.expect(request.headers["Content-Type"] == "application/json", "JSON is not called JSON")
        self.expect(values.keys() == {"receiver", "body", "reference"}, f"a message has {values.keys()}")
        (contact,) = values["receiver"]["contacts"]
        self.expect(contact.keys() == {"identifierKey", "identifierValue"}, f"a contact has {contact.keys()}")
        self.expect(contact["identifierKey"] == "phonenumber", "a contact is no phone")
        self.expect(re.fullmatch(r"\+\d{5,20}", contact["identifierValue"]), f"to {contact!r}")
        self._check_body(values["body"])
        self.sent.append(values)
        return Reply(
            status=202, json={"id": f"bird-{len(self.sent)}", "channelId": CHANNEL, "status": "accepted"}
        )

    def _check_body(self, body: dict[str, Any]) -> None:
        kind = body["type"]
        self.expect(body.keys() == {"type", kind}, f"a body has {body.keys()}")
        self.expect(kind in _BODIES and body[kind].keys() <= _BODIES[kind], f"{kind} has {body[kind].keys()}")
        for name in _FILES.keys() & body[kind].keys():
            for file in body[kind][name]:
                self.expect(file.keys() == _FILES[name], f"{name} has {file.keys()}")
                self.expect(re.match("https?://", file["mediaUrl"]), f"a file at {file['mediaUrl']!r}")

    def _hand_out(self, request: Received) -> Reply:
        content, kind = self.files[request.params["media"]]
        return Reply(body=content, headers={"Content-Type": kind})


def refusal(status: int, code: str) -> Reply:
    return Reply(status=status, json={"code": code, "message": f"{KEY} refused", "details": {}})
