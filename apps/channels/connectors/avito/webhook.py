"""Whose message is it, and who sent it.

Neither Avito nor the MCP server of the customer's specification signs what it sends. What proves a message is
the channel's own address, which nobody can guess, or the secret: in the address's query, as Avito is told it,
or in X-Webhook-Secret. An account's number is no secret: it only tells whose a message would be.
https://developers.avito.ru/api-catalog/messenger/documentation#operation/postWebhookV3
"""

import hmac

from apps.channels.connectors.avito import normalised
from apps.channels.connectors.avito.ids import as_key, direction_of, first_key
from apps.channels.connectors.avito.spec import SECRET_HEADER, SECRET_PARAMETER, Config
from apps.channels.contract import Reply, WebhookRequest
from apps.channels.shapes import Shape, decoded, part
from apps.core.errors import Rejected


def account_in(request: WebhookRequest) -> str:
    """`user_id` is the account's own, whoever wrote; in the older shape, which says «in», the client's."""
    try:
        body = decoded(request.body)
    except Rejected:
        return ""
    if normalised.is_normalised(body):
        told = as_key(part(body, "meta").get("user_id"))
        return told or _account_of(normalised.original(body))
    return _account_of(part(part(body, "payload"), "value"))


def account_of(config: Config) -> str:
    return config.user_id


def secret_in(request: WebhookRequest) -> str:
    return request.headers.get(SECRET_HEADER, "") or request.query.get(SECRET_PARAMETER, "")


def secret_of(config: Config) -> str:
    return config.webhook_secret.get_secret_value()


def verify(config: Config, request: WebhookRequest) -> bool:
    secret = secret_of(config)
    return bool(secret) and hmac.compare_digest(_bytes(secret_in(request)), _bytes(secret))


def handshake(config: Config, request: WebhookRequest) -> Reply | None:
    """Before Avito calls an address, it tries it with an empty object; there is nothing in it to store."""
    return Reply() if request.method == "POST" and request.body.strip() in (b"", b"{}") else None


def _account_of(value: Shape) -> str:
    user = first_key((value, "user_id"))
    return "" if direction_of(value) == "in" and user == first_key((value, "author_id")) else user


def _bytes(value: str) -> bytes:
    return value.encode("utf-8", "surrogatepass")
