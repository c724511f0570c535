"""What a service says of its own limit with each answer, heeded before it refuses anything.

A connector whose SPEC names the headers has its connection paused once they say that nothing is left: by the
same pause as after a refusal, so that what waits is queued for its end and nobody has to fail for it.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from django.utils import timezone

from apps.integrations import pacing
from apps.integrations.contract import Allowance
from apps.integrations.models import Connection

# As seconds from now that would be three years: so it is since 1970.
SINCE_1970 = 1e8
MILLISECONDS = 1e11
_NUMBER = re.compile(r"\d{1,15}(\.\d{1,9})?")


def heed(connection: Connection, allowance: Allowance, headers: Mapping[str, str]) -> None:
    """With every answer of the service itself, a refusal too. Costs nothing while something is left."""
    if (wait := wait_of(allowance, headers, now=timezone.now())) is not None:
        pacing.pause(connection, wait)


def wait_of(allowance: Allowance, headers: Mapping[str, str], *, now: datetime) -> timedelta | None:
    """None while requests may go on, and where nothing is said or nothing that could be read."""
    if "Retry-After" in headers:
        return None  # a refusal that says itself for how long: its own word counts
    left = _number(headers.get(allowance.remaining, ""))
    if left is None or left > _reserve(allowance, headers):
        return None
    window = timedelta(seconds=allowance.window)
    wait = _until_reset(headers.get(allowance.reset, ""), now) if allowance.reset else None
    # A clock that is wrong, there or here, holds nobody up for longer than the window is.
    return min(wait, window) if wait is not None and wait > timedelta() else window


def _reserve(allowance: Allowance, headers: Mapping[str, str]) -> float:
    """Of a small limit nothing is kept: it would be most of it."""
    limit = _number(headers.get(allowance.limit, "")) if allowance.limit else None
    return min(allowance.reserve, (limit or 0) // 10)


def _until_reset(said: str, now: datetime) -> timedelta | None:
    if (number := _number(said)) is None:
        return _until(said, now)
    if number < SINCE_1970:
        return timedelta(seconds=number)
    seconds = number / 1000 if number > MILLISECONDS else number
    return timedelta(seconds=seconds - now.timestamp())


def _until(said: str, now: datetime) -> timedelta | None:
    try:
        at = datetime.fromisoformat(said.strip())
    except ValueError:
        return None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)) - now


def _number(said: str) -> float | None:
    text = said.strip()
    return float(text) if text.isascii() and _NUMBER.fullmatch(text) else None
