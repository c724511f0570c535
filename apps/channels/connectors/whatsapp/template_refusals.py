"""What Meta says of a template that it does not send.

https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes
"""

from collections.abc import Callable, Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.core.errors import OutsideError, Rejected


def _refused(code: str, public: str | Promise) -> Callable[[], OutsideError]:
    return lambda: Rejected(public, code=code)


_wrong = _refused(
    "template_refused",
    _("WhatsApp refused the template as it was filled in. Refresh the templates and fill it in anew."),
)
# Meta has not given every number of the range a meaning yet.
MEANINGS: Mapping[int, Callable[[], OutsideError]] = {
    **dict.fromkeys(range(132000, 132017), _wrong),
    132000: _refused(
        "template_fields",
        _("The template has other fields than were filled in. Refresh the templates and fill it in anew."),
    ),
    132001: _refused(
        "template_gone",
        _("WhatsApp has no such approved template any more. Refresh the templates and choose another."),
    ),
    132005: _refused(
        "template_too_long",
        _("The template is too long when filled in. Write shorter words into its fields."),
    ),
    132007: _refused(
        "template_rules",
        _("WhatsApp finds that the template breaks its rules. Change it in Meta's WhatsApp Manager."),
    ),
    132012: _refused(
        "template_format",
        _("WhatsApp wants another kind of value in a field of the template. Fill it in anew."),
    ),
    132015: _refused(
        "template_paused",
        _("Meta paused the template because clients complained of it. Choose another, or wait."),
    ),
    132016: _refused(
        "template_disabled",
        _("Meta switched the template off for good because clients complained of it. Choose another."),
    ),
}
