"""The interface's language: what was chosen in the user menu, else Russian, whatever the browser wishes."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation


class LanguageMiddleware:
    """Touches neither session nor database, so that it costs a webhook next to nothing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.known = frozenset(code for code, _name in settings.LANGUAGES)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        language = chosen if chosen in self.known else settings.LANGUAGE_CODE
        # Always: the thread still has the language of the request before.
        translation.activate(language)
        request.LANGUAGE_CODE = language
        return self.get_response(request)
