"""Files that clients sent: plain addresses, Avito's or the MCP server's own; voices' die in an hour."""

from typing import BinaryIO

from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from apps.channels.connectors.avito.attached import link
from apps.channels.connectors.avito.mcp import client
from apps.channels.connectors.avito.spec import Config
from apps.channels.contract import Media
from apps.core.errors import Rejected
from apps.integrations.opening import Opened

MAX_BYTES = 50 * 1024 * 1024


@sensitive_variables()
def fetch(opened: Opened[Config], media: Media, to: BinaryIO) -> str:
    """Through the guarded door: an address inside a network that is not allowed is not called.

    The key goes along only to the MCP server itself.
    """
    address = link(media.ref)
    if not address:
        raise Rejected(
            _("The MCP server told no address of this file. It can be seen in Avito itself."),
            code="file_gone",
        )
    if media.size is not None and media.size > MAX_BYTES:
        raise Rejected(_("The file is larger than the 50 MB that are taken over."), code="too_large")
    with client.door(opened) as http:
        served_as = http.download(address, max_bytes=MAX_BYTES, to=to).content_type
    return served_as or media.content_type
