"""Whose webhook is it, and did Meta send it.

https://developers.facebook.com/docs/graph-api/webhooks/getting-started

An app has one address for all accounts that use it. So an entry must name the very account of the connection:
the app's signature alone does not tell whose message it is.
"""

import hashlib
import hmac
import json

from apps.channels.connectors._meta.settings import MetaConfig
from apps.channels.contract import Reply, WebhookRequest
from apps.channels.shapes import Shape, decoded, parts
from apps.core.errors import Rejected

SIGNATURE_HEADER = "x-hub-signature-256"
PROOF_HEADERS = (SIGNATURE_HEADER,)
# The account of the samples that the «Test» button of the app's dashboard sends.
SAMPLE = "0"


def account_in(request: WebhookRequest) -> str:
    """One that an entry is of; in a handshake, the one that our verify token begins with."""
    if request.method == "GET":
        account, dot, _digest = request.query.get("hub.verify_token", "").partition(".")
        return account if dot and account.isdecimal() else ""
    return next(iter(sorted(accounts_in(request))), "")


def accounts_in(request: WebhookRequest) -> set[str]:
    """All of them: Meta may send together what several accounts of one app got. A sample is nobody's."""
    if request.method == "GET":
        return set()
    try:
        return _accounts(decoded(request.body))
    except Rejected:
        return set()


def part_of(body: bytes, account: str) -> bytes:
    """The body without the entries of other accounts. Raises Rejected where it is no body of Meta's."""
    event = decoded(body)
    if len(_accounts(event)) < 2:
        return body
    own = [one for one in parts(event, "entry") if _account_of_entry(one) in ("", SAMPLE, account)]
    return json.dumps({**event, "entry": own}).encode()


def _accounts(event: Shape) -> set[str]:
    return {_account_of_entry(entry) for entry in parts(event, "entry")} - {"", SAMPLE}


def _account_of_entry(entry: Shape) -> str:
    return str(entry.get("id", ""))


def account_of(config: MetaConfig) -> str:
    return config.account


def secret_in(request: WebhookRequest) -> str:
    """Nothing comes along that tells the account: the signature differs with every body."""
    return ""


def secret_of(config: MetaConfig) -> str:
    return ""


def verify(config: MetaConfig, request: WebhookRequest) -> bool:
    """Over the bytes as they came: Meta escapes letters that are not Latin in its own way."""
    came = _bytes(request.headers.get(SIGNATURE_HEADER, ""))
    signed = [
        hmac.compare_digest(came, _bytes(signature(secret, request.body))) for secret in config.app_secrets
    ]
    accounts = accounts_in(request)
    return any(signed) and (not accounts or config.account in accounts)


def signature(secret: str, body: bytes) -> str:
    return f"sha256={hmac.new(_bytes(secret), body, hashlib.sha256).hexdigest()}"


def handshake(config: MetaConfig, request: WebhookRequest) -> Reply | None:
    """The bare challenge back. A wrong token goes on to `verify`, which refuses what is not signed."""
    if request.method != "GET" or request.query.get("hub.mode") != "subscribe":
        return None
    came = _bytes(request.query.get("hub.verify_token", ""))
    known = [config.public_verify_token, config.verify_token.get_secret_value()]
    matches = [hmac.compare_digest(came, _bytes(token)) for token in known if token]
    return Reply(body=request.query.get("hub.challenge", "")) if any(matches) else None


def _bytes(value: str) -> bytes:
    return value.encode("utf-8", "surrogatepass")
