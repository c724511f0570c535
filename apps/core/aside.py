"""What is asked hundreds of times a second, and needs no database, is answered beside Django."""

from collections.abc import Callable, Iterable
from typing import Any

from django.utils.module_loading import import_string

from apps.core.bodies import Application


class Aside:
    """A WSGI application around another; `addresses` name those that answer them instead of it."""

    def __init__(self, application: Application, addresses: dict[str, str]) -> None:
        self._application = application
        self._beside: dict[str, Application] = {at: import_string(name) for at, name in addresses.items()}

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        application = self._beside.get(environ["PATH_INFO"], self._application)
        return application(environ, start_response)
