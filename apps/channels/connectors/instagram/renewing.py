"""The token of Instagram's own login lives for 60 days and is exchanged for the next one in time.

https://developers.facebook.com/docs/instagram-platform/reference/refresh_access_token

The one that a person entered is the first; those got in exchange are kept encrypted and used from then on.
How old the first is nobody tells, so that it is exchanged as soon as Instagram allows: after a day.
"""

from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from apps.channels.connectors._meta.client import token_in_use
from apps.channels.connectors._meta.refusals import meaning, not_meta
from apps.channels.connectors.instagram.spec import Config
from apps.core.errors import AuthFailed, OutsideError, Rejected
from apps.core.http import Answer
from apps.integrations.contract import Tended
from apps.integrations.opening import Opened
from apps.integrations.tokens import Token, access_token, kept_token
from apps.tenants.clock import on_the_wall_lazy

TOKEN_DEPENDS_ON = ("access_token", "login_type", "instagram_account_id", "base_url")
LONGEST = timedelta(days=60)
# Half its life is left when the next one is asked for: a month of tries.
MARGIN = timedelta(days=30)
TOO_YOUNG = timedelta(days=1)
ENDS_SOON = timedelta(days=7)
# Within the lease of whoever asks for a token.
TIMEOUT = (3.0, 6.0)
DEADLINE = 9.0
AGAIN = timedelta(hours=1)


@sensitive_variables()
def upkeep(opened: Opened[Config]) -> Tended:
    """Raises AuthFailed where Instagram exchanges the token no more: a person must enter a new one."""
    if not opened.config.is_renewed:
        return Tended()
    try:
        access_token(opened, lambda: _obtain(opened), margin=MARGIN)
    except Rejected:
        return _not_renewed(opened)
    kept = kept_token(opened)
    return Tended() if kept and kept.lasts(MARGIN) else _not_renewed(opened)


@sensitive_variables()
def _obtain(opened: Opened[Config]) -> Token:
    if kept_token(opened) is None:
        first = opened.config.access_token.get_secret_value()
        return Token(value=first, expires_at=timezone.now() + MARGIN + TOO_YOUNG)
    params = {"grant_type": "ig_refresh_token", "access_token": token_in_use(opened)}
    with opened.http(opened.config.root, classify=_meaning, timeout=TIMEOUT) as http:
        return _token(http.get("/refresh_access_token", params=params, deadline=DEADLINE).json)


@sensitive_variables()
def _token(body: Any) -> Token:
    found = body if isinstance(body, dict) else {}
    value, seconds = found.get("access_token"), found.get("expires_in")
    if not isinstance(value, str) or not value or not value.isascii():
        raise not_meta()
    if not isinstance(seconds, int) or isinstance(seconds, bool) or not 0 < seconds < 10**9:
        return Token(value=value, expires_at=timezone.now() + LONGEST)
    return Token(value=value, expires_at=timezone.now() + timedelta(seconds=seconds))


def _meaning(answer: Answer) -> OutsideError | None:
    found = meaning(answer)
    if isinstance(found, AuthFailed):
        return AuthFailed(
            _(
                "Instagram does not renew the access token any more: it ran out, or was withdrawn. Get a new "
                "one in the Meta app and enter it here."
            )
        )
    return found


@sensitive_variables()
def _not_renewed(opened: Opened[Config]) -> Tended:
    """It serves on; whoever can get a new one is told in time."""
    kept = kept_token(opened)
    said: list[str | Promise] = []
    if kept is None or kept.value == opened.config.access_token.get_secret_value():
        said.append(
            _(
                "Instagram has not renewed the access token yet; it is asked again every hour. The token "
                "ends 60 days after it was issued: enter a new one before."
            )
        )
    elif not kept.lasts(ENDS_SOON):
        said.append(
            format_lazy(
                _(
                    "The access token ends on {when}, and Instagram has not renewed it yet; it is asked "
                    "again every hour. Get a new one in the Meta app and enter it here before."
                ),
                when=on_the_wall_lazy(kept.expires_at, opened.connection.tenant),
            )
        )
    return Tended(warnings=tuple(said), again_in=AGAIN)
