"""What is known already for the fields of a template: the client's name, where a field is plainly for it."""

import re

from apps.channels.contract import Template
from apps.channels.templates import PLACEHOLDER, Slot, places

_NAMES = re.compile(r"(?:^|_)(?:name|имя|client|customer|клиент)(?:$|_)", re.IGNORECASE)
# What one says before a name: «Здравствуйте, {{1}}!», "Dear {{1}}".
_GREETINGS = re.compile(
    r"(?:здравствуй(?:те)?|привет|добр(?:ый|ое|ой) (?:день|вечер|утро)|уважаем\w+|hello|hi|hey|dear|"
    r"good (?:morning|afternoon|evening))[\s,!]*$",
    re.IGNORECASE,
)
# Of another thing than the client: «shop_name», «device_name».
_OTHERS = re.compile(
    r"shop|company|business|device|model|product|service|master|order|store|file", re.IGNORECASE
)


def prefilled(template: Template, slot: Slot, *, name: str) -> str:
    """An empty text where nothing fits, or no name is known."""
    if not name:
        return ""
    if not slot.name.isdecimal():
        return name if _NAMES.search(slot.name) and not _OTHERS.search(slot.name) else ""
    for place, text in places(template):
        if place == slot.place and place in ("header", "body"):
            return name if _follows_a_greeting(text, slot.name) else ""
    return ""


def _follows_a_greeting(text: str, name: str) -> bool:
    first = next((found for found in PLACEHOLDER.finditer(text) if found[1] == name), None)
    return first is not None and bool(_GREETINGS.search(text[: first.start()]))
