"""Whose event is it, and did Twilio send it. https://www.twilio.com/docs/usage/webhooks/webhooks-security"""

import base64
import hashlib
import hmac

from apps.channels.connectors.whatsapp.spec import Config
from apps.channels.connectors.whatsapp.twilio import form
from apps.channels.contract import Reply, WebhookRequest

SIGNATURE_HEADER = "x-twilio-signature"
PROOF_HEADERS = (SIGNATURE_HEADER,)


def account_in(request: WebhookRequest) -> str:
    number = form.our_number(form.read(request.body))
    return f"twilio:{number}" if number else ""


def account_of(config: Config) -> str:
    return f"twilio:{config.twilio_number}"


def verify(config: Config, request: WebhookRequest) -> bool:
    """The token is the whole account's: the number is compared, too."""
    secret = config.twilio_auth_token.get_secret_value()
    if not secret or account_in(request) != account_of(config):
        return False
    try:
        expected = signature(secret, request.url, form.pairs(request.body))
    except ValueError:
        return False
    given = request.headers.get(SIGNATURE_HEADER, "")
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), expected.encode())


def signature(secret: str, url: str, fields: list[tuple[str, str]]) -> str:
    """Over the address as it was called and all fields, ordered by name; the same pair counts once."""
    signed = url + "".join(f"{name}{value}" for name, value in sorted(set(fields)))
    digest = hmac.new(secret.encode(), signed.encode("utf-8", "surrogatepass"), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def handshake(config: Config, request: WebhookRequest) -> Reply | None:
    return None
