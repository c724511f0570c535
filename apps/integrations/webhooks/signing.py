"""Signatures of Standard Webhooks 1.0.0, and the secrets they are made with.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import binascii
import hashlib
import hmac
import secrets as randomness
from collections.abc import Iterable
from datetime import UTC, datetime

PREFIX = "whsec_"
# Bytes of the key itself.
SHORTEST, LONGEST = 24, 64
BYTES = 32


def new_secret() -> str:
    return PREFIX + base64.b64encode(randomness.token_bytes(BYTES)).decode()


def is_secret(value: str) -> bool:
    """`whsec_` and 24 to 64 bytes in base64."""
    try:
        return value.startswith(PREFIX) and SHORTEST <= len(_key_of(value)) <= LONGEST
    except (binascii.Error, ValueError):
        return False


def headers_of(*, message_id: str, body: bytes, at: datetime, secrets: Iterable[str]) -> dict[str, str]:
    """For one try at the moment `at`: over the very bytes that are sent, one signature by each secret."""
    stamp = int(at.astimezone(UTC).timestamp())
    signed = b".".join((message_id.encode(), str(stamp).encode(), body))
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(stamp),
        "webhook-signature": " ".join(_signature(signed, secret) for secret in secrets),
    }


def _signature(signed: bytes, secret: str) -> str:
    digest = hmac.new(_key_of(secret), signed, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def _key_of(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
