"""Tokens of Avito's API. https://developers.avito.ru/api-catalog/auth/documentation

A pair of keys alone gives a token for a day and nothing to renew it with. Where another account has let the
application in, a token comes with one to ask for the next, and both are new each time.
"""

from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from apps.channels.connectors.avito.spec import Config
from apps.core.errors import AuthFailed, ConfigInvalid, OutsideError, Rejected
from apps.core.http import Answer
from apps.integrations.opening import Opened
from apps.integrations.tokens import Token, access_token, kept_token

MARGIN = timedelta(minutes=10)
A_DAY = timedelta(days=1)
# Within the lease of whoever asks for a token: the others wait for it meanwhile.
TIMEOUT = (3.0, 6.0)
DEADLINE = 9.0
# https://datatracker.ietf.org/doc/html/rfc6749#section-5.2
REFUSALS = frozenset({"invalid_client", "invalid_grant", "unauthorized_client", "access_denied"})


@sensitive_variables()
def token_for(opened: Opened[Config]) -> str:
    """Raises `core.errors`."""
    return access_token(opened, lambda: _obtain(opened), margin=MARGIN)


def keys_refused() -> AuthFailed:
    return AuthFailed(
        _(
            "Avito does not accept these keys. Copy client_id and client_secret once more from your Avito "
            "account, and reconnect it on the integrations page."
        )
    )


def not_avito() -> ConfigInvalid:
    return ConfigInvalid(_("At this address there is no Avito API."), code="not_avito", field="base_url")


def chat_gone() -> Rejected:
    return Rejected(
        _("Avito has no such chat any more: the client cannot be reached there."), code="recipient_gone"
    )


@sensitive_variables()
def _obtain(opened: Opened[Config]) -> Token:
    config, kept = opened.config, kept_token(opened)
    if kept is None and (given := config.access_token.get_secret_value()):
        # Nobody knows since when it is: it serves until it is refused.
        return Token(value=given, expires_at=timezone.now() + A_DAY)
    refresh = (kept.refresh if kept else "") or config.refresh_token.get_secret_value()
    values = {"client_id": config.client_id, "client_secret": config.client_secret.get_secret_value()}
    if refresh:
        values |= {"grant_type": "refresh_token", "refresh_token": refresh}
    else:
        values |= {"grant_type": "client_credentials"}
    with opened.http(config.base_url, classify=_meaning, timeout=TIMEOUT) as http:
        answer = http.post("/token", data=values, idempotent=True, deadline=DEADLINE)
    return _token(answer.json, refresh)


@sensitive_variables()
def _token(body: Any, refresh: str) -> Token:
    found = body if isinstance(body, dict) else {}
    value, seconds, renewed = (found.get(name) for name in ("access_token", "expires_in", "refresh_token"))
    if not isinstance(value, str) or not value:
        raise keys_refused() if "error" in found else not_avito()
    known = isinstance(seconds, int) and not isinstance(seconds, bool) and 0 < seconds < 10**8
    return Token(
        value=value,
        expires_at=timezone.now() + (timedelta(seconds=seconds) if known and seconds else A_DAY),
        refresh=renewed if refresh and isinstance(renewed, str) and renewed else refresh,
    )


def _meaning(answer: Answer) -> OutsideError | None:
    body = answer.json if isinstance(answer.json, dict) else {}
    if answer.status == 401 or (answer.status == 400 and str(body.get("error")) in REFUSALS):
        return keys_refused()
    return not_avito() if answer.status in (404, 405) else None
