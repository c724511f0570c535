"""Twilio's WhatsApp API as strict as the real one, and stricter: what it would ignore is a complaint here.

https://www.twilio.com/docs/whatsapp/api
"""

import base64
import hashlib
import hmac
import re
from typing import Any
from urllib.parse import parse_qs

from tests.peers.server import Peer, Received, Reply

ACCOUNT, TOKEN, NUMBER = "AC0123456789abcdef0123456789abcdef", "made-up-auth-token", "+14155238886"
_BASIC = "Basic " + base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
_ROOT = f"/2010-04-01/Accounts/{ACCOUNT}"
SEND = f"POST {_ROOT}/Messages.json"
CHECK = f"GET {_ROOT}.json"


def signature(url: str, body: bytes, token: str = TOKEN) -> str:
    """As Twilio signs a form: the address, then each field's name and value, by name."""
    fields = parse_qs(body.decode(), keep_blank_values=True)
    signed = url + "".join(name + fields[name][0] for name in sorted(fields))
    return base64.b64encode(hmac.digest(token.encode(), signed.encode(), hashlib.sha1)).decode()


class TwilioPeer(Peer):
    """`sent`: forms taken, in order; `files`: by the ids that media addresses end with."""

    def __init__(self) -> None:
        super().__init__()
        self.account: dict[str, Any] = {
            "sid": ACCOUNT,
            "friendly_name": "Мастерская",
            "status": "active",
            "type": "Full",
        }
        self.sent: list[dict[str, str]] = []
        self.files: dict[str, tuple[bytes, str]] = {}
        self.route(CHECK, self._checked(lambda _request: Reply(json=self.account)))
        self.route(SEND, self._checked(self._take))
        self.route(f"GET {_ROOT}/Messages/{{message}}/Media/{{media}}", self._checked(self._redirect))
        self.route("GET /storage/{media}", self._hand_out)

    def fail(self, status: int, code: int, **headers: str) -> None:
        """The next message is refused like this."""
        self.script(SEND, [refusal(status, code, **headers)])

    def _checked(self, handler: Any) -> Any:
        def check(request: Received) -> Reply:
            if request.headers["Authorization"] != _BASIC:
                return refusal(401, 20003)
            reply: Reply = handler(request)
            return reply

        return check

    def _take(self, request: Received) -> Reply:
        form = {name: values[0] for name, values in request.form.items()}
        kind = request.headers["Content-Type"]
        self.expect(kind == "application/x-www-form-urlencoded", f"a message comes as {kind}")
        self.expect(all(len(values) == 1 for values in request.form.values()), "a field is there twice")
        self.expect({"From", "To"} <= form.keys(), f"a message has {form.keys()}")
        self.expect(
            form.keys() <= {"From", "To", "Body", "MediaUrl", "StatusCallback"},
            f"a message has {form.keys()}",
        )
        self.expect(form["From"] == f"whatsapp:{NUMBER}", f"from {form['From']!r}")
        self.expect(re.fullmatch(r"whatsapp:(\+\d{5,20}|[A-Z]{2}\.\w+)", form["To"]), f"to {form['To']!r}")
        self.expect(form.get("Body") or form.get("MediaUrl"), "a message has nothing in it")
        self.expect(len(form.get("Body", "")) <= 1600, "the body is too long")
        for name in ("MediaUrl", "StatusCallback"):
            self.expect(re.match("https?://", form.get(name, "https://")), f"{name} {form.get(name)!r}")
        self.sent.append(form)
        answer = {"sid": f"SM_SENT{len(self.sent)}", "status": "queued", "error_code": None}
        return Reply(status=201, json=answer)

    def _redirect(self, request: Received) -> Reply:
        media = request.params["media"]
        if media not in self.files:
            return refusal(404, 20404)
        return Reply(status=307, headers={"Location": f"{self.url}/storage/{media}"})

    def _hand_out(self, request: Received) -> Reply:
        content, kind = self.files[request.params["media"]]
        return Reply(body=content, headers={"Content-Type": kind})


def refusal(status: int, code: int, **headers: str) -> Reply:
    more = f"https://www.twilio.com/docs/errors/{code}"
    body = {"code": code, "message": f"{TOKEN} refused", "more_info": more, "status": status}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status=status, json=body, headers=named)
