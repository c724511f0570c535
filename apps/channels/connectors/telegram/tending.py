"""Whether Telegram still sends updates here. https://core.telegram.org/bots/api#getwebhookinfo"""

from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from apps.channels.connectors.telegram import client
from apps.channels.connectors.telegram.checking import address, can_be_reached, hook_warnings, install
from apps.channels.connectors.telegram.spec import Config
from apps.integrations.contract import Tended
from apps.integrations.opening import Opened

UPKEEP_EVERY = timedelta(hours=1)
# Telegram tells of its last failure for ever; of interest is one since the time before last.
LATELY = 2 * UPKEEP_EVERY


@sensitive_variables()
def upkeep(opened: Opened[Config]) -> Tended:
    """An address that has gone is set again. Another program's is left: whoever set it may need it there."""
    url = address(opened)
    if not can_be_reached(opened.config, url):
        return Tended()  # nothing to put right from here; the check says so
    found = client.get(opened, "getWebhookInfo")
    hook: dict[str, Any] = found if isinstance(found, dict) else {}
    if hook.get("url"):
        return Tended(warnings=tuple(hook_warnings(_of_late(hook), expected=url)))
    install(opened)
    return Tended(
        mended=_(
            "Telegram had nowhere to send the bot's updates: another program had removed this server's "
            "address. It is set again. Telegram keeps updates for a day: what clients wrote earlier, or what "
            "that program read, is not here."
        )
    )


def _of_late(hook: dict[str, Any]) -> dict[str, Any]:
    failed_at = hook.get("last_error_date")
    since = (timezone.now() - LATELY).timestamp()
    if isinstance(failed_at, int) and failed_at >= since:
        return hook
    return {name: value for name, value in hook.items() if name != "last_error_message"}
