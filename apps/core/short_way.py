"""The short way for what comes by the hundred a second: webhooks, and pages asking what is new."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.urls import Resolver404, resolve


class ShortWay:
    """Answers addresses under `settings.SHORT_WAYS` (prefix to module of routes) without the middleware below
    it, which costs as much as they do themselves: no session, no user, no language.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        routes = next(
            (of for at, of in settings.SHORT_WAYS.items() if request.path_info.startswith(at)), None
        )
        if routes is None:
            return self.get_response(request)
        try:
            found = resolve(request.path_info, urlconf=routes)
        except Resolver404:
            return self.get_response(request)
        answer: HttpResponseBase = found.func(request, *found.args, **found.kwargs)
        return answer
