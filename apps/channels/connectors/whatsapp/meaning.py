"""Meta's error codes as ours. Its titles and texts change, its codes do not.

https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.channels.connectors.whatsapp.template_refusals import MEANINGS as OF_TEMPLATES
from apps.core.errors import AuthFailed, ConfigInvalid, OutsideError, RateLimited, Rejected, Scope, Transient
from apps.core.http import Answer

# The account is not on WhatsApp, or has an app too old, or blocks us: Meta does not tell which.
GONE = frozenset({131026})
_SOON, _MINUTE, _HOUR = timedelta(seconds=6), timedelta(minutes=1), timedelta(hours=1)

Make = Callable[[], OutsideError]


def _passing() -> OutsideError:
    return Transient(code="meta_down")


def _pause(after: timedelta, scope: Scope = Scope.ACCOUNT) -> Make:
    return lambda: RateLimited(after=after, scope=scope)


def _refused(code: str, public: str | Promise) -> Make:
    return lambda: Rejected(public, code=code)


def _mend(code: str, public: str | Promise, field: str = "") -> Make:
    return lambda: ConfigInvalid(public, code=code, field=field)


_gone = _refused(
    "recipient_gone",
    _("The client cannot be reached in WhatsApp: they are not there, blocked you or have an old app."),
)
_not_now = _refused(
    "not_now",
    _("Meta does not let this message through to this client now. Wait till they write, or call them."),
)
_bad_request = _refused("bad_request", _("WhatsApp refused the message as it is."))
_no_rights = _mend(
    "no_rights",
    _("The token may not use this WhatsApp number. Give its user the rights in Meta Business settings."),
    "access_token",
)
_not_registered = _mend(
    "not_registered",
    _("The number is not registered for the Cloud API. Register it in WhatsApp Manager."),
    "phone_number_id",
)


def _held_back() -> OutsideError:
    return RateLimited(
        _("Clients complained of this number's messages and Meta holds them back. Tried again in an hour."),
        code="spam_limit",
        after=_HOUR,
    )


MEANINGS: Mapping[int, Make] = {
    **OF_TEMPLATES,
    **dict.fromkeys((1, 2, 131000, 131016, 131052, 131053, 131057), _passing),
    **dict.fromkeys((4, 80007), _pause(_MINUTE)),
    130429: _pause(timedelta(seconds=30)),
    131056: _pause(_SOON, Scope.DIALOGUE),
    131048: _held_back,
    **dict.fromkeys((131049, 131064, 130472), _not_now),
    131047: _refused(
        "window_closed",
        _(
            "The client last wrote more than 24 hours ago: until they write again, WhatsApp carries only an "
            "approved template to them."
        ),
    ),
    **dict.fromkeys(GONE, _gone),
    131021: _refused(
        "own_number", _("This is the number that is connected here: it cannot write to itself.")
    ),
    131030: _refused(
        "not_a_test_recipient",
        _("A test number writes only to numbers that are listed in the Meta app. Add the client's there."),
    ),
    131050: _refused("marketing_stopped", _("The client does not want advertising from you in WhatsApp.")),
    131062: _refused("needs_phone", _("The client hides their number, and this cannot be sent without it.")),
    130497: _refused("country", _("Meta does not let your account write to clients in this country.")),
    **dict.fromkeys((0, 190), AuthFailed),
    **dict.fromkeys((3, 10, 131005, *range(200, 300)), _no_rights),
    **dict.fromkeys((33, 131045, 133010), _not_registered),
    131031: _mend(
        "account_locked", _("Meta locked the WhatsApp account. Its owner must ask Meta's support.")
    ),
    131037: _mend(
        "name_not_approved",
        _("Meta has not approved the number's display name. See to it in WhatsApp Manager."),
    ),
    131042: _mend(
        "billing",
        _("Meta cannot charge for messages. Mend the payment method in WhatsApp Manager."),
    ),
    368: _mend(
        "policy",
        _("Meta blocked the account for a breach of its rules. Its owner must ask Meta's support."),
    ),
}


def meaning(answer: Answer, *, missing: Make | None = None) -> OutsideError | None:
    """None for success and for what the status alone tells. `missing`: what an unknown id means here."""
    body = answer.json if isinstance(answer.json, dict) else {}
    error: Any = body.get("error")
    code = error.get("code") if isinstance(error, dict) else None
    if type(code) is not int:
        # Without an error of Meta's own it is another server, or a proxy's page.
        return not_the_api() if answer.status in (404, 405) else None
    if code == 100 and error.get("error_subcode") == 33:
        return (missing or _not_registered)()
    if make := MEANINGS.get(code):
        return make()
    if error.get("is_transient") is True:
        return _passing()
    # What is not known: a failure of the server's is left to its status.
    return _bad_request() if 400 <= answer.status < 500 and answer.status not in (401, 403, 429) else None


def not_the_api() -> ConfigInvalid:
    return ConfigInvalid(
        _("At this address there is no WhatsApp Cloud API."), code="not_the_api", field="base_url"
    )


def no_such_account() -> OutsideError:
    return ConfigInvalid(
        _("Meta does not know this WhatsApp Business account, or the token may not see it."),
        code="no_such_account",
        field="business_account_id",
    )


def no_such_number() -> OutsideError:
    return ConfigInvalid(
        _("Meta does not know this phone number ID, or the token may not see it."),
        code="no_such_number",
        field="phone_number_id",
    )


def file_gone() -> OutsideError:
    return Rejected(_("WhatsApp does not have this file any more."), code="file_gone")
