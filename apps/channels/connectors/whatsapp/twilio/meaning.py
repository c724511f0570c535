"""Twilio's error codes as ours. https://www.twilio.com/docs/api/errors"""

from collections.abc import Mapping
from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from apps.channels.connectors.whatsapp.refusals import (
    Make,
    bad_file,
    bad_number,
    bad_request,
    gone,
    mend,
    not_the_api,
    refused,
    window_closed,
)
from apps.core.errors import AuthFailed, OutsideError, RateLimited
from apps.core.http import Answer

# As status events write them: not on WhatsApp, or not there at all.
GONE = frozenset({"63003", "63024"})

no_such_account = mend("no_such_account", _("Twilio does not know this account SID."), "twilio_account_sid")
account_locked = mend("account_locked", _("Twilio suspended or closed the account. See its console."))
_not_ours = mend(
    "no_such_number",
    _("Twilio does not know this sender as a WhatsApp number of the account."),
    "twilio_number",
)

MEANINGS: Mapping[int, Make] = {
    **dict.fromkeys((20003, 20005), AuthFailed),
    63018: lambda: RateLimited(after=timedelta(seconds=10)),
    20404: no_such_account,
    **dict.fromkeys((30002, 63002), account_locked),
    **dict.fromkeys((21211, 21217, 21614), bad_number),
    **dict.fromkeys((63003, 63024), gone),
    21610: refused("recipient_gone", _("The client unsubscribed from your messages.")),
    **dict.fromkeys((21408, 63033), refused("country", _("Twilio does not let your account write there."))),
    **dict.fromkeys((21212, 21606, 21659, 21910, 63007, 63020), _not_ours),
    **dict.fromkeys(
        (21605, 21617), refused("too_long", _("The text is too long for one message in WhatsApp."))
    ),
    **dict.fromkeys((12300, 21620, 21623, 63005, 63019, 63021), bad_file),
    63016: window_closed,
}


def meaning(answer: Answer) -> OutsideError | None:
    """None for success and for what the status alone tells."""
    body = answer.json if isinstance(answer.json, dict) else {}
    code = body.get("code")
    if answer.status < 400 or (answer.status == 429 and code not in MEANINGS):
        return None
    if type(code) is not int:
        # Without an error of Twilio's own it is another server, or a proxy's page.
        return not_the_api() if answer.status in (404, 405) else None
    if make := MEANINGS.get(code):
        return make()
    return bad_request() if answer.status < 500 and answer.status not in (401, 403) else None
