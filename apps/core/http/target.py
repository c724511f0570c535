"""Requests as they are put together: where they go, what may travel with them, and how a path is shown."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from requests.exceptions import InvalidHeader
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import LocationParseError

from apps.core.http.exchange import Reply
from apps.core.secrets import BLOT, blot

# All that goes along to another host; every other header may be a credential.
PLAIN_HEADERS = ("User-Agent", "Accept", "Accept-Encoding", "Accept-Language", "Range", "If-Range")
USER_AGENT = "BatteryCRM/0.1.0"

_BOT_TOKEN = re.compile(r"(bot\d+)(:|%3A)[\w-]+", re.IGNORECASE)
_PORTS = {"http": 80, "https": 443}


class Unusable(Exception):
    """The request cannot be put together. `code` as in `judging`."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def join(base_url: str, path: str) -> str:
    if path.lower().startswith(("http://", "https://")) or not base_url:
        return path
    return f"{base_url.rstrip('/')}/{path.lstrip('/')}" if path else base_url


def origin(url: str) -> tuple[str, str, int]:
    try:
        parts = urlsplit(url)
        return parts.scheme, parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        raise Unusable("bad_url") from None


def prepare(method: str, url: str, *, headers: Mapping[str, str], **body: Any) -> requests.PreparedRequest:
    """`body`: params, json, data, files as requests takes them. Raises `Unusable`; ValueError for bugs."""
    try:
        for value in headers.values():
            value.encode("latin-1")
        prepared = requests.Request(method, url, headers=CaseInsensitiveDict(headers), **body).prepare()
    except (InvalidHeader, UnicodeEncodeError):
        code = "bad_header"
    except (requests.exceptions.InvalidURL, requests.exceptions.MissingSchema, LocationParseError):
        code = "bad_url"
    else:
        scheme, host, _ = origin(prepared.url or "")
        if scheme in _PORTS and host:
            return prepared
        code = "bad_url"
    raise Unusable(code)


def redirect_of(request: requests.PreparedRequest, reply: Reply) -> requests.PreparedRequest | None:
    """The next request of a redirect that may be followed: GET and HEAD without a body. Raises `Unusable`."""
    location = reply.headers.get("Location", "")
    if reply.status not in (301, 302, 303, 307, 308) or not location:
        return None
    if request.method not in ("GET", "HEAD") or request.body is not None:
        return None
    here = request.url or ""
    try:
        there = urljoin(here, location.encode("latin-1").decode("utf-8", "replace"))
    except ValueError:
        raise Unusable("bad_url") from None
    headers = dict(request.headers)
    if origin(there) != origin(here):
        headers = {name: request.headers[name] for name in PLAIN_HEADERS if name in request.headers}
    return prepare(request.method, there, headers=headers)


def shown_host(url: str) -> str:
    parts = urlsplit(url)
    return (parts.hostname or "") + (f":{parts.port}" if parts.port else "")


def shown_path(url: str, secrets: Sequence[str]) -> str:
    return _BOT_TOKEN.sub(rf"\1:{BLOT}", blot(urlsplit(url).path, secrets))
