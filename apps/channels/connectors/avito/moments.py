"""Times as Avito and a server in between write them."""

from datetime import UTC, datetime, tzinfo
from typing import Any

from apps.core.time import from_vendor


def moment(value: Any, zone: tzinfo = UTC) -> datetime | None:
    """None where it can't be read."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None

    # `now` bounds what is believed: far ahead, so that the clock of this machine plays no part.
    far = datetime(2200, 1, 1, tzinfo=UTC)
    at = from_vendor(value, default_tz=zone, now=far)
    return None if at == far else at
