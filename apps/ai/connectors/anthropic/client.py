"""One SDK call through the door, with the key in the header that this service reads."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import anthropic
import httpx2
from anthropic import Omit
from django.views.decorators.debug import sensitive_variables

from apps.ai import sdk
from apps.ai.connectors.anthropic.config import HEADER_FORMS, VENDOR_URL, Config
from apps.ai.connectors.anthropic.failures import classify
from apps.core.errors import AuthFailed
from apps.integrations.opening import Opened

sdk.hush("anthropic")

MAX_ANSWER = 2 * 1024 * 1024
CONNECT_SECONDS = 5.0
SENT_HEADERS = (*sdk.SENT_HEADERS, "x-api-key", "anthropic-version")
OLD_VERSION = "2023-06-01"  # what whoever reads x-api-key speaks

# The SDK's parsed answers are built without validation; the bytes are read here instead.
Call = Callable[[anthropic.Anthropic], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    content: bytes
    request_id: str
    header_form: str


@sensitive_variables()
def send(opened: Opened[Config], call: Call) -> Received:
    """`call` is given the SDK's client and returns a raw response. Raises `core.errors` and nothing else."""
    *first, last = header_forms(opened)
    for form in first:
        try:
            return _send(opened, call, form)
        except AuthFailed:
            continue
    return _send(opened, call, last)


def header_forms(opened: Opened[Config]) -> tuple[str, ...]:
    """More than one only before a check has found out, and never for the vendor, who reads both."""
    config, found = opened.config, opened.connection.api_shape
    if config.key_header != "auto":
        return (config.key_header,)
    if found in HEADER_FORMS:
        return (found,)
    return HEADER_FORMS[:1] if config.base_url == VENDOR_URL else HEADER_FORMS


@sensitive_variables()
def _send(opened: Opened[Config], call: Call, form: str) -> Received:
    config = opened.config
    timeout = float(config.timeout_seconds)
    with opened.http(
        config.base_url, timeout=(CONNECT_SECONDS, timeout), classify=classify, max_answer=MAX_ANSWER
    ) as http:
        client = anthropic.Anthropic(
            api_key=config.api_key.get_secret_value(),
            base_url=config.base_url,
            timeout=timeout,
            max_retries=0,  # the work that asks is retried as a whole; the SDK would sleep inside a worker
            default_headers=_headers(config, form),
            http_client=sdk.Door(http, deadline=timeout, headers=SENT_HEADERS).client(),
            open_telemetry=False,
        )
        response: httpx2.Response = sdk.run(
            lambda: call(client).http_response, wrapped_in=anthropic.AnthropicError
        )
    return Received(
        content=response.content, request_id=response.headers.get("request-id", ""), header_form=form
    )


def _headers(config: Config, form: str) -> dict[str, Any]:
    """The key explicitly, so that no environment variable can put another in its place."""
    key = config.api_key.get_secret_value()
    version = {"anthropic-version": config.api_version} if config.api_version else {}
    if form == "authorization":
        return {"Authorization": f"Bearer {key}", **version}
    return {"Authorization": Omit(), "x-api-key": key, "anthropic-version": OLD_VERSION, **version}
