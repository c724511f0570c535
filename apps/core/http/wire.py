"""What callers of the door get: answers, downloads, and the record of every try."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer, read whole. `json` is None where the body is not JSON. Only the status is in its repr."""

    status: int
    headers: Mapping[str, str] = field(repr=False)  # case-insensitive
    json: Any = field(repr=False)
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Downloaded:
    """`content_type` is what the server claims, lower case, without parameters; trust the bytes instead."""

    size: int
    content_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecord:
    """One try, fit for the action log: no query, no header, no body, secrets of the path blotted out.

    `status` is None when no answer came; `error_code` is "" when all went well. `request_id` is what the
    service calls this request, for whoever asks its support; "" where it does not say.
    """

    method: str
    host: str
    path: str
    status: int | None
    ms: int
    error_code: str
    request_id: str = ""
