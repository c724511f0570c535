"""Moments as outside services write them, read into aware datetimes that can be trusted."""

import re
from datetime import UTC, datetime, timedelta, tzinfo

EARLIEST = datetime(2005, 1, 1, tzinfo=UTC)  # before any of the services existed
LATEST = timedelta(days=1)  # ahead of now: clocks differ, zones are mixed up
MILLISECONDS = 1e11  # as seconds that would be the year 5138

_NUMBER = re.compile(r"[+-]?\d+(\.\d*)?")


def from_vendor(value: int | float | str | None, *, default_tz: tzinfo, now: datetime) -> datetime:
    """Reads seconds or milliseconds since 1970, as a number or a string, and ISO 8601 (bare: `default_tz`).

    What cannot be read, or lies before 2005 or over a day ahead, is `now`: a message must not sink below
    years of others, or float above them forever, because a clock was wrong. Always in UTC.
    """
    try:
        moment = _read(value, default_tz)
    except (ValueError, OverflowError, OSError):
        moment = None
    if moment is None or not EARLIEST <= moment <= now + LATEST:
        return now.astimezone(UTC)
    return moment


def _read(value: int | float | str | None, default_tz: tzinfo) -> datetime | None:
    if isinstance(value, str):
        value = value.strip()
        if not _NUMBER.fullmatch(value):
            moment = datetime.fromisoformat(value)
            return (moment if moment.tzinfo else moment.replace(tzinfo=default_tz)).astimezone(UTC)
        value = float(value)
    if value is None or isinstance(value, bool):
        return None
    return datetime.fromtimestamp(value / 1000 if abs(value) > MILLISECONDS else value, tz=UTC)
