"""Green API's refusals as ours. https://green-api.com/en/docs/api/common-errors/"""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from apps.channels.connectors.whatsapp.refusals import bad_request, mend, not_the_api, refused
from apps.core.errors import OutsideError, RateLimited
from apps.core.http import Answer

# A message's status: the number is not on WhatsApp.
NO_ACCOUNT = "noAccount"
no_such_instance = mend(
    "no_such_instance",
    _("Green API does not know this instance, or it was deleted or has expired."),
    "green_instance_id",
)
# The plan's own: methods a month, or clients a month.
_quota = refused(
    "quota", _("The plan at Green API is used up for this month. Choose a larger one there, then send again.")
)


def meaning(answer: Answer) -> OutsideError | None:
    """None for success and for what the status alone tells."""
    if answer.status == 466:
        return _quota()
    if answer.status == 429 and "Retry-After" not in answer.headers:
        return RateLimited(after=timedelta(seconds=2))
    if answer.status == 403:
        return no_such_instance()
    if answer.status in (404, 405):
        return not_the_api()
    return bad_request() if answer.status == 400 else None
