"""Calls of VK's API. https://dev.vk.com/ru/api/api-requests

Everything goes as a POST form, the key too: in a query it would stand in other people's logs.
"""

from collections.abc import Mapping
from typing import Any, BinaryIO

from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from apps.channels.connectors.vk.meaning import meaning, not_vk
from apps.channels.connectors.vk.spec import Config
from apps.core.errors import Rejected
from apps.core.http import Http
from apps.integrations.opening import Opened

TIMEOUT = (5.0, 20.0)
# Long enough for 50 MB over a slow line; what works on deliveries holds its lease for longer.
UPLOAD_SECONDS = 120.0


@sensitive_variables()
def call(opened: Opened[Config], method: str, values: Mapping[str, Any] | None = None) -> Any:
    """`response` of the answer. Raises `core.errors`.

    Every call here may be repeated: reading changes nothing, and a send brings its `random_id`.
    """
    config = opened.config
    form = {
        **(values or {}),
        "access_token": config.access_token.get_secret_value(),
        "v": config.api_version,
    }
    with _http(opened) as http:
        answer = http.post(f"/method/{method}", data=form, idempotent=True, classify=meaning(method))
    return _response(answer.json)


@sensitive_variables()
def upload(opened: Opened[Config], url: str, files: Mapping[str, Any]) -> Mapping[str, Any]:
    """Hand a file over at the address that VK gave for it. Unused uploads are forgotten there."""
    if not url.startswith(("https://", "http://")):
        raise not_vk()
    with _http(opened) as http:
        found = http.post(url, files=files, idempotent=True, deadline=UPLOAD_SECONDS).json
    if not isinstance(found, dict) or "error" in found:
        raise Rejected(_("VK did not take the file: its type or its content."), code="upload_refused")
    return found


@sensitive_variables()
def listen(opened: Opened[Config], server: str, params: Mapping[str, Any], *, wait: int) -> Any:
    """One question to a Long Poll server, another host than the API's, with the key of its session."""
    timeout = (5.0, wait + 10.0)
    quiet = {"paced": False, "log_only_failures": True}
    with opened.http(opened.config.base_url, timeout=timeout, **quiet) as http:
        return http.get(server, params={**params, "wait": wait}, deadline=wait + 15.0).json


@sensitive_variables()
def download(opened: Opened[Config], url: str, *, max_bytes: int, to: BinaryIO) -> str:
    """Returns the content type as the server names it."""
    with _http(opened) as http:
        return http.download(url, max_bytes=max_bytes, to=to).content_type


def _http(opened: Opened[Config]) -> Http:
    return opened.http(opened.config.base_url, timeout=TIMEOUT)


def _response(body: Any) -> Any:
    if isinstance(body, dict) and "response" in body:
        return body["response"]
    raise not_vk()
