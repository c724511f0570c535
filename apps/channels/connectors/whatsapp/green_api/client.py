"""Calls of Green API, and files of clients. https://green-api.com/en/docs/api/"""

from collections.abc import Mapping
from typing import Any, BinaryIO

from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from apps.channels.connectors.whatsapp.green_api.meaning import meaning
from apps.channels.connectors.whatsapp.limits import GREEN_API
from apps.channels.connectors.whatsapp.refusals import not_the_api
from apps.channels.connectors.whatsapp.spec import Config
from apps.channels.contract import Media
from apps.core.errors import Rejected
from apps.core.http import Answer, Http
from apps.integrations.opening import Opened

TIMEOUT = (5.0, 20.0)
FILE_SECONDS = 120.0


@sensitive_variables()
def ask(opened: Opened[Config], method: str) -> Mapping[str, Any]:
    with _http(opened) as http:
        found = http.get(_path(opened, method)).json
    if not isinstance(found, dict):
        raise not_the_api()
    return found


@sensitive_variables()
def post(
    opened: Opened[Config], method: str, values: Mapping[str, Any], *, idempotent: bool = False
) -> Answer:
    """Raises `core.errors`; a lost answer is OutcomeUnknown unless `idempotent`."""
    with _http(opened) as http:
        return http.post(_path(opened, method), json=dict(values), idempotent=idempotent)


@sensitive_variables()
def fetch(opened: Opened[Config], media: Media, to: BinaryIO) -> str:
    """From the storage that the event named, which asks for nothing and is told nothing."""
    if not media.ref.startswith(("https://", f"{opened.config.root}/")):
        raise Rejected(_("WhatsApp names an address for the file that is not its own."), code="foreign_file")
    with _http(opened) as http:
        found = http.download(media.ref, max_bytes=GREEN_API.file_bytes, to=to, deadline=FILE_SECONDS)
    return media.content_type or found.content_type


def _http(opened: Opened[Config]) -> Http:
    return opened.http(opened.config.root, classify=meaning, timeout=TIMEOUT)


def _path(opened: Opened[Config], method: str) -> str:
    config = opened.config
    return f"/waInstance{config.green_instance_id}/{method}/{config.green_api_token.get_secret_value()}"
