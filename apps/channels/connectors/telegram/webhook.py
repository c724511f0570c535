"""Whose update is it, and did Telegram send it. https://core.telegram.org/bots/api#setwebhook

An update names no bot: the account is told by the channel's own address or by the secret that came along.
"""

import hmac

from apps.channels.connectors.telegram.spec import SECRET_HEADER, Config
from apps.channels.contract import Reply, WebhookRequest


def account_in(request: WebhookRequest) -> str:
    return ""


def account_of(config: Config) -> str:
    """The bot's id, which its token begins with."""
    return config.bot_token.get_secret_value().partition(":")[0]


def secret_in(request: WebhookRequest) -> str:
    return request.headers.get(SECRET_HEADER, "")


def secret_of(config: Config) -> str:
    return config.webhook_secret.get_secret_value()


def verify(config: Config, request: WebhookRequest) -> bool:
    """A webhook set without a secret brings no header; such a bot is believed on its address alone."""
    secret = secret_of(config)
    return not secret or hmac.compare_digest(_bytes(secret_in(request)), _bytes(secret))


def handshake(config: Config, request: WebhookRequest) -> Reply | None:
    return None


def _bytes(value: str) -> bytes:
    return value.encode("utf-8", "surrogatepass")
