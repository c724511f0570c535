"""Why a receiver did not get it, in fixed sentences. Stored in English, shown in the reader's language."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.integrations.webhooks.models import WebhookAttempt

OFF = _("The endpoint is switched off. It is kept and can be sent once somebody switches it on.")
UNREADABLE = _("The endpoint's secret cannot be read any more: its key is gone. Give it a new one.")
NOT_TAKEN = _("The receiver did not take it. It will be tried again.")
REDIRECTED = _("The receiver answers with a redirect, which is never followed. It will be tried again.")
NO_ANSWER = _("No answer came from the receiver. It will be tried again.")
GIVEN_UP = _("The receiver did not take it in three days. Send it again once the receiver is mended.")
GONE = _("The receiver answered 410: it wants nothing any more. The endpoint is switched off.")

FIXED = _(
    "Its address was used already and is fixed. Add a new endpoint with the new address, choose it wherever "
    "this one is chosen, then switch this one off."
)

# Of a try without an answer, by the code of `core.http`.
_BROKEN = {
    "timeout": _("no answer within 15 seconds"),
    "connect_error": _("nobody answers at this address"),
    "connection_broken": _("the connection broke off"),
    "dns_error": _("there is no such host"),
    "tls_error": _("the certificate could not be verified"),
    "address_blocked": _("the address leads into a network that this server must not call"),
    "bad_url": _("the address is not a valid http or https address"),
}


def reason_of(error_code: str, status: int | None) -> str | Promise:
    if status is not None:
        return REDIRECTED if 300 <= status < 400 else NOT_TAKEN
    return NO_ANSWER


def what_came(attempt: WebhookAttempt) -> str | Promise:
    """One try in a few words."""
    return described(attempt.status, attempt.error_code, finished=attempt.finished_at is not None)


def described(status: int | None, error_code: str, *, finished: bool = True) -> str | Promise:
    if status is not None:
        return str(status)
    if not finished:
        return _("broken off: nobody knows whether it arrived")
    return _BROKEN.get(error_code, error_code)
