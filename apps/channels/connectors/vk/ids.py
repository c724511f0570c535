"""How a message is known here: by its chat and its number in it, which VK repeats in every event about it.

The customer's example has no such number: then by the community's own count.
"""

import json
import uuid
from hashlib import blake2b
from typing import Any

from apps.channels.shapes import Shape, as_id

GROUP_CHATS = 2_000_000_000
_ALONE = "id"


def message_id(peer: Any, numbered: Any, alone: Any) -> str:
    """Raises Rejected where neither number is there."""
    if isinstance(numbered, int) and not isinstance(numbered, bool) and numbered > 0:
        return f"{as_id(peer)}_{as_id(numbered)}"
    return f"{_ALONE}{as_id(alone)}"


def of_message(message: Shape) -> str:
    return message_id(message.get("peer_id"), message.get("conversation_message_id"), message.get("id"))


def numbers_of(external_message_id: str) -> tuple[int, int] | int | None:
    """Chat and number, or the community's count, or None where this is no message's id of ours."""
    peer, _line, numbered = external_message_id.partition("_")
    if peer.removeprefix("-").isdecimal() and numbered.isdecimal():
        return int(peer), int(numbered)
    alone = external_message_id.removeprefix(_ALONE)
    return int(alone) if alone != external_message_id and alone.isdecimal() else None


def random_id(key: str, turn: int = 0) -> int:
    """31 bits, never 0 (which would switch VK's recognition of repeats off), the same for the same key."""
    digest = blake2b(f"{key}/{turn}".encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big") % (2**31 - 1) + 1


def key_in(payload: Any) -> str:
    """Our own key, which a sent message carries along; or an empty string."""
    try:
        found = json.loads(payload) if isinstance(payload, str) else payload
        return (
            str(uuid.UUID(found["key"])) if isinstance(found, dict) and type(found.get("key")) is str else ""
        )
    except (ValueError, RecursionError):
        return ""


def payload_of(key: str) -> str:
    return json.dumps({"key": key})
