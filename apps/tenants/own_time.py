"""Pages show and take times by the clock of the organisation whose pages they are."""

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from apps.tenants.scope import find_scope

PAGES = "/admin/"  # as config.urls has them: nobody else is asked who they are


class TenantTimeMiddleware:
    """A superuser, who sees all organisations at once, sees the server's own time."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        # Always: the thread still has the clock of the request before.
        timezone.deactivate()
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> None:
        """The pages ask for the scope anyway; it is read once for a request."""
        if not request.path.startswith(PAGES):
            return
        scope = find_scope(request)
        if scope is not None and scope.tenant is not None:
            timezone.activate(ZoneInfo(scope.tenant.timezone))
