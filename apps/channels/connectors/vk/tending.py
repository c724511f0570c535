"""Whether the community's Callback API still calls here. https://dev.vk.com/ru/method/groups.getCallbackServers"""

from datetime import timedelta

from django.conf import settings
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from apps.channels.connectors.vk import client
from apps.channels.connectors.vk.checking import keep_code
from apps.channels.connectors.vk.spec import Config
from apps.channels.models import Channel
from apps.channels.registering import webhook_url
from apps.channels.shapes import Shape, parts
from apps.integrations.contract import Tended
from apps.integrations.opening import Opened

UPKEEP_EVERY = timedelta(hours=6)


@sensitive_variables()
def upkeep(opened: Opened[Config]) -> Tended:
    """Long Poll tends itself: its poller notices at once. A Callback server is set and confirmed by hand."""
    config = opened.config
    if config.receive == "long_poll":
        return Tended()
    keep_code(opened)  # VK makes another with every change of its settings
    if config.receive == "both":
        return Tended()  # what the Callback API leaves out comes by Long Poll
    found = client.call(opened, "groups.getCallbackServers", {"group_id": config.group_id})
    channel = Channel.objects.filter(connection=opened.connection).select_related("connection").first()
    if channel is None:
        return Tended()
    return Tended(warnings=_warnings(parts(found, "items") if isinstance(found, dict) else [], channel))


def _warnings(servers: list[Shape], channel: Channel) -> tuple[str | Promise, ...]:
    address = webhook_url(channel)
    addresses = (address, f"{settings.PUBLIC_URL}/webhook/vk/incoming")
    ours = [server for server in servers if str(server.get("url")).rstrip("/") in addresses]
    if not ours:
        return (
            format_lazy(
                _(
                    "No server of the Callback API in the VK community has this address: messages do not "
                    "come. Add one in «Management», «API usage», «Callback API». The address: {url}"
                ),
                url=address,
            ),
        )
    if any(server.get("status") == "ok" for server in ours):
        return ()
    return (
        _(
            "VK has not confirmed this server's address, or has switched it off after failures: messages do "
            "not come. Press «Confirm» in «Management», «API usage», «Callback API»."
        ),
    )
