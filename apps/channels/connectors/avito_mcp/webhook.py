"""Whose message is it, and did the MCP server send it.

The specification gives the server no signature. One that can send a header sends X-Webhook-Secret; one that
can't is believed on the channel's own unguessable address. At the address that all channels share, a message
without the secret is taken only where the Avito user id in it is the one a person filled in.
"""

import hmac

from apps.channels.connectors.avito_mcp.ids import first_key
from apps.channels.connectors.avito_mcp.inbound import original
from apps.channels.connectors.avito_mcp.spec import SECRET_HEADER, Config
from apps.channels.contract import Reply, WebhookRequest
from apps.channels.shapes import decoded, part
from apps.core.errors import Rejected

# No account is called so: an empty answer would let whoever comes into the only channel there is.
NOBODY = "nobody"


def account_in(request: WebhookRequest) -> str:
    try:
        body = decoded(request.body)
    except Rejected:
        return NOBODY
    return first_key((part(body, "meta"), "user_id"), (original(body), "user_id")) or NOBODY


def account_of(config: Config) -> str:
    return config.user_id


def secret_in(request: WebhookRequest) -> str:
    return request.headers.get(SECRET_HEADER, "")


def secret_of(config: Config) -> str:
    return config.webhook_secret.get_secret_value()


def verify(config: Config, request: WebhookRequest) -> bool:
    """Without a secret the address has said enough. A secret that came must be the right one."""
    given = secret_in(request)
    return not given or hmac.compare_digest(_bytes(given), _bytes(secret_of(config)))


def handshake(config: Config, request: WebhookRequest) -> Reply | None:
    """None: Avito's probe is a POST of an empty object, answered like any event."""
    return None


def _bytes(value: str) -> bytes:
    return value.encode("utf-8", "surrogatepass")
