"""One request to the service, with the key in the header that it reads."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.views.decorators.debug import sensitive_variables

from apps.ai.connectors.anthropic.config import HEADER_FORMS, VENDOR_URL, Config
from apps.ai.connectors.anthropic.failures import classify
from apps.core.errors import AuthFailed
from apps.integrations.opening import Opened

MAX_ANSWER = 2 * 1024 * 1024
CONNECT_SECONDS = 5.0
# https://platform.claude.com/docs/en/api/versioning; the old one is what whoever reads x-api-key speaks.
VERSION, OLD_VERSION = "2026-10-21", "2023-06-01"


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    content: bytes
    request_id: str
    header_form: str


def ask(opened: Opened[Config], body: Mapping[str, Any]) -> Received:
    """`POST /v1/messages`. Raises `core.errors` and nothing else, as does `look_up`."""
    return _send(opened, "POST", "/v1/messages", json.dumps(body, ensure_ascii=False).encode())


def look_up(opened: Opened[Config], model: str) -> Received:
    return _send(opened, "GET", f"/v1/models/{quote(model, safe=':')}", None)


def header_forms(opened: Opened[Config]) -> tuple[str, ...]:
    """More than one only before a check has found out, and never for the vendor, who reads both."""
    config, found = opened.config, opened.connection.api_shape
    if config.key_header != "auto":
        return (config.key_header,)
    if found in HEADER_FORMS:
        return (found,)
    return HEADER_FORMS[:1] if config.base_url == VENDOR_URL else HEADER_FORMS


@sensitive_variables()
def _send(opened: Opened[Config], method: str, path: str, body: bytes | None) -> Received:
    *first, last = header_forms(opened)
    for form in first:
        try:
            return _send_as(opened, form, method, path, body)
        except AuthFailed:
            continue
    return _send_as(opened, last, method, path, body)


@sensitive_variables()
def _send_as(opened: Opened[Config], form: str, method: str, path: str, body: bytes | None) -> Received:
    config = opened.config
    timeout = float(config.timeout_seconds)
    with opened.http(
        config.base_url,
        headers=_headers(config, form),
        timeout=(CONNECT_SECONDS, timeout),
        classify=classify,
        max_answer=MAX_ANSWER,
    ) as http:
        answer = http.request(
            method,
            path,
            data=body,
            idempotent=True,  # a second answer costs a fraction of a cent and changes nothing
            expect_json=False,  # of what answers otherwise, `reading` and `checking` say more
            deadline=timeout,
        )
    return Received(content=answer.content, request_id=answer.headers.get("request-id", ""), header_form=form)


def _headers(config: Config, form: str) -> dict[str, str]:
    key = config.api_key.get_secret_value()
    always = {"Accept": "application/json", "Content-Type": "application/json"}
    if form == "authorization":
        version = config.api_version or VERSION
        return {**always, "Authorization": f"Bearer {key}", "anthropic-version": version}
    return {**always, "x-api-key": key, "anthropic-version": OLD_VERSION}
