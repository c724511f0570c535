"""A file on a server that breaks off: how its answers to whole and ranged requests read, word for word."""

import re
from collections.abc import Callable, Sequence

from tests.peers.server import Received, Reply

WHEN = "Sun, 29 Nov 2026 10:00:00 GMT"
LONG_BEFORE = "Sat, 28 Nov 2026 10:00:00 GMT"
TAGGED = {"ETag": '"v1"', "Accept-Ranges": "bytes"}
DATED = {"Last-Modified": LONG_BEFORE, "Date": WHEN}


def raw(line: str, headers: dict[str, str], body: bytes) -> Reply:
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return Reply(raw=f"HTTP/1.1 {line}\r\n{head}Connection: close\r\n\r\n".encode() + body)


def whole(content: bytes, headers: dict[str, str], *, until: int | None = None) -> Reply:
    """`until`: no more of it comes."""
    return raw("200 OK", {"Content-Length": str(len(content)), **headers}, content[:until])


def rest(content: bytes, headers: dict[str, str], *, start: int, until: int | None = None) -> Reply:
    told = f"bytes {start}-{len(content) - 1}/{len(content)}"
    length = str(len(content) - start)
    return raw(
        "206 Partial Content",
        {"Content-Length": length, "Content-Range": told, **headers},
        content[start:until],
    )


def breaking(content: bytes, headers: dict[str, str], cuts: Sequence[int]) -> Callable[[Received], Reply]:
    """A good server whose answers end at the next of the `cuts` each; after the last the rest comes."""
    left = list(cuts)

    def answer(request: Received) -> Reply:
        until = left.pop(0) if left else None
        wanted = re.fullmatch(r"bytes=(\d+)-", request.headers["Range"] or "")
        known = request.headers["If-Range"] in (headers.get("ETag"), headers.get("Last-Modified"))
        if wanted and known:
            return rest(content, headers, start=int(wanted[1]), until=until)
        return whole(content, headers, until=until)

    return answer
