"""Files that clients sent: VK gives addresses that open without a key, for a while."""

from typing import BinaryIO

from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from apps.channels.connectors.vk import client
from apps.channels.connectors.vk.spec import MB, Config
from apps.channels.contract import Media
from apps.core.errors import Rejected
from apps.integrations.opening import Opened

MAX_BYTES = 50 * MB


@sensitive_variables()
def fetch(opened: Opened[Config], media: Media, to: BinaryIO) -> str:
    if media.size is not None and media.size > MAX_BYTES:
        raise Rejected(_("The file is larger than the 50 MB that are taken from VK."), code="too_large")
    if not media.ref.startswith(("https://", "http://")):
        raise Rejected(_("VK does not hand this file out."), code="file_gone")
    served_as = client.download(opened, media.ref, max_bytes=MAX_BYTES, to=to)
    return media.content_type or served_as
