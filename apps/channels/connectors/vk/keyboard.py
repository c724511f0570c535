"""Buttons under a message. https://dev.vk.com/ru/api/bots/development/keyboard"""

import json
from collections.abc import Sequence
from typing import Any

from apps.channels.buttons import in_rows

ROWS = 6
_PRESSED = "button"


def of_buttons(buttons: Sequence[str]) -> str:
    """Whoever presses one says its words in the chat: nothing waits for an answer."""
    rows = [[_button(text) for text in row] for row in in_rows(buttons, most_rows=ROWS)]
    return json.dumps({"inline": True, "buttons": rows}, ensure_ascii=False)


def is_ours(payload: Any, text: str) -> bool:
    """Whether this press tells nothing beyond the words on the button."""
    try:
        found = json.loads(payload) if isinstance(payload, str) else payload
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict) and found == {_PRESSED: text}


def _button(text: str) -> dict[str, Any]:
    payload = json.dumps({_PRESSED: text}, ensure_ascii=False)  # 255 characters at most
    return {"action": {"type": "text", "label": text, "payload": payload}}
