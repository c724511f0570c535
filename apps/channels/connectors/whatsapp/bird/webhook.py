"""Whose event is it, and did Bird send it.

https://docs.bird.com/api/notifications-api/api-reference/webhook-subscriptions/verifying-a-webhook-subscription
"""

import base64
import hashlib
import hmac

from apps.channels.connectors.whatsapp.spec import Config
from apps.channels.contract import Reply, WebhookRequest
from apps.channels.shapes import decoded, part, word
from apps.core.errors import Rejected

SIGNATURE_HEADER, TIME_HEADER = "messagebird-signature", "messagebird-request-timestamp"
PROOF_HEADERS = (SIGNATURE_HEADER, TIME_HEADER)


def account_in(request: WebhookRequest) -> str:
    try:
        channel = word(part(decoded(request.body), "payload"), "channelId")
    except Rejected:
        return ""
    return f"messagebird:{channel.lower()}" if channel else ""


def account_of(config: Config) -> str:
    return f"messagebird:{config.bird_channel_id.lower()}"


def verify(config: Config, request: WebhookRequest) -> bool:
    """Subscriptions of a workspace may share a key: the channel is compared, too."""
    secret = config.bird_signing_key.get_secret_value()
    if not secret or account_in(request) != account_of(config):
        return False
    at = request.headers.get(TIME_HEADER, "")
    expected = signature(secret, at=at, url=request.url, body=request.body)
    given = request.headers.get(SIGNATURE_HEADER, "")
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), expected.encode())


def signature(secret: str, *, at: str, url: str, body: bytes) -> str:
    head = f"{at}\n{url}\n".encode("utf-8", "surrogatepass")
    digest = hmac.new(secret.encode(), head + hashlib.sha256(body).digest(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def handshake(config: Config, request: WebhookRequest) -> Reply | None:
    return None
