"""What every broken try and every error status means for the row that waits for it: the one mapping there is.

For a call that must not happen twice, the question is whether it can have happened:

| met                                             | idempotent  | not idempotent |
|-------------------------------------------------|-------------|----------------|
| broken before a byte left (DNS, connect, TLS)   | Transient   | Transient      |
| broken afterwards: time-out, reset, cut short   | Transient   | OutcomeUnknown |
| 429                                             | RateLimited | RateLimited    |
| 425, 503, 407, Cloudflare's 521 523 525 526     | Transient   | Transient      |
| 408 (an answer to a request sent whole), 5xx    | Transient   | OutcomeUnknown |
| 401                                             | AuthFailed  | AuthFailed     |
| 403, unless the connector's `codes` say else    | ConfigInvalid | ConfigInvalid |
| 3xx not followed (only GET and HEAD follow)     | ConfigInvalid | ConfigInvalid |
| other 4xx                                       | Rejected    | Rejected       |
| 2xx that is not the JSON it should be           | Transient   | OutcomeUnknown |

503 means «unable to handle the request» (RFC 9110, 15.6.4): it did not happen. 500, 502, 504 promise nothing.
Retry-After is heeded with either class; but only a 429 is no failed attempt, since an outage may never end.
Cloudflare: https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/
"""

from collections.abc import Callable, Mapping
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.errors import (
    AuthFailed,
    ConfigInvalid,
    OutcomeUnknown,
    OutsideError,
    RateLimited,
    Rejected,
    Transient,
)
from apps.core.http.wire import Answer

Codes = Mapping[int, type[OutsideError]]
Classify = Callable[[Answer], OutsideError | None]

NOTHING_HAPPENED = frozenset({407, 425, 503, 521, 523, 525, 526})
DEFAULT_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(days=1)

_TLS = _("The service's certificate could not be verified. It will be tried again.")
_REDIRECTED = _("The service answers with a redirect. Check the address in the settings.")
_FORBIDDEN = _("The service refuses access with this key. Check the key's rights there.")
_UNUSABLE = {
    "address_blocked": _("The address leads into a network that this server must not call."),
    "bad_url": _("The address is not a valid http or https address."),
    "bad_header": _("A key or a header holds characters that cannot be sent. Enter it again."),
    "ca_bundle": _("The file with the service's root certificates cannot be read."),
    "too_many_redirects": _("The address redirects without end."),
    "too_large": _("The answer is larger than allowed."),
}


def unfinished(code: str, *, sent: bool, idempotent: bool) -> OutsideError:
    """The try broke before an answer was read whole."""
    if sent and not idempotent:
        return OutcomeUnknown(code=code)
    return Transient(_TLS if code == "tls_error" else None, code=code)


def unusable(code: str, *, foreign: bool) -> OutsideError:
    """The target cannot be called: our settings are wrong or, if the address is `foreign`, just that."""
    public = _UNUSABLE[code]
    if foreign and code != "ca_bundle":
        return Rejected(public, code=code)
    return ConfigInvalid(public, code=code, field="ca_bundle" if code == "ca_bundle" else "base_url")


def of_status(answer: Answer, *, idempotent: bool, codes: Codes) -> OutsideError | None:
    """What a status means when the connector knows nothing better; None for 2xx."""
    status, code = answer.status, f"http_{answer.status}"
    if 200 <= status < 300:
        return None
    if status in codes:
        return codes[status](code=code)
    if status in (408, 429) or status >= 500:
        return _for_now(answer, code, idempotent=idempotent)
    if status == 401:
        return AuthFailed()
    if status == 403:
        return ConfigInvalid(_FORBIDDEN, code=code)
    if status < 400:
        return ConfigInvalid(_REDIRECTED, code="redirected", field="base_url")
    return Transient(code=code) if status in NOTHING_HAPPENED else Rejected(code=code)


def _for_now(answer: Answer, code: str, *, idempotent: bool) -> OutsideError:
    status = answer.status
    if status == 429:
        return RateLimited(after=retry_after(answer.headers))
    if status in NOTHING_HAPPENED:
        told = "Retry-After" in answer.headers
        return Transient(code=code, after=retry_after(answer.headers) if told else None)
    if status in (501, 505):  # not implemented there
        return Rejected(code=code)
    return unfinished(code, sent=True, idempotent=idempotent)


def retry_after(headers: Mapping[str, str], *, default: timedelta = DEFAULT_PAUSE) -> timedelta:
    """Retry-After in seconds or as an HTTP date; at least a second, at most a day."""
    value = headers.get("Retry-After", "").strip()
    try:
        if value.replace(".", "", 1).isdecimal():
            after = timedelta(seconds=min(float(value), LONGEST_PAUSE.total_seconds()))
        else:
            date = parsedate_to_datetime(value)
            after = (date if date.tzinfo else date.replace(tzinfo=UTC)) - timezone.now()
    except (ValueError, TypeError, OverflowError):
        return default
    return min(max(after, timedelta(seconds=1)), LONGEST_PAUSE)
