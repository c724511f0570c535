"""Access tokens that are exchanged by a refresh token (RFC 6749, 6), or one that was given by hand."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from django.utils import timezone
from django.utils.functional import Promise
from django.views.decorators.debug import sensitive_variables

from apps.ads.connectors._shared import with_token
from apps.core.errors import AuthFailed, OutsideError
from apps.core.http import Answer
from apps.integrations.opening import Opened
from apps.integrations.shapes import wrong_address
from apps.integrations.tokens import Token, kept_token

T = TypeVar("T")
# A token given by hand is of nobody knows when: it serves until it is refused.
UNKNOWN = timedelta(days=365)


@sensitive_variables()
def asked(opened: Opened[Any], call: Callable[[str], T], *, refused: str | Promise) -> T:
    """Raises AuthFailed where the token is refused and no other can be got: `refused` says what to do then.

    The config has `access_token`, `client_id`, `client_secret`, `refresh_token`, `oauth_url` and `renews`.
    """
    if not opened.config.renews:
        return call(opened.config.access_token.get_secret_value())
    return with_token(opened, lambda: _obtain(opened, refused), call)


@sensitive_variables()
def _obtain(opened: Opened[Any], refused: str | Promise) -> Token:
    config, kept = opened.config, kept_token(opened)
    given = config.access_token.get_secret_value()
    refresh = (kept.refresh if kept else "") or config.refresh_token.get_secret_value()
    if kept is None and given:
        return Token(value=given, refresh=refresh, expires_at=timezone.now() + UNKNOWN)
    values = {
        "grant_type": "refresh_token",
        "refresh_token": refresh,
        "client_id": config.client_id,
        "client_secret": config.client_secret.get_secret_value(),
    }

    def meaning(answer: Answer) -> OutsideError | None:
        return AuthFailed(refused) if answer.status in (400, 401, 403) else None

    with opened.http(config.oauth_url, paced=False, classify=meaning, timeout=(3.0, 6.0)) as http:
        body: Any = http.post("token", data=values, idempotent=True, deadline=9.0).json
    value = body.get("access_token") if isinstance(body, dict) else None
    if not isinstance(value, str) or not value:
        raise wrong_address()
    seconds, renewed = body.get("expires_in"), body.get("refresh_token")
    known = isinstance(seconds, int) and not isinstance(seconds, bool) and 0 < seconds < 10**9
    return Token(
        value=value,
        refresh=renewed if isinstance(renewed, str) and renewed else refresh,
        expires_at=timezone.now() + (timedelta(seconds=seconds) if known and seconds else UNKNOWN),
    )
