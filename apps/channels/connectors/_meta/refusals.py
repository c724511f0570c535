"""What Meta's error codes mean here.

https://developers.facebook.com/docs/messenger-platform/error-codes
https://developers.facebook.com/docs/graph-api/guides/error-handling
"""

from collections.abc import Callable, Mapping
from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from apps.channels.shapes import part
from apps.core.errors import AuthFailed, ConfigInvalid, OutsideError, RateLimited, Rejected, Transient
from apps.core.http import Answer

# Without a word of Meta's own: a limit is counted over the last hour, and eases minute by minute.
PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=1)

Meaning = Callable[[Answer], OutsideError]


def meaning(answer: Answer) -> OutsideError | None:
    """Meta's error object as one of ours; None for success and for what the status alone tells."""
    error = part(answer.json, "error") if isinstance(answer.json, dict) else {}
    if not error:
        return not_meta() if answer.status in (404, 405) else None
    code, subcode = _number(error.get("code")), _number(error.get("error_subcode"))
    if code is None:
        return None
    if told := _BY_SUBCODE.get((code, subcode or 0)) or _BY_CODE.get(code):
        return told(answer)
    if error.get("is_transient") is True:
        return _temporary(answer)
    if 200 <= code < 300:
        return _no_permission(answer)
    # A status that says more than that it was refused is heard.
    return None if answer.status in (401, 403, 408, 429) or answer.status >= 500 else _refused(answer)


def not_meta() -> ConfigInvalid:
    return ConfigInvalid(
        _("At this address there is no Graph API of Meta."), code="not_meta", field="base_url"
    )


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _temporary(answer: Answer) -> OutsideError:
    return Transient(_("Meta could not do it for the moment. It will be tried again."), code="meta_busy")


def _limited(answer: Answer) -> OutsideError:
    header = answer.headers.get("Retry-After", "")
    seconds = int(header) if header.isascii() and header.isdecimal() and len(header) < 8 else 0
    after = timedelta(seconds=seconds) if seconds else PAUSE
    return RateLimited(
        _("Meta's limit of requests is reached. It will be tried again."), after=min(after, LONGEST_PAUSE)
    )


def _token(answer: Answer) -> OutsideError:
    return AuthFailed(
        _("Meta does not accept the access token any more: it ran out, or was withdrawn. Enter a new one.")
    )


def _no_permission(answer: Answer) -> OutsideError:
    return ConfigInvalid(
        _("The token lacks a permission. Grant the app messaging access at Meta, then enter a new token."),
        code="no_permission",
        field="access_token",
    )


def _restricted(answer: Answer) -> OutsideError:
    return ConfigInvalid(
        _("Meta has restricted messages of this account. See the account's page at Meta for the reason."),
        code="page_restricted",
    )


def _abusive(answer: Answer) -> OutsideError:
    return ConfigInvalid(
        _("Meta has blocked sending for a while because of its rules. See the account's page at Meta."),
        code="blocked_by_policy",
    )


def _unknown_account(answer: Answer) -> OutsideError:
    return ConfigInvalid(
        _("Meta knows no such account, or the token has no right to it. Check the ids and the token."),
        code="unknown_account",
        field="page_id",
    )


def _out_of_window(answer: Answer) -> OutsideError:
    return Rejected(
        _("The client wrote too long ago: Meta carries nothing to them until they write again."),
        code="outside_window",
    )


def _gone(answer: Answer) -> OutsideError:
    return Rejected(
        _("The client cannot be reached there: they blocked the account, or theirs is gone."),
        code="recipient_gone",
    )


def _file(answer: Answer) -> OutsideError:
    return Rejected(
        _("Meta could not take the file. This server's public address must be open to the internet."),
        code="file_refused",
    )


def _refused(answer: Answer) -> OutsideError:
    return Rejected(_("Meta refused the request."), code="bad_request")


_BY_CODE: Mapping[int, Meaning] = {
    1: _temporary,
    2: _temporary,
    1200: _temporary,
    3: _no_permission,
    10: _no_permission,
    4: _limited,
    17: _limited,
    32: _limited,
    613: _limited,
    80006: _limited,
    102: _token,
    190: _token,
    368: _abusive,
    551: _gone,
}
_BY_SUBCODE: Mapping[tuple[int, int], Meaning] = {
    (10, 2018278): _out_of_window,
    (10, 2534022): _out_of_window,
    (10, 1893063): _restricted,
    (100, 33): _unknown_account,
    (100, 2018001): _gone,
    (100, 2534014): _gone,
    (100, 2018008): _file,
    (100, 2018047): _file,
}
