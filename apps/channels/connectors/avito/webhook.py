"""Whose event is it. https://developers.avito.ru/api-catalog/messenger/documentation#operation/postWebhookV3

Avito publishes no signature to verify. What proves an event is the channel's own address, which nobody can
guess, and a secret in the address's query where one is set.
"""

import hmac

from apps.channels.connectors.avito.reading import direction_of, id_of
from apps.channels.connectors.avito.spec import Config
from apps.channels.contract import Reply, WebhookRequest
from apps.channels.shapes import decoded, part
from apps.core.errors import Rejected

SECRET_PARAMETER = "secret"  # noqa: S105 - the name, not the secret


def account_in(request: WebhookRequest) -> str:
    """`user_id` is the account's own, whoever wrote; in the older shape, which says «in», the client's."""
    try:
        value = part(part(decoded(request.body), "payload"), "value")
        user, author = id_of(value, "user_id"), id_of(value, "author_id")
    except Rejected:
        return ""
    return "" if direction_of(value) == "in" and user == author else user


def account_of(config: Config) -> str:
    return config.user_id


def secret_in(request: WebhookRequest) -> str:
    return request.query.get(SECRET_PARAMETER, "")


def secret_of(config: Config) -> str:
    return config.webhook_secret.get_secret_value()


def verify(config: Config, request: WebhookRequest) -> bool:
    secret = secret_of(config)
    return not secret or hmac.compare_digest(_bytes(secret_in(request)), _bytes(secret))


def handshake(config: Config, request: WebhookRequest) -> Reply | None:
    """Before Avito calls an address, it tries it with an empty object; there is nothing in it to store."""
    return Reply() if request.method == "POST" and request.body.strip() in (b"", b"{}") else None


def _bytes(value: str) -> bytes:
    return value.encode("utf-8", "surrogatepass")
