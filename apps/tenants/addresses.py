"""Addresses of pages that no page of ours has ever linked to."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse

# No text of the database holds it: a filter by it would end in an error of ours. Webhooks and chats, which
# take what comes, see to it themselves.
NUL = ("%00", "\x00")


class PlainAddressMiddleware:
    """Refuses a page's address with a NUL in its query."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> None:
        query = request.META.get("QUERY_STRING", "")
        if any(nul in query for nul in NUL) and request.path.startswith(reverse("admin:index")):
            raise BadRequest("NUL in the query")


def is_id(text: str) -> bool:
    """Whether it may be a row's id: digits, and no more of them than the database counts to."""
    return text.isascii() and text.isdecimal() and len(text) < 19
