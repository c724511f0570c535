"""Files that clients sent. https://developers.avito.ru/api-catalog/messenger/documentation#operation/getVoiceFiles"""

from typing import BinaryIO
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from apps.channels.connectors.avito.attached import link
from apps.channels.connectors.avito.direct import client
from apps.channels.connectors.avito.spec import Config
from apps.channels.contract import Media, MediaKind
from apps.core.errors import Rejected
from apps.core.http.target import origin
from apps.integrations.opening import Opened

MAX_BYTES = 50 * 1024 * 1024
# A webhook is not signed: whoever forged one would choose what this server calls.
HOSTS = ("avito.ru", "avito.st")
UNTOLD = ("", "application/octet-stream", "binary/octet-stream")


@sensitive_variables()
def fetch(opened: Opened[Config], media: Media, to: BinaryIO) -> str:
    by_id = media.kind is MediaKind.VOICE and not link(media.ref)
    address = _voice(opened, media.ref) if by_id else _theirs(opened, media.ref)
    served_as = _download(opened, address, to)
    # Voice is Opus in MP4, whatever the file server calls it; of pictures it knows better.
    known = media.kind is MediaKind.VOICE or served_as in UNTOLD
    return media.content_type if known else served_as


def _download(opened: Opened[Config], address: str, to: BinaryIO) -> str:
    try:
        with opened.http("", paced=False) as http:
            return http.download(address, max_bytes=MAX_BYTES, to=to).content_type
    except Rejected as error:
        code = error.code
    if code == "too_large":
        raise Rejected(_("The file is larger than 50 MB."), code=code)
    raise _gone()


def _voice(opened: Opened[Config], voice_id: str) -> str:
    """Where it lies now: such addresses live an hour."""
    answer = client.call(
        opened,
        "GET",
        client.in_account(opened, "v1", "getVoiceFiles"),
        idempotent=True,
        options=lambda: {"params": {"voice_ids": voice_id}},
        missing=_gone,
    )
    addresses = answer.get("voices_urls")
    address = addresses.get(voice_id) if isinstance(addresses, dict) else None
    if not isinstance(address, str) or not address:
        raise _gone()
    return address


def _theirs(opened: Opened[Config], address: str) -> str:
    try:
        parts = urlsplit(address)
        is_theirs = parts.scheme == "https" and any(
            parts.hostname == host or str(parts.hostname).endswith(f".{host}") for host in HOSTS
        )
        if is_theirs or origin(address) == origin(opened.config.base_url):
            return address
    except ValueError:
        pass  # no address at all: refused as any other that is not theirs
    raise Rejected(_("The file lies at an address that is not Avito's. It was not fetched."), code="foreign")


def _gone() -> Rejected:
    return Rejected(_("Avito does not have this file any more."), code="file_gone")
