"""The messaging side of Meta's Graph API, strict: what it would ignore is a complaint here.

    with MetaPeer(token="EAA…", accounts={"me": {"id": "1", "name": "Shop"}}) as graph:
        graph.fail("messages", 400, 10, 2018278)
        graph.files["a.jpg"] = b"…"

https://developers.facebook.com/docs/messenger-platform/reference/send-api
"""

from collections import deque
from collections.abc import Callable, Collection, Mapping
from typing import Any

from tests.peers.server import Peer, Received, Reply

TOKEN = "EAAmade-up-access-token"


class MetaPeer(Peer):
    """`sent`: bodies that were accepted, in order; `seen`: clients whose chat was marked as read.

    `clients`: their profiles by their ids; of others Meta tells nothing.

    `known_fields`: what may be subscribed to.
    """

    def __init__(
        self,
        *,
        accounts: Mapping[str, Mapping[str, Any]],
        known_fields: Collection[str],
        message_keys: Collection[str],
        longest: Callable[[str], bool],
        token: str = TOKEN,
        version: str = "v25.0",
        port: int = 0,
    ) -> None:
        super().__init__(port=port)
        self.token, self.accounts, self.known_fields = token, accounts, known_fields
        self.message_keys, self.longest = set(message_keys), longest
        self.subscribed: list[str] = []
        self.files: dict[str, bytes] = {}
        self.sent: list[dict[str, Any]] = []
        self.seen: list[str] = []
        self.clients: dict[str, dict[str, str]] = {}
        self._scripted: dict[str, deque[Reply]] = {}
        self._route("GET", f"/{version}/{{node}}", "account", self._account)
        self._route("GET", f"/{version}/{{node}}/subscribed_apps", "subscriptions", self._subscriptions)
        self._route("POST", f"/{version}/{{node}}/subscribed_apps", "subscribe", self._subscribe)
        self._route("POST", f"/{version}/{{node}}/messages", "messages", self._send)
        self.route("GET /cdn/{name}", self._hand_out)

    def fail(self, call: str, status: int, code: int, subcode: int = 0, **more: Any) -> None:
        """The next such call is refused like this."""
        self.next(call, error(status, code, subcode, **more))

    def next(self, call: str, reply: Reply) -> None:
        """The next such call gets this answer; with `hang` it was accepted all the same."""
        self._scripted.setdefault(call, deque()).append(reply)

    def _route(self, verb: str, path: str, call: str, handler: Callable[[Received], Reply]) -> None:
        def checked(request: Received) -> Reply:
            if request.headers["Authorization"] != f"Bearer {self.token}":
                return error(401, 190)
            self.expect("access_token" not in request.query, "the token is in the address")
            if call == "account" and (client := self.clients.get(request.params["node"])) is not None:
                return self._profile(client, request)
            if request.params["node"] not in self.accounts:
                return error(400, 100, 33)
            # Actions go where messages go; what is scripted for the one is not for the other.
            is_action = call == "messages" and b'"sender_action"' in request.body
            scripted = self._scripted.get("seen" if is_action else call)
            reply = handler(request) if not scripted or scripted[0].hang else None
            return scripted.popleft() if scripted else reply or Reply(status=500)

        self.route(f"{verb} {path}", checked)

    def _account(self, request: Received) -> Reply:
        self.expect(request.query.keys() == {"fields"}, f"an account is asked with {request.query}")
        wanted = {name.partition("{")[0] for name in request.query["fields"][0].split("{")[0].split(",")}
        found = self.accounts[request.params["node"]]
        self.expect(wanted <= found.keys() | {"username", "name", "instagram_business_account"}, f"{wanted}")
        return Reply(json={name: value for name, value in found.items() if name in wanted | {"id"}})

    def _profile(self, client: dict[str, str], request: Received) -> Reply:
        wanted = request.query["fields"][0].split(",")
        known = {"name", "username", "first_name", "last_name", "profile_pic"}
        self.expect(set(wanted) <= known, f"a client is asked for {wanted}")
        return Reply(json={"id": request.params["node"], **{n: client[n] for n in wanted if n in client}})

    def _subscriptions(self, request: Received) -> Reply:
        self.expect(request.query == {"fields": ["id,subscribed_fields"]}, f"asked with {request.query}")
        return Reply(
            json={"data": [{"id": "1", "subscribed_fields": self.subscribed}] if self.subscribed else []}
        )

    def _subscribe(self, request: Received) -> Reply:
        self.expect(request.query.keys() == {"subscribed_fields"}, f"subscribed with {request.query}")
        fields = request.query["subscribed_fields"][0].split(",")
        if not set(fields) <= set(self.known_fields):
            return error(400, 100)
        self.subscribed = fields
        return Reply(json={"success": True})

    def _send(self, request: Received) -> Reply:
        self.expect(request.headers["Content-Type"] == "application/json", "JSON is not called JSON")
        values = request.json
        self.expect(not request.query, f"sent with {request.query}")
        if "sender_action" in values:
            return self._act(values)
        self.expect({"recipient", "message"} <= values.keys(), f"a message of {values.keys()}")
        self.expect(values.keys() <= {"recipient", "message", "messaging_type", "tag"}, f"{values.keys()}")
        tagged = (values.get("messaging_type"), values.get("tag"))
        allowed = ((None, None), ("RESPONSE", None), ("MESSAGE_TAG", "HUMAN_AGENT"))
        self.expect(tagged in allowed, f"messaging type and tag {tagged}")
        self.expect(values["recipient"].keys() == {"id"}, f"recipient {values['recipient']}")
        self.expect(type(values["recipient"]["id"]) is str, "the recipient's id is no text")
        self._check_message(values["message"])
        self.sent.append(values)
        return Reply(json={"recipient_id": values["recipient"]["id"], "message_id": f"mid.{len(self.sent)}"})

    def _act(self, values: dict[str, Any]) -> Reply:
        """https://developers.facebook.com/docs/messenger-platform/send-messages/sender-actions"""
        self.expect(values.keys() == {"recipient", "sender_action"}, f"an action of {values.keys()}")
        self.expect(values["recipient"].keys() == {"id"}, f"recipient {values['recipient']}")
        self.expect(values["sender_action"] == "mark_seen", f"action {values['sender_action']}")
        self.seen.append(values["recipient"]["id"])
        return Reply(json={"recipient_id": values["recipient"]["id"]})

    def _check_message(self, message: dict[str, Any]) -> None:
        unknown = message.keys() - {"text", "attachment", "quick_replies"} - self.message_keys
        self.expect(not unknown, f"message has {unknown}")
        self.expect(("text" in message) != ("attachment" in message), "text and file in one message, or none")
        self.expect(self.longest(message.get("text", "")), "the text is too long")
        self._check_quick_replies(message)
        if attachment := message.get("attachment"):
            self.expect(attachment.keys() == {"type", "payload"}, f"attachment {attachment}")
            self.expect(
                attachment["type"] in ("image", "audio", "video", "file"), f"type {attachment['type']}"
            )
            self.expect(attachment["payload"].keys() == {"url"}, f"payload {attachment['payload']}")
            self.expect(
                attachment["payload"]["url"].startswith("https://"), "the file's address is not https"
            )

    def _check_quick_replies(self, message: dict[str, Any]) -> None:
        """https://developers.facebook.com/docs/messenger-platform/send-messages/quick-replies"""
        if (replies := message.get("quick_replies")) is None:
            return
        self.expect("text" in message and 1 <= len(replies) <= 13, f"{len(replies)} quick replies")
        for reply in replies:
            self.expect(reply.keys() == {"content_type", "title", "payload"}, f"quick reply {reply}")
            self.expect(reply["content_type"] == "text" and 1 <= len(reply["title"]) <= 20, f"{reply}")
            self.expect(1 <= len(reply["payload"]) <= 1000, f"quick reply {reply}")

    def _hand_out(self, request: Received) -> Reply:
        self.expect("Authorization" not in request.headers, "the token went to the store of files")
        content = self.files.get(request.params["name"])
        return Reply(status=403, body="URL signature expired") if content is None else Reply(body=content)


def error(status: int, code: int, subcode: int = 0, **more: Any) -> Reply:
    body = {"message": f"(#{code}) in Meta's words", "type": "OAuthException", "code": code, **more}
    if subcode:
        body["error_subcode"] = subcode
    return Reply(status=status, json={"error": {**body, "fbtrace_id": "A1b2"}})
