"""Firebase Cloud Messaging twice: HTTP v1, and the request with a server key. Strict: what either would
refuse or ignore is a complaint. https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages
"""

import base64
import json
import re
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from tests.peers.server import Peer, Received, Reply

PROJECT = "battery-made-up"
EMAIL = f"crm@{PROJECT}.iam.gserviceaccount.example"
SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
TOKEN, SEND = "POST /token", f"POST /v1/projects/{PROJECT}/messages:send"
INSTALL, REGISTER = f"POST /v1/projects/{PROJECT}/installations", f"POST /v1/projects/{PROJECT}/registrations"
WEB_KEY, APP_ID = "AIzaMadeUpWebApiKey0123456789", "1:123456789012:web:0a1b2c"
VAPID = "BMadeUpPublicKeyOfTheWebPushCertificate" + "0" * 48
LEGACY = "POST /fcm/send"
SERVER_KEY = "AAAAmade-up:server-key-0123456789"


@cache
def key_pair() -> rsa.RSAPrivateKey:
    """Made for this run: no private key lies in the repository."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def service_account(url: str) -> str:
    """The file as Firebase gives it."""
    pem = key_pair().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return json.dumps(
        {
            "type": "service_account",
            "project_id": PROJECT,
            "private_key_id": "0123456789abcdef",
            "private_key": pem.decode(),
            "client_email": EMAIL,
            "token_uri": f"{url}/token",
        }
    )


def own_values(url: str) -> dict[str, Any]:
    return {
        "service_account_json": service_account(url),
        "web_api_key": WEB_KEY,
        "web_app_id": APP_ID,
        "vapid_public": VAPID,
        "base_url": url,
        "installations_url": url,
        "registrations_url": url,
    }


def plain_values(url: str) -> dict[str, Any]:
    return {"server_key": SERVER_KEY, "sender_id": "123456789012", "base_url": url}


def refusal(status: int, word: str, *, code: str = "", field: str = "") -> Reply:
    """As Google words it: a general status, and FCM's own code among the details."""
    details: list[dict[str, Any]] = []
    if code:
        kind = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
        details.append({"@type": kind, "errorCode": code})
    if field:
        kind = "type.googleapis.com/google.rpc.BadRequest"
        details.append({"@type": kind, "fieldViolations": [{"field": field, "description": "Invalid"}]})
    error = {"code": status, "message": "refused", "status": word, "details": details}
    return Reply(status=status, json={"error": error})


_MESSAGE = {"token", "topic", "notification", "data", "android", "webpush"}
_ANDROID = {"collapse_key", "priority", "ttl", "notification"}
_ANDROID_SHOWN = {"icon", "sound", "click_action", "tag"}
_TOPIC = re.compile(r"[A-Za-z0-9_-]{1,32}")


