"""Files that clients sent. https://dev.max.ru/docs-api/methods/GET/videos/-videoToken-"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, BinaryIO

from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from apps.channels.connectors.max import client
from apps.channels.connectors.max.spec import Config
from apps.channels.contract import Media
from apps.core.errors import Rejected, Transient
from apps.integrations.opening import Opened

MAX_BYTES = 50 * 1024 * 1024
VIDEO = "video:"
# Sharpest first: a crack in the glass should be seen.
QUALITIES = ("mp4_1080", "mp4_720", "mp4_480", "mp4_360", "mp4_240", "mp4_144")
# What a file server says of everything.
ANY_TYPE = ("", "application/octet-stream", "binary/octet-stream")


@sensitive_variables()
def fetch(opened: Opened[Config], media: Media, to: BinaryIO) -> str:
    """`ref` is an address, or a video's token, whose addresses are asked for and used at once."""
    if media.size is not None and media.size > MAX_BYTES:
        raise _too_large()
    if media.ref.startswith(VIDEO):
        return _video(opened, media.ref.removeprefix(VIDEO), to)
    if not media.ref.startswith(("http://", "https://")):
        raise _gone()
    served_as = client.download(opened, media.ref, max_bytes=MAX_BYTES, to=to)
    return media.content_type if served_as in ANY_TYPE and media.content_type else served_as


def _video(opened: Opened[Config], token: str, to: BinaryIO) -> str:
    """The sharpest that is small enough."""
    try:
        found = client.video(opened, token)
    except Rejected as refused:
        raise (_gone() if refused.code == "not_found" else refused) from None
    urls = _urls(found.get("urls"))
    if not urls:
        raise Transient(
            _("MAX does not hand out this video yet. It will be tried again."),
            code="video_not_ready",
            after=timedelta(minutes=1),
        )
    _first_that_fits(opened, urls, to)
    return "video/mp4"


def _first_that_fits(opened: Opened[Config], urls: Sequence[str], to: BinaryIO) -> None:
    for url in urls:
        to.seek(0)
        to.truncate()
        try:
            client.download(opened, url, max_bytes=MAX_BYTES, to=to)
        except Rejected as refused:
            if refused.code != "too_large":
                raise
        else:
            return
    raise _too_large()


def _urls(found: Any) -> list[str]:
    named = [found.get(quality) for quality in QUALITIES] if isinstance(found, dict) else []
    return [url for url in named if isinstance(url, str) and url.startswith(("http://", "https://"))]


def _gone() -> Rejected:
    return Rejected(_("MAX does not have this file any more."), code="file_gone")


def _too_large() -> Rejected:
    return Rejected(_("The file is larger than the 50 MB that are taken over from MAX."), code="too_large")
