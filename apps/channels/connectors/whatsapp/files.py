"""Files that clients sent.

https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/media
"""

import base64
import hashlib
import re
from typing import BinaryIO, cast

from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from apps.channels.connectors.whatsapp import client
from apps.channels.connectors.whatsapp.meaning import file_gone
from apps.channels.connectors.whatsapp.spec import LIMITS, Config
from apps.channels.contract import Media
from apps.core.errors import Rejected, Transient
from apps.integrations.opening import Opened


class _Summed:
    """Passes on what is written, and sums it up on the way."""

    def __init__(self, to: BinaryIO) -> None:
        self._to = to
        self.digest = hashlib.sha256()

    def write(self, piece: bytes) -> int:
        self.digest.update(piece)
        return self._to.write(piece)


@sensitive_variables()
def fetch(opened: Opened[Config], media: Media, to: BinaryIO) -> str:
    """The link lives five minutes: it is asked for and used at once, and kept nowhere."""
    if not re.fullmatch(r"[\w-]{1,200}", media.ref, re.ASCII):
        raise file_gone()
    _check_size(media.size)
    found = client.get(
        opened, media.ref, {"phone_number_id": opened.config.phone_number_id}, missing=file_gone
    )
    url, size = found.get("url"), found.get("file_size")
    if not isinstance(url, str) or not url:
        raise file_gone()
    _check_size(size if isinstance(size, int) else None)
    summed = _Summed(to)
    served_as = client.download(opened, url, max_bytes=LIMITS.file_bytes, to=cast("BinaryIO", summed))
    if not _matches(summed.digest.digest(), found.get("sha256")):
        raise Transient(_("The file arrived damaged. It will be fetched again."), code="damaged")
    named = found.get("mime_type")
    return media.content_type or (named if isinstance(named, str) else "") or served_as


def _check_size(size: int | None) -> None:
    if size is not None and size > LIMITS.file_bytes:
        raise Rejected(_("The file is larger than the 100 MB that are fetched."), code="too_large")


def _matches(digest: bytes, named: object) -> bool:
    """Meta writes the sum in hexadecimal here, in Base64 there. Without one nothing is compared."""
    if not isinstance(named, str) or not named:
        return True
    return named.lower() == digest.hex() or named.rstrip("=") == base64.b64encode(digest).decode().rstrip("=")
