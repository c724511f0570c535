"""Twilio's events are forms. https://www.twilio.com/docs/messaging/guides/webhook-request"""

from collections.abc import Mapping
from urllib.parse import parse_qsl

from apps.core.text import clean

_MOST_FIELDS = 1000
_ACCOUNT, _MESSAGE = b"AccountSid=", b"MessageSid="

Form = Mapping[str, str]


def is_its_own(body: bytes) -> bool:
    return not body.lstrip().startswith((b"{", b"[")) and _ACCOUNT in body and _MESSAGE in body


def pairs(body: bytes) -> list[tuple[str, str]]:
    """As they came, for the signature. Raises ValueError."""
    return parse_qsl(
        body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS, encoding="utf-8", errors="strict"
    )


def read(body: bytes) -> Form:
    """Each field once, as it can be stored. Empty where it is no form."""
    try:
        return {name: clean(value, limit=None) for name, value in pairs(body)}
    except ValueError:
        return {}


def is_status(form: Form) -> bool:
    """How far one of our messages got; else it is a client's message."""
    return form.get("MessageStatus", "received") != "received"


def our_number(form: Form) -> str:
    return form.get("From" if is_status(form) else "To", "").removeprefix("whatsapp:")
