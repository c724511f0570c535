"""A stored file as an HTTP answer: whole or in parts, and never as something a browser would run."""

import re
from typing import Any
from urllib.parse import quote

import structlog
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from apps.core.files.sniffing import INLINE, PDF, UNKNOWN

log = structlog.get_logger(__name__)

# One range, as players ask for it; Safari plays nothing that is not handed out in parts.
RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")
PART = 4 * 1024 * 1024
PAPER_POLICY = "script-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def hand_out(
    request: HttpRequest, content: Any, *, name: str, content_type: str, opens_paper: bool = False
) -> HttpResponseBase:
    """`content` is an open file, closed with the answer. Whoever calls has made sure that it may be seen.

    With `opens_paper` a PDF is read in the browser, by a viewer of the browser's own, which starts in no
    sandbox of ours.
    """
    is_paper = opens_paper and content_type == PDF
    shown = is_paper or content_type in INLINE
    response = in_part(request, content) or in_whole(content)
    if response.status_code == 503:  # nothing to be kept for an hour
        return response
    response["Content-Type"] = content_type if shown else UNKNOWN
    disposition = "inline" if shown else "attachment"
    response["Content-Disposition"] = f"{disposition}; filename*=UTF-8''{quote(name)}"
    response["Accept-Ranges"] = "bytes"
    response["Content-Security-Policy"] = PAPER_POLICY if is_paper else "default-src 'none'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, max-age=3600"
    return response


def in_whole(content: Any) -> FileResponse:
    """A few megabytes at a time: each piece of a remote file is a request."""
    response = FileResponse(content)
    response.block_size = PART
    return response


def in_part(request: HttpRequest, content: Any) -> HttpResponse | None:
    """None where the whole is wanted. https://www.rfc-editor.org/rfc/rfc9110#name-range-requests"""
    wanted = RANGE.fullmatch(request.headers.get("Range", ""))
    if wanted is None or not (span := _span(wanted[1], wanted[2], content.size)):
        return None
    with content:
        if span.start >= content.size:
            return HttpResponse(status=416, headers={"Content-Range": f"bytes */{content.size}"})
        try:
            content.seek(span.start)
            body = content.read(min(len(span), PART))
        except OSError:  # a remote storage: it was there a moment ago, and the player asks again
            log.exception("handing_out.not_read")
            return HttpResponse(status=503, headers={"Retry-After": "5"})
    range_ = f"bytes {span.start}-{span.start + len(body) - 1}/{content.size}"
    return HttpResponse(body, status=206, headers={"Content-Range": range_})


def _span(first: str, last: str, size: int) -> range:
    """Which bytes; empty for a range that makes no sense, which is as if none had been asked for."""
    if not first:  # the last so many
        return range(max(0, size - int(last or 0)), size) if last else range(0)
    start = int(first)
    if start >= size:
        return range(start, start + 1)  # beyond the end: told so
    return range(start, min(int(last or size), size - 1) + 1)
