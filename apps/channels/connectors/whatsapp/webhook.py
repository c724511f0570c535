"""Whose event is it, and did Meta send it.

https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/create-webhook-endpoint
"""

import hashlib
import hmac
import re

from apps.channels.connectors.whatsapp.shape import numbers_in
from apps.channels.connectors.whatsapp.spec import SIGNATURE_HEADER, Config
from apps.channels.contract import Reply, WebhookRequest
from apps.channels.shapes import decoded
from apps.core.errors import Rejected

_SIGNED_BY = "sha256="


def account_in(request: WebhookRequest) -> str:
    """The number the event is for; in a handshake, the one that the token on the card begins with.

    Events of the account as a whole name none.
    """
    if request.method == "GET":
        number, dot, _digest = request.query.get("hub.verify_token", "").partition(".")
        return number if dot and re.fullmatch(r"[0-9]{1,32}", number) else ""
    return next(iter(sorted(accounts_in(request))), "")


def accounts_in(request: WebhookRequest) -> set[str]:
    """An app has one address for all its numbers, and Meta may send what several of them got together."""
    if request.method == "GET":
        return set()
    try:
        return set(numbers_in(decoded(request.body)))
    except Rejected:
        return set()


def account_of(config: Config) -> str:
    return config.phone_number_id


def verify(config: Config, request: WebhookRequest) -> bool:
    """The signature is over the bytes as they came, and says nothing of the number: that is compared too."""
    numbers = accounts_in(request)
    if numbers and config.phone_number_id not in numbers:
        return False
    secret = config.app_secret.get_secret_value()
    expected = hmac.new(_bytes(secret), request.body, hashlib.sha256).hexdigest()
    given = request.headers.get(SIGNATURE_HEADER, "")
    return bool(secret) and hmac.compare_digest(_bytes(given), _bytes(f"{_SIGNED_BY}{expected}"))


def handshake(config: Config, request: WebhookRequest) -> Reply | None:
    """The bare challenge back. A wrong token goes on to `verify`, which refuses what is not signed."""
    if request.method != "GET" or request.query.get("hub.mode") != "subscribe":
        return None
    given = _bytes(request.query.get("hub.verify_token", ""))
    known = (config.webhook_verify_token.get_secret_value(), config.shown_verify_token)
    matches = [hmac.compare_digest(given, _bytes(token)) for token in known if token]
    return Reply(body=request.query.get("hub.challenge", "")[:1000]) if any(matches) else None


def _bytes(value: str) -> bytes:
    return value.encode("utf-8", "surrogatepass")
