"""MAX drops a bot's subscription after 8 hours without an answer; it is made again within half an hour.

https://dev.max.ru/docs-api/methods/GET/subscriptions
"""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from apps.channels.connectors.max import client
from apps.channels.connectors.max.checking import address, can_be_reached, install, is_whole, leads_here
from apps.channels.connectors.max.spec import Config
from apps.channels.shapes import parts
from apps.integrations.contract import Tended
from apps.integrations.opening import Opened

UPKEEP_EVERY = timedelta(minutes=30)


@sensitive_variables()
def upkeep(opened: Opened[Config]) -> Tended:
    url = address(opened)
    if not can_be_reached(opened.config, url):
        return Tended()  # nothing to put right from here; the check says so
    found = parts(client.get(opened, "/subscriptions"), "subscriptions")
    ours = [one for one in found if leads_here(one, url)]
    if any(is_whole(one) for one in ours):
        return Tended()
    if not install(opened) or ours:
        return Tended()  # one that left something out is widened: nothing that was subscribed to is missing
    return Tended(
        mended=_(
            "MAX had unsubscribed the bot: so it does when this server does not answer it for 8 hours. It is "
            "subscribed again, but what clients wrote meanwhile may be lost: look through the bot's chats in "
            "MAX."
        )
    )
