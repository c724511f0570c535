"""Calls of Bird's Channels API, and files of clients. https://docs.bird.com/api/channels-api"""

from collections.abc import Mapping
from typing import Any, BinaryIO

from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from apps.channels.connectors.whatsapp.addresses import belongs_to
from apps.channels.connectors.whatsapp.bird.meaning import meaning
from apps.channels.connectors.whatsapp.limits import BIRD
from apps.channels.connectors.whatsapp.spec import Config
from apps.channels.contract import Media
from apps.core.errors import Rejected
from apps.core.http import Answer, Http
from apps.integrations.opening import Opened

TIMEOUT = (5.0, 20.0)
FILE_SECONDS = 120.0
_FILE_HOSTS = (".bird.com", ".messagebird.com")


@sensitive_variables()
def get(opened: Opened[Config], path: str = "") -> Answer:
    """`path` begins after the channel."""
    with _http(opened) as http:
        return http.get(f"{_channel(opened)}{path}")


@sensitive_variables()
def post(opened: Opened[Config], path: str, values: Mapping[str, Any]) -> Answer:
    """Raises `core.errors`; a lost answer is OutcomeUnknown."""
    with _http(opened) as http:
        return http.post(f"{_channel(opened)}{path}", json=dict(values))


@sensitive_variables()
def fetch(opened: Opened[Config], media: Media, to: BinaryIO) -> str:
    """The key goes along to Bird itself alone."""
    if not media.ref.startswith(("https://", f"{opened.config.root}/")):
        raise Rejected(_("WhatsApp names an address for the file that is not its own."), code="foreign_file")
    headers = (
        _authorisation(opened.config) if belongs_to(media.ref, opened.config.root, _FILE_HOSTS) else None
    )
    with _http(opened) as http:
        found = http.download(
            media.ref, max_bytes=BIRD.file_bytes, to=to, deadline=FILE_SECONDS, headers=headers
        )
    return found.content_type or media.content_type


def _channel(opened: Opened[Config]) -> str:
    config = opened.config
    return f"/workspaces/{config.bird_workspace_id}/channels/{config.bird_channel_id}"


def _http(opened: Opened[Config]) -> Http:
    return opened.http(
        opened.config.root, headers=_authorisation(opened.config), classify=meaning, timeout=TIMEOUT
    )


def _authorisation(config: Config) -> dict[str, str]:
    return {"Authorization": f"AccessKey {config.bird_access_key.get_secret_value()}"}
