"""The way out for the vendors' SDKs: they shape a request, `core.http` guards it, carries it and logs it."""

import json
import logging
from collections.abc import Callable, Collection
from typing import Annotated, Any, TypeVar

import httpx2
from django.utils.translation import gettext
from django.views.decorators.debug import sensitive_variables
from pydantic import AfterValidator, SecretStr

from apps.core.errors import OutsideError
from apps.core.http import Http

T = TypeVar("T")


def hush(*loggers: str) -> None:
    """At DEBUG an SDK writes whole requests, clients' words and keys among them."""
    for name in loggers:
        logging.getLogger(name).setLevel(logging.WARNING)


hush("httpx2", "httpcore2")

# Nothing else leaves: the SDKs add facts about this machine and the headers of their environment variables.
SENT_HEADERS = ("accept", "content-type", "authorization")
READ_HEADERS = ("content-type", "request-id", "x-request-id")


def _sendable(key: SecretStr) -> SecretStr:
    """An SDK would fail on any other character, in an exception that quotes the key."""
    value = key.get_secret_value().strip()
    if not value or not value.isascii() or not value.isprintable() or " " in value:
        raise ValueError(gettext("The key holds characters that a key cannot have."))
    return SecretStr(value)


ApiKey = Annotated[SecretStr, AfterValidator(_sendable)]


class Door(httpx2.BaseTransport):
    """An SDK's transport. `http` raises `core.errors` for every failure: the SDK sees only answers in 2xx."""

    def __init__(
        self, http: Http, *, deadline: float | None = None, headers: Collection[str] = SENT_HEADERS
    ) -> None:
        self._http = http
        self._deadline = deadline
        self._headers = headers

    @sensitive_variables()
    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        answer = self._http.request(
            request.method,
            str(request.url),
            data=request.read() or None,
            headers={name: request.headers[name] for name in self._headers if name in request.headers},
            idempotent=True,  # a second answer costs a fraction of a cent and changes nothing
            expect_json=False,
            deadline=self._deadline,
        )
        headers = {name: answer.headers[name] for name in READ_HEADERS if name in answer.headers}
        return httpx2.Response(answer.status, headers=headers, content=answer.content, request=request)

    def client(self) -> httpx2.Client:
        return httpx2.Client(transport=self, follow_redirects=False, trust_env=False)


@sensitive_variables()
def run(call: Callable[[], T], *, wrapped_in: type[Exception]) -> T:
    """Raises the door's error, which the SDK hides in one of its own, beside the request and its key."""
    try:
        return call()
    except wrapped_in as error:
        failure = error.__cause__
        name = type(failure or error).__name__
    # Outside the `except`, so that the SDK's exception is no context of this one; without its frames, whose
    # variables hold the request.
    if isinstance(failure, OutsideError):
        raise failure.with_traceback(None)
    raise RuntimeError(f"the SDK failed: {name}")


def read_object(content: bytes) -> dict[str, Any]:
    """The JSON object, or an empty one in place of anything else."""
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}
