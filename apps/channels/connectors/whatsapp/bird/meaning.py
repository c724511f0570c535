"""Bird's refusals as ours. https://docs.bird.com/api/api-access/common-errors"""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from apps.channels.connectors.whatsapp.refusals import bad_request, mend, not_the_api
from apps.core.errors import OutsideError, RateLimited
from apps.core.http import Answer

# As WhatsApp says it, in the source of a failure: not there, or blocks us.
GONE = frozenset({"131026"})
no_such_channel = mend(
    "no_such_channel",
    _("Bird does not know this channel in the workspace, or the key's role does not allow it."),
    "bird_channel_id",
)
_no_money = mend("billing", _("The balance at Bird is used up. Top it up at bird.com."))


def meaning(answer: Answer) -> OutsideError | None:
    """None for success and for what the status alone tells."""
    told = isinstance(answer.json, dict) and isinstance(answer.json.get("code"), str)
    if answer.status == 404:
        return no_such_channel() if told else not_the_api()
    if answer.status == 402:
        return _no_money()
    if answer.status in (409, 423):
        return RateLimited(after=timedelta(seconds=5))
    if answer.status == 403 and told:
        return no_such_channel()
    return bad_request() if answer.status in (400, 422) else None
