"""Calls of Avito's API, and what its errors mean.

https://developers.avito.ru/api-catalog/messenger/documentation
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from apps.channels.connectors.avito.direct.access import keys_refused, not_avito, token_for
from apps.channels.connectors.avito.spec import Config
from apps.channels.models import Channel
from apps.core.errors import AuthFailed, ConfigInvalid, OutcomeUnknown, OutsideError, Rejected
from apps.core.http import Answer
from apps.integrations.opening import Opened
from apps.integrations.tokens import forget_token

TIMEOUT = (5.0, 20.0)
# Long enough for 24 MB over a slow line; what works on deliveries holds its lease for longer.
UPLOAD_SECONDS = 120.0

Body = Callable[[], dict[str, Any]]


class NoAccess(ConfigInvalid):
    """403: the messenger is not paid for, or the token is an old one."""


@sensitive_variables()
def call(
    opened: Opened[Config],
    verb: str,
    path: str,
    *,
    idempotent: bool,
    options: Body = dict,
    missing: Callable[[], OutsideError] | None = None,
) -> dict[str, Any]:
    """The answer's object. `options` makes what `Http.request` takes, afresh for each of two tries.

    Raises `core.errors`; a lost answer is OutcomeUnknown unless `idempotent`. `missing` is what a 404 means.
    A token that is refused (403 too: that is how Avito has told of expired ones) is replaced, once.
    """
    token = token_for(opened)
    try:
        return _once(opened, token, verb, path, idempotent, options(), missing)
    except (AuthFailed, NoAccess):
        forget_token(opened.connection, token)
    return _once(opened, token_for(opened), verb, path, idempotent, options(), missing)


@sensitive_variables()
def _once(
    opened: Opened[Config],
    token: str,
    verb: str,
    path: str,
    idempotent: bool,
    options: dict[str, Any],
    missing: Callable[[], OutsideError] | None,
) -> dict[str, Any]:
    def judged(answer: Answer) -> OutsideError | None:
        return meaning(answer, missing=missing)

    headers = {"Authorization": f"Bearer {token}"}
    with opened.http(opened.config.base_url, headers=headers, classify=judged, timeout=TIMEOUT) as http:
        found = http.request(verb, path, idempotent=idempotent, **options).json
    if isinstance(found, dict):
        return found
    # Success in another shape than Avito's may be anything: what was asked for may have happened.
    raise not_avito() if idempotent else OutcomeUnknown(code="not_avito")


def in_account(opened: Opened[Config], version: str, *pieces: str) -> str:
    """The address of something that belongs to the account."""
    named = [quote(piece, safe="") for piece in pieces]
    return "/".join(["/messenger", version, "accounts", account(opened), *named])


def account(opened: Opened[Config]) -> str:
    """Its number: as set, as found before, or as Avito says now."""
    if opened.config.user_id:
        return opened.config.user_id
    known = Channel.objects.filter(connection=opened.connection).values_list("account", flat=True).first()
    return known or str(whoami(opened)["id"])


@sensitive_variables()
def whoami(opened: Opened[Config]) -> dict[str, Any]:
    """`id`, `name`; the id is kept, for webhooks. https://developers.avito.ru/api-catalog/user/documentation"""
    found = call(opened, "GET", "/core/v1/accounts/self", idempotent=True, missing=not_avito)
    number = found.get("id")
    if not isinstance(number, int) or isinstance(number, bool) or not 0 < number < 10**20:
        raise not_avito()
    if not opened.config.user_id:
        Channel.objects.filter(connection=opened.connection, account="").update(account=str(number))
    return found


def meaning(answer: Answer, *, missing: Callable[[], OutsideError] | None) -> OutsideError | None:
    """None for success and for what the status alone tells (429, 5xx)."""
    status = answer.status
    if status == 401:
        return keys_refused()
    if status in (402, 403):
        kind = NoAccess if status == 403 else ConfigInvalid
        return kind(
            _(
                "Avito opens its messenger to programs only with a paid level: «Расширенный» for services, "
                "«Максимальный» for goods and jobs. Order it in your Avito account, then check again."
            ),
            code="tariff",
        )
    if status in (404, 405):
        # A proxy's page, or another server, where it is not Avito's own error.
        known = isinstance(answer.json, dict) and ("error" in answer.json or "message" in answer.json)
        return missing() if missing and known and status == 404 else not_avito()
    if status == 413:
        return Rejected(_("The file is too large for Avito."), code="too_large")
    if 400 <= status < 500 and status not in (408, 425, 429):
        return Rejected(_("Avito refused the request."), code="bad_request")
    return None