class FcmPeer(Peer):
    """`sent` are the messages that were taken, in order; `dead` maps a token to how it is refused."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[dict[str, Any]] = []
        self.dead: dict[str, Reply] = {}
        self.tokens: list[str] = []
        self.subscriptions: list[dict[str, str]] = []
        self.route(TOKEN, self._give_token)
        self.route(SEND, self._send)
        self.route(INSTALL, self._install)
        self.route(REGISTER, self._register)

    def revoke(self) -> None:
        """The tokens given so far are accepted no more."""
        self.tokens.clear()

    def _give_token(self, request: Received) -> Reply:
        form = request.form
        self.expect(form["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"], "another grant")
        (assertion,) = form["assertion"]
        head, claims, signature = assertion.split(".")
        key_pair().public_key().verify(
            _unpacked(signature), f"{head}.{claims}".encode(), padding.PKCS1v15(), SHA256()
        )
        told = json.loads(_unpacked(claims))
        self.expect(json.loads(_unpacked(head))["alg"] == "RS256", "another algorithm")
        self.expect(told.keys() == {"iss", "scope", "aud", "iat", "exp"}, f"claims {told.keys()}")
        self.expect(told["iss"] == EMAIL and told["scope"] == SCOPE, f"claims {told}")
        self.expect(told["aud"] == f"{self.url}/token", f"for {told['aud']}")
        self.expect(0 < told["exp"] - told["iat"] <= 3600, "lasts longer than an hour")
        self.tokens.append(f"ya29.made-up-{len(self.tokens)}-{len(self.requests)}")
        return Reply(json={"access_token": self.tokens[-1], "expires_in": 3599, "token_type": "Bearer"})

    def _send(self, request: Received) -> Reply:
        scheme, _space, token = request.headers["Authorization"].partition(" ")
        if scheme != "Bearer" or token not in self.tokens:
            return refusal(401, "UNAUTHENTICATED")
        self.expect(request.headers["Content-Type"] == "application/json", "JSON is not called JSON")
        body = request.json
        self.expect(body.keys() <= {"message", "validate_only"}, f"a request has {body.keys()}")
        message = body["message"]
        self._check(message)
        if body.get("validate_only"):
            return Reply(json={"name": f"projects/{PROJECT}/messages/fake_message_id"})
        if refused := self.dead.get(message["token"]):
            return refused
        self.sent.append(message)
        return Reply(json={"name": f"projects/{PROJECT}/messages/{len(self.sent)}"})

    def _check(self, message: dict[str, Any]) -> None:
        self.expect(message.keys() <= _MESSAGE, f"a message has {message.keys()}")
        self.expect(("token" in message) != ("topic" in message), "one target, neither none nor two")
        self.expect(message["notification"].keys() <= {"title", "body", "image"}, "notification")
        data = message.get("data", {})
        self.expect(all(isinstance(one, str) for one in data.values()), f"data holds more than text: {data}")
        self.expect(not {"from", "message_type"} & data.keys(), "reserved words in data")
        android = message.get("android", {})
        self.expect(android.keys() <= _ANDROID, f"android {android.keys()}")
        self.expect(android.get("notification", {}).keys() <= _ANDROID_SHOWN, f"android {android}")
        self.expect(re.fullmatch(r"\d+s", android.get("ttl", "0s")), f"ttl {android.get('ttl')!r}")
        web = message.get("webpush", {})
        self.expect(web.keys() <= {"headers", "fcm_options"}, f"webpush {web.keys()}")
        self.expect(_TOPIC.fullmatch(web.get("headers", {}).get("Topic", "x")), f"topic {web}")
        link = web.get("fcm_options", {}).get("link", "https://")
        self.expect(link.startswith("https://"), f"link {link!r}")

    def _install(self, request: Received) -> Reply:
        self._check_key(request)
        body = request.json
        self.expect(body.keys() == {"fid", "authVersion", "appId", "sdkVersion"}, f"installs {body.keys()}")
        self.expect(re.fullmatch(r"[cdef][A-Za-z0-9_-]{21}", body["fid"]), f"id {body['fid']!r}")
        self.expect(body["authVersion"] == "FIS_v2" and body["appId"] == APP_ID, f"installs {body}")
        token = {"token": "installed-made-up", "expiresIn": "604800s"}
        return Reply(json={"fid": body["fid"], "refreshToken": "r-made-up", "authToken": token})

    def _register(self, request: Received) -> Reply:
        self._check_key(request)
        auth = request.headers["x-goog-firebase-installations-auth"]
        self.expect(auth == "FIS installed-made-up", f"registers with {auth!r}")
        self.expect(request.json.keys() == {"web"}, f"registers {request.json.keys()}")
        web = request.json["web"]
        self.expect(web.keys() == {"endpoint", "p256dh", "auth", "applicationPubKey"}, f"web {web.keys()}")
        self.expect(web["applicationPubKey"] == VAPID, "another certificate")
        self.subscriptions.append(web)
        # Another one with each registration, also of the same browser.
        browser, number = web["endpoint"].rpartition("/")[2], len(self.subscriptions)
        return Reply(json={"token": f"web-token:{browser}:{number}"})

    def _check_key(self, request: Received) -> None:
        self.expect(request.headers["x-goog-api-key"] == WEB_KEY, "another web key")


class GatewayPeer(Peer):
    """Whoever still takes the document's request. `sent` are its bodies; `dead` maps a token to the error."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[dict[str, Any]] = []
        self.dead: dict[str, str] = {}
        self.route(LEGACY, self._send)

    def _send(self, request: Received) -> Reply:
        if request.headers["Authorization"] != f"key={SERVER_KEY}":
            return Reply(status=401, body="<html>Unauthorized</html>", headers={"Content-Type": "text/html"})
        self.expect(request.headers["Content-Type"] == "application/json", "JSON is not called JSON")
        body = request.json
        if body.get("dry_run"):
            return Reply(json={"message_id": 1})
        self.expect(body.keys() == {"to", "collapse_key", "notification", "data"}, f"has {body.keys()}")
        shown = body["notification"]
        self.expect(
            shown.keys() | {"sound"} == {"title", "body", "icon", "sound", "click_action"}, f"shows {shown}"
        )
        self.expect(all(isinstance(one, str) for one in body["data"].values()), "data holds more than text")
        if error := self.dead.get(body["to"]):
            results = [{"error": error}]
            return Reply(json={"multicast_id": 1, "success": 0, "failure": 1, "results": results})
        self.sent.append(body)
        results = [{"message_id": f"0:{len(self.sent)}"}]
        return Reply(json={"multicast_id": 1, "success": 1, "failure": 0, "results": results})


def _unpacked(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
