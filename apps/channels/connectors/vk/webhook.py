"""The Callback API: whose event is it, and did VK send it. https://dev.vk.com/ru/api/callback/getting-started

An event names its community, and brings the secret in its body. Long Poll brings neither webhook nor secret.
"""

import hmac

from apps.channels.connectors.vk.spec import Config
from apps.channels.contract import Reply, WebhookRequest
from apps.channels.shapes import Shape, decoded
from apps.core.errors import Rejected


def account_in(request: WebhookRequest) -> str:
    group = _body(request).get("group_id")
    return str(group) if isinstance(group, (int, str)) and not isinstance(group, bool) else ""


def account_of(config: Config) -> str:
    return config.group_id


def secret_in(request: WebhookRequest) -> str:
    secret = _body(request).get("secret")
    return secret if isinstance(secret, str) else ""


def secret_of(config: Config) -> str:
    return config.secret_key.get_secret_value()


def verify(config: Config, request: WebhookRequest) -> bool:
    """Both must fit. Without a secret of our own nobody is believed: a community's id is public."""
    secret = secret_of(config)
    return (
        bool(secret)
        and hmac.compare_digest(_bytes(secret_in(request)), _bytes(secret))
        and account_in(request) == config.group_id
    )


def handshake(config: Config, request: WebhookRequest) -> Reply | None:
    """The code that VK wants back before it sends anything. A secret that came along must be ours."""
    if _body(request).get("type") != "confirmation" or account_in(request) != config.group_id:
        return None
    if secret_in(request) and not verify(config, request):
        return None
    return Reply(body=config.confirmation_code) if config.confirmation_code else None


def _body(request: WebhookRequest) -> Shape:
    try:
        return decoded(request.body)
    except Rejected:
        return {}


def _bytes(value: str) -> bytes:
    return value.encode("utf-8", "surrogatepass")
