"""Tokens of VK Ads: five live ones for a client at most, so one is shared. https://ads.vk.com/doc/api/info/Авторизация"""

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from apps.ads.connectors._shared import with_token
from apps.ads.connectors.vk_ads.spec import Config
from apps.core.errors import AuthFailed, OutsideError
from apps.core.http import Answer
from apps.integrations.opening import Opened
from apps.integrations.shapes import as_object, wrong_address
from apps.integrations.tokens import Token, kept_token

T = TypeVar("T")
A_DAY = timedelta(days=1)


@sensitive_variables()
def asked(opened: Opened[Config], call: Callable[[str], T]) -> T:
    if not opened.config.has_keys:
        return call(opened.config.access_token.get_secret_value())
    return with_token(opened, lambda: _obtain(opened), call)


@sensitive_variables()
def _obtain(opened: Opened[Config]) -> Token:
    """By the refresh token where there is one: asking anew would use up another of the five."""
    config, kept = opened.config, kept_token(opened)
    keys = {"client_id": config.client_id, "client_secret": config.client_secret.get_secret_value()}
    how = (
        {"grant_type": "refresh_token", "refresh_token": kept.refresh}
        if kept and kept.refresh
        else {"grant_type": "client_credentials"}
    )
    with opened.http(config.base_url, classify=_meaning, timeout=(3.0, 6.0)) as http:
        answer = http.post("api/v2/oauth2/token.json", data={**how, **keys}, idempotent=True, deadline=9.0)
    body = as_object(answer)
    value, refresh, seconds = (body.get(name) for name in ("access_token", "refresh_token", "expires_in"))
    if not isinstance(value, str) or not value:
        raise wrong_address()
    known = isinstance(seconds, int) and not isinstance(seconds, bool) and 0 < seconds < 10**8
    return Token(
        value=value,
        refresh=refresh if isinstance(refresh, str) else "",
        expires_at=timezone.now() + (timedelta(seconds=seconds) if known and seconds else A_DAY),
    )


def _meaning(answer: Answer) -> OutsideError | None:
    if answer.status == 403:
        return AuthFailed(
            _(
                "VK Ads gives no more tokens to this application: five of them are in use elsewhere. Delete "
                "one in VK Ads, or wait a day, and check again."
            ),
            code="too_many_tokens",
        )
    if answer.status in (400, 401):
        return AuthFailed(_("VK Ads does not accept client_id and client_secret. Copy them once more."))
    return None
