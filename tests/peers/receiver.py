"""Who receives outgoing webhooks: takes only what Standard Webhooks allows, verified by its own library."""

from typing import Any

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from tests.peers.exchange import Received, Reply
from tests.peers.server import Peer

HOOK = "POST /hook"
OURS = {"webhook-id", "webhook-timestamp", "webhook-signature", "content-type", "user-agent"}
OF_HTTP = {"host", "accept", "accept-encoding", "content-length", "connection"}


class Receiver(Peer):
    """`secrets`: every request must bear a signature by each of them; None: who signs is not looked at."""

    def __init__(self, *secrets: str) -> None:
        super().__init__()
        self.secrets = secrets
        self.route(HOOK, lambda _request: Reply(status=204))

    @property
    def hook(self) -> str:
        return f"{self.url}/hook"

    @property
    def told(self) -> list[Any]:
        return [request.json for request in self.requests]

    @property
    def ids(self) -> list[str]:
        return [request.headers["webhook-id"] for request in self.requests]

    def answer(self, request: Received) -> Reply:
        names = {name.lower() for name in request.headers}
        self.expect(names <= OURS | OF_HTTP, f"unexpected headers {sorted(names - OURS - OF_HTTP)}")
        self.expect(request.headers["content-type"] == "application/json", "not application/json")
        self.expect(request.json.get("id") == request.headers["webhook-id"], "the body's id is another")
        self.expect(isinstance(request.json.get("type"), str), "no type")
        for secret in self.secrets:
            try:
                Webhook(secret).verify(request.body, dict(request.headers.items()))
            except (WebhookVerificationError, ValueError) as error:
                self.expect(False, f"not verified: {error}")
        return super().answer(request)
