"""An event's body as it may be shown: readable, harmless, and without the connection's secrets."""

import json

from apps.channels.models import InboundEvent
from apps.core.errors import AuthFailed, ConfigInvalid
from apps.core.secrets import blot
from apps.core.text import clean
from apps.integrations.opening import config_of, secret_values

MOST_SHOWN = 200_000


def shown_body(event: InboundEvent) -> str:
    raw = bytes(event.body)
    text = blot(clean(_pretty(raw), limit=None), _secrets(event))
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}\n… ({len(raw)} B)"


def _pretty(raw: bytes) -> str:
    text = raw.decode("utf-8", "replace")
    try:
        return json.dumps(json.loads(text, strict=False), ensure_ascii=False, indent=2)
    except (ValueError, RecursionError):
        return text


def _secrets(event: InboundEvent) -> list[str]:
    if event.channel is None:
        return []
    try:
        return secret_values(config_of(event.channel.connection))
    except (ConfigInvalid, AuthFailed):
        return []
