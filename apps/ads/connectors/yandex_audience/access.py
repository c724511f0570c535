"""Tokens of Yandex. https://yandex.ru/dev/id/doc/ru/tokens/refresh-client"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from apps.ads.connectors._shared import with_token
from apps.ads.connectors.yandex_audience.spec import Config
from apps.core.errors import AuthFailed, OutsideError
from apps.core.http import Answer
from apps.integrations.opening import Opened
from apps.integrations.shapes import wrong_address
from apps.integrations.tokens import Token, kept_token

T = TypeVar("T")
# A token given by hand lasts a year from nobody knows when: it serves until it is refused.
UNKNOWN = timedelta(days=365)


@sensitive_variables()
def asked(opened: Opened[Config], call: Callable[[str], T]) -> T:
    """Raises AuthFailed where the token is refused and no other can be got."""
    config = opened.config
    if not config.renews:
        return call(config.access_token.get_secret_value())
    return with_token(opened, lambda: _obtain(opened), call)


@sensitive_variables()
def _obtain(opened: Opened[Config]) -> Token:
    config, kept = opened.config, kept_token(opened)
    if kept is None:
        return Token(
            value=config.access_token.get_secret_value(),
            refresh=config.refresh_token.get_secret_value(),
            expires_at=timezone.now() + UNKNOWN,
        )
    refresh = kept.refresh or config.refresh_token.get_secret_value()
    values = {
        "grant_type": "refresh_token",
        "refresh_token": refresh,
        "client_id": config.client_id,
        "client_secret": config.client_secret.get_secret_value(),
    }
    with opened.http(config.oauth_url, paced=False, classify=_meaning, timeout=(3.0, 6.0)) as http:
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


def _meaning(answer: Answer) -> OutsideError | None:
    if answer.status in (400, 401, 403):
        return AuthFailed(
            _("Yandex gives no new token for this account. Get an access token once more and enter it here.")
        )
    return None
