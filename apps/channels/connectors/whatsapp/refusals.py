"""Errors that more than one provider has its own words for."""

from collections.abc import Callable

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.core.errors import ConfigInvalid, OutsideError, Rejected

Make = Callable[[], OutsideError]


def refused(code: str, public: str | Promise) -> Make:
    return lambda: Rejected(public, code=code)


def mend(code: str, public: str | Promise, field: str = "") -> Make:
    return lambda: ConfigInvalid(public, code=code, field=field)


gone = refused("recipient_gone", _("The client cannot be reached in WhatsApp under this number."))
bad_number = refused("bad_chat", _("This is not a WhatsApp number."))
bad_request = refused("bad_request", _("WhatsApp refused the message as it is."))
bad_file = refused("bad_file", _("WhatsApp could not take the file: its kind or size does not pass."))
window_closed = refused(
    "window_closed",
    _(
        "The client last wrote more than 24 hours ago: WhatsApp carries nothing to them until they write "
        "again. Call them, or write through another channel."
    ),
)
not_the_api = mend("not_the_api", _("At this address there is no such service."), "base_url")
