"""What one try brought, as the caller's answer or as the error to raise: the one mapping there is.

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

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, NoReturn

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
from apps.core.http.exchange import Broken, Reply
from apps.core.http.wire import Answer, Downloaded

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


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiCall:
    idempotent: bool
    foreign: bool
    expect_json: bool
    accept: Collection[int]
    classify: Classify | None
    codes: Codes

    def judge(self, outcome: Reply | Broken) -> Answer | OutsideError:
        if isinstance(outcome, Broken):
            return _broken(outcome, foreign=self.foreign, idempotent=self.idempotent)
        try:
            body, readable = _read_json(outcome.content), True
        except ValueError:
            body, readable = None, False
        answer = Answer(status=outcome.status, headers=outcome.headers, json=body, content=outcome.content)
        return self._error(answer, cut=outcome.cut, readable=readable) or answer

    def _error(self, answer: Answer, *, cut: bool, readable: bool) -> OutsideError | None:
        if error := self.classify(answer) if self.classify else None:
            return error
        if answer.status in self.accept:
            return None
        if error := _of_status(answer, idempotent=self.idempotent, codes=self.codes):
            return error
        if cut:
            too_large = _unusable("too_large", foreign=True)
            return too_large if self.idempotent else OutcomeUnknown(code="too_large")
        if self.expect_json and not readable and answer.status not in (204, 205):
            return _unfinished("not_json", sent=True, idempotent=self.idempotent)
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    foreign: bool
    authorised: bool  # the caller gave headers for this address
    codes: Codes

    def judge(self, outcome: Reply | Broken) -> Downloaded | OutsideError:
        if isinstance(outcome, Broken):
            return _broken(outcome, foreign=True, idempotent=True)
        answer = Answer(status=outcome.status, headers=outcome.headers, json=None, content=b"")
        if error := _of_status(answer, idempotent=True, codes=self._codes()):
            return error
        if outcome.cut:
            return _unusable("too_large", foreign=True)
        claimed = outcome.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        return Downloaded(size=outcome.size, content_type=claimed)

    def _codes(self) -> Codes:
        """An expired link answers 401 or 403. That says nothing about the key, unless the key was sent."""
        if not self.foreign:
            return {403: Rejected, **self.codes}
        return {401: AuthFailed if self.authorised else Rejected, 403: Rejected}


def _broken(outcome: Broken, *, foreign: bool, idempotent: bool) -> OutsideError:
    if outcome.unusable:
        return _unusable(outcome.code, foreign=foreign)
    return _unfinished(outcome.code, sent=outcome.sent, idempotent=idempotent)


def _unfinished(code: str, *, sent: bool, idempotent: bool) -> OutsideError:
    """The try broke before an answer was read whole."""
    if sent and not idempotent:
        return OutcomeUnknown(code=code)
    return Transient(_TLS if code == "tls_error" else None, code=code)


def _unusable(code: str, *, foreign: bool) -> OutsideError:
    """The target cannot be called: our settings are wrong or, if the address is `foreign`, just that."""
    public = _UNUSABLE[code]
    if foreign and code != "ca_bundle":
        return Rejected(public, code=code)
    return ConfigInvalid(public, code=code, field="ca_bundle" if code == "ca_bundle" else "base_url")


def _of_status(answer: Answer, *, idempotent: bool, codes: Codes) -> OutsideError | None:
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
    return _unfinished(code, sent=True, idempotent=idempotent)


def retry_after(headers: Mapping[str, str]) -> timedelta:
    """Retry-After in seconds or as an HTTP date; at least a second, at most a day."""
    value = headers.get("Retry-After", "").strip()
    try:
        if value.replace(".", "", 1).isdecimal():
            after = timedelta(seconds=min(float(value), LONGEST_PAUSE.total_seconds()))
        else:
            date = parsedate_to_datetime(value)
            after = (date if date.tzinfo else date.replace(tzinfo=UTC)) - timezone.now()
    except (ValueError, TypeError, OverflowError):
        return DEFAULT_PAUSE
    return min(max(after, timedelta(seconds=1)), LONGEST_PAUSE)


def _read_json(content: bytes) -> Any:
    """Raises ValueError for whatever PostgreSQL and the standard would not take for JSON."""
    try:
        return json.loads(content, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("nested too deep") from None


def _refuse(constant: str) -> NoReturn:
    raise ValueError("not a number")
