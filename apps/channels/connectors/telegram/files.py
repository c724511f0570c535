"""Files that clients sent. https://core.telegram.org/bots/api#getfile"""

from typing import BinaryIO

from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from apps.channels.connectors.telegram import client
from apps.channels.connectors.telegram.spec import Config
from apps.channels.contract import Media
from apps.core.errors import Rejected
from apps.integrations.opening import Opened

MAX_BYTES = 20 * 1024 * 1024


@sensitive_variables()
def fetch(opened: Opened[Config], media: Media, to: BinaryIO) -> str:
    """The link lives an hour and holds the token: it is asked for and used at once, and kept nowhere."""
    if media.size is not None and media.size > MAX_BYTES:
        raise _too_large()
    found = client.get(opened, "getFile", {"file_id": media.ref})
    path = found.get("file_path") if isinstance(found, dict) else None
    if not isinstance(path, str) or not path:
        raise Rejected(_("Telegram does not have this file any more."), code="file_gone")
    if path.startswith("/") or ".." in path.split("/"):
        # A Bot API server of one's own in --local mode names a path on its own disk.
        raise Rejected(
            _("The Bot API server keeps the file on its own disk and does not hand it out."),
            code="local_file",
        )
    size = found.get("file_size")
    if isinstance(size, int) and size > MAX_BYTES:
        raise _too_large()
    served_as = client.download(opened, path, max_bytes=MAX_BYTES, to=to)
    # Telegram's file server calls everything a stream of octets; the update knew better.
    return media.content_type or served_as


def _too_large() -> Rejected:
    return Rejected(_("The file is larger than the 20 MB that Telegram hands out to bots."), code="too_large")
