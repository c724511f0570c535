"""Django's own lines about requests: what anybody can cause is one short line, whatever they sent."""

from typing import Any

LONGEST = 300
# What it refuses by itself is no failure of ours.
REFUSED = "django.security"


def calm(_logger: object, _method: str, event: Any) -> Any:
    """Without the request: its address ends in a query of any length, perhaps with a code or a key in it."""
    name = str(event.get("logger", ""))
    if not name.startswith("django."):
        return event
    event = {key: value for key, value in event.items() if key != "request"}
    if len(text := str(event.get("event", ""))) > LONGEST:
        event["event"] = f"{text[:LONGEST]}…"
    if name.startswith(REFUSED):
        event.pop("exc_info", None)
    return event
