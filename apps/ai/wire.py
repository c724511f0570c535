"""What the AI services' APIs have in common: a key in a header, and JSON that may be anything."""

import json
from typing import Annotated, Any

from django.utils.translation import gettext
from pydantic import AfterValidator, SecretStr


def _sendable(key: SecretStr) -> SecretStr:
    """No header takes any other character."""
    value = key.get_secret_value().strip()
    if not value or not value.isascii() or not value.isprintable() or " " in value:
        raise ValueError(gettext("The key holds characters that a key cannot have."))
    return SecretStr(value)


ApiKey = Annotated[SecretStr, AfterValidator(_sendable)]


def read_object(content: bytes) -> dict[str, Any]:
    """The JSON object, or an empty one in place of anything else."""
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}
