"""A stored file as an HTTP answer: whole or in parts, and never as something a browser would run."""

import re
from typing import Any
from urllib.parse import quote

from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from apps.core.files.sniffing import INLINE

# One range, as players ask for it; Safari plays nothing that is not handed out in parts.
RANGE = re.compile(r"bytes=(\d{1,15})-(\d{0,15})")
PART = 4 * 1024 * 1024


def hand_out(request: HttpRequest, content: Any, *, name: str, content_type: str) -> HttpResponseBase:
    """`content` is an open file, closed with the answer. Whoever calls has made sure that it may be seen."""
    shown = content_type in INLINE
    response = _part(request, content) or FileResponse(content)
    response["Content-Type"] = content_type if shown else "application/octet-stream"
    disposition = "inline" if shown else "attachment"
    response["Content-Disposition"] = f"{disposition}; filename*=UTF-8''{quote(name)}"
    response["Accept-Ranges"] = "bytes"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, max-age=3600"
    return response


def _part(request: HttpRequest, content: Any) -> HttpResponse | None:
    """None where the whole is wanted. https://www.rfc-editor.org/rfc/rfc9110#name-range-requests"""
    wanted = RANGE.fullmatch(request.headers.get("Range", ""))
    if wanted is None:
        return None
    first, last = int(wanted[1]), min(int(wanted[2] or content.size), content.size - 1)
    with content:
        if first > last:
            return HttpResponse(status=416, headers={"Content-Range": f"bytes */{content.size}"})
        content.seek(first)
        body = content.read(min(last - first + 1, PART))
    range_ = f"bytes {first}-{first + len(body) - 1}/{content.size}"
    return HttpResponse(body, status=206, headers={"Content-Range": range_})
