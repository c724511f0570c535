"""Whose update is it, and did MAX send it. https://dev.max.ru/docs-api/methods/POST/subscriptions

An update names no bot: the account is told by the channel's own address or by the secret that came along.
"""

import hmac

from apps.channels.connectors.max.spec import SECRET_HEADER, Config
from apps.channels.contract import Reply, WebhookRequest


def account_in(request: WebhookRequest) -> str:
    return ""


def account_of(config: Config) -> str:
    """Nothing: the token does not tell the bot's id."""
    return ""


def secret_in(request: WebhookRequest) -> str:
    return request.headers.get(SECRET_HEADER, "")


def secret_of(config: Config) -> str:
    return config.webhook_secret.get_secret_value()


def verify(config: Config, request: WebhookRequest) -> bool:
    """Every subscription of ours has a secret, so that a request without it is not MAX's."""
    secret = secret_of(config)
    return bool(secret) and hmac.compare_digest(_bytes(secret_in(request)), _bytes(secret))


def handshake(config: Config, request: WebhookRequest) -> Reply | None:
    return None


def _bytes(value: str) -> bytes:
    return value.encode("utf-8", "surrogatepass")
