"""A download that broke off goes on where it stopped, where its server vouches that it is the same file.

RFC 9110: 13.1.5 If-Range, 14.4 Content-Range, 8.8.2.2 when a date is as good as an ETag.
"""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import BinaryIO, TypeVar

from apps.core.errors import OutsideError, Transient

# An answer to a Range that cannot be used: the file is asked for from its beginning.
NOT_RESUMED = "not_resumed"
ANEW = frozenset({NOT_RESUMED, "http_416"})
LONGEST = 200
# Times that one download goes on after it has broken off.
MOST = 5
# A file that was written within the second of the answer may have been written twice in it; clocks differ.
SETTLED = timedelta(seconds=60)
T = TypeVar("T")
_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18})", re.ASCII)


@dataclass(slots=True, kw_only=True)
class Progress:
    """How much of a file is there, of how much if that is known, and by what its server knows it.

    Kept beside the file by whoever wants to go on; without a validator there is no going on.
    """

    size: int = 0
    whole: int | None = None
    validator: str = ""

    @property
    def is_resumable(self) -> bool:
        return self.size > 0 and bool(self.validator)

    @property
    def is_short(self) -> bool:
        return self.whole is not None and self.size < self.whole

    def headers(self) -> dict[str, str]:
        return {"Range": f"bytes={self.size}-", "If-Range": self.validator} if self.is_resumable else {}

    def forget(self) -> None:
        self.size, self.whole, self.validator = 0, None, ""

    def begin(self, status: int, headers: Mapping[str, str], to: BinaryIO) -> bool:
        """Makes `to` ready for the body of this answer; False where the body must not be written."""
        if status == 206:
            return self.is_resumable and self._fits(headers)
        self.forget()
        to.seek(0)
        to.truncate()
        self.validator = validator_of(headers)
        length = headers.get("Content-Length", "")
        is_told = length.isdecimal() and len(length) < 20 and _is_plain(headers)
        self.whole = int(length) if is_told else None
        return True

    def _fits(self, headers: Mapping[str, str]) -> bool:
        found = _RANGE.fullmatch(headers.get("Content-Range", "").strip())
        if found is None or self.validator not in (headers.get("ETag"), headers.get("Last-Modified")):
            return False
        first, last, whole = map(int, found.groups())
        if first != self.size or not first <= last < whole or self.whole not in (None, whole):
            return False
        self.whole = whole
        return _is_plain(headers)


def go_on(ask: Callable[[], T | OutsideError], progress: Progress, *, until: float) -> T | OutsideError:
    """Asks for the rest as long as some more of it comes each time. `until` of time.monotonic()."""
    ahead = MOST
    while True:
        was, outcome = progress.size, ask()
        if not isinstance(outcome, OutsideError) or time.monotonic() > until:
            return outcome
        if was and outcome.code in ANEW:
            progress.forget()
            continue
        ahead -= 1
        has_grown = isinstance(outcome, Transient) and progress.size > was
        if not (has_grown and progress.is_resumable and ahead >= 0):
            return outcome


def validator_of(headers: Mapping[str, str]) -> str:
    """Empty where the server does not say which file it is, or sends it otherwise than it lies there."""
    if headers.get("Accept-Ranges", "").strip().lower() == "none" or not _is_plain(headers):
        return ""
    tag = headers.get("ETag", "").strip()
    found = tag if tag and not tag.startswith("W/") else _settled_date(headers)
    return found if len(found) <= LONGEST else ""


def _settled_date(headers: Mapping[str, str]) -> str:
    written = headers.get("Last-Modified", "").strip()
    try:
        settled = parsedate_to_datetime(headers.get("Date", "")) - parsedate_to_datetime(written) >= SETTLED
    except (ValueError, TypeError):
        return ""
    return written if settled else ""


def _is_plain(headers: Mapping[str, str]) -> bool:
    return headers.get("Content-Encoding", "").strip().lower() in ("", "identity")
