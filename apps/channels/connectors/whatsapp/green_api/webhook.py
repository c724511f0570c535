"""Whose event is it, and did Green API send it.

https://green-api.com/en/docs/api/receiving/technology-webhook-endpoint/
"""

import hmac

from apps.channels.connectors.whatsapp.spec import Config
from apps.channels.contract import Reply, WebhookRequest
from apps.channels.shapes import decoded, part
from apps.core.errors import Rejected

SECRET_HEADER = "authorization"  # noqa: S105 - the name of a header
PROOF_HEADERS = (SECRET_HEADER,)


def account_in(request: WebhookRequest) -> str:
    try:
        instance = part(decoded(request.body), "instanceData").get("idInstance")
    except Rejected:
        return ""
    known = isinstance(instance, int | str) and not isinstance(instance, bool)
    return f"green_api:{instance}"[:200] if known and instance else ""


def account_of(config: Config) -> str:
    return f"green_api:{config.green_instance_id}"


def verify(config: Config, request: WebhookRequest) -> bool:
    """The token comes as it was set, or as a bearer's."""
    secret = config.green_webhook_token.get_secret_value().encode()
    if not secret or account_in(request) != account_of(config):
        return False
    given = request.headers.get(SECRET_HEADER, "").encode("utf-8", "surrogatepass")
    return hmac.compare_digest(given.removeprefix(b"Bearer "), secret)


def handshake(config: Config, request: WebhookRequest) -> Reply | None:
    return None
