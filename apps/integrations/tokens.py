"""Access tokens that services give for a while: asked for once, kept encrypted, shared by all processes.

    token = access_token(opened, lambda: ask_for_one(opened), margin=timedelta(minutes=10))

Of all who need a new one at the same moment a single one asks the service, outside any transaction and under
a lease that a killed process leaves behind for seconds; the others wait for what it brings. A token belongs
to the settings that it was got with: with others it is never used, and `connecting` wipes it then. Which
settings these are a connector may narrow down (`TOKEN_DEPENDS_ON`).
"""

import hmac
import json
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.views.decorators.debug import sensitive_variables

from apps.core.errors import OutcomeUnknown, RateLimited, Transient
from apps.core.secrets import Undecryptable
from apps.integrations.models import AccessToken, Connection
from apps.integrations.opening import Opened
from apps.integrations.registry import connectors

# Longer than any `obtain` may take; for so long a killed process keeps the others waiting.
LEASE = timedelta(seconds=12)
PATIENCE = 15.0  # seconds that one waits for another's token: a lease left behind included
LOOK_EVERY = 0.1
_SALT = "integrations.tokens"
# How long the old token serves on before a new one is asked for again.
PAUSE = timedelta(minutes=1)


class _OtherSettings(Exception):
    """The connection's settings are not those that it was opened with, or it is disconnected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """`refresh` is what the next one is asked for with, where the service gives such a thing."""

    value: str = field(repr=False)
    expires_at: datetime
    refresh: str = field(default="", repr=False)

    def lasts(self, margin: timedelta = timedelta(0)) -> bool:
        return bool(self.value) and self.expires_at - margin > timezone.now()


@sensitive_variables()
def access_token(opened: Opened[Any], obtain: Callable[[], Token], *, margin: timedelta) -> str:
    """The token in use; a new one from `obtain` where less than `margin` is left of it.

    `obtain` raises `core.errors` and ends within LEASE. What it raises is the caller's, unless the old token
    still lasts and only the moment is bad. Raises Transient where another process asked in vain, or was not
    done before this one's time was up. Not to be called inside a transaction.
    """
    ours = _digests(opened.connection)
    end = time.monotonic() + PATIENCE if opened.until is None else opened.until
    waited = False
    while True:
        kept = _kept(opened.connection, ours)
        if kept and kept.lasts(margin):
            return kept.value
        try:
            holder = _claim(opened.connection, ours, margin, only_left_behind=waited)
        except _OtherSettings:
            return obtain().value  # for this one call: nobody else should have it
        if holder:
            return _renew(opened.connection, holder, ours[0], obtain, kept=kept, margin=margin)
        if kept and kept.lasts():
            return kept.value
        if time.monotonic() + LOOK_EVERY > end:
            raise Transient(code="no_token")
        waited = True
        time.sleep(LOOK_EVERY)


@sensitive_variables()
def kept_token(opened: Opened[Any]) -> Token | None:
    """For `obtain`: the token until now, of these very settings; without `value` once it was refused."""
    return _kept(opened.connection, _digests(opened.connection))


@sensitive_variables()
@transaction.atomic
def forget_token(connection: Connection, value: str) -> None:
    """After a 401: the next call gets another. One that somebody else has renewed meanwhile stays."""
    row = AccessToken.objects.select_for_update().filter(connection=connection).first()
    if row is not None and hmac.compare_digest(_opened(row).get("token", "").encode(), value.encode()):
        row.value = {name: kept for name, kept in _opened(row).items() if name != "token"}
        row.save(update_fields=["value"])


def wipe_token(connection: Connection) -> None:
    """Nothing may be done with it any more."""
    AccessToken.objects.filter(connection_id=connection.pk).delete()


def wipe_outdated_token(connection: Connection) -> None:
    """One that was got with settings that are no longer. A connection that is not saved yet has none."""
    rows = AccessToken.objects.filter(connection_id=connection.pk)
    rows.exclude(settings__in=_digests(connection)).delete()


@sensitive_variables()
def _renew(
    connection: Connection,
    holder: uuid.UUID,
    got_with: str,
    obtain: Callable[[], Token],
    *,
    kept: Token | None,
    margin: timedelta,
) -> str:
    outcome: dict[str, Any] = {}
    try:
        token = obtain()
        pause = timezone.now() + PAUSE if token.lasts() and not token.lasts(margin) else None
        outcome = _columns(token) | {"settings": got_with, "lease_until": pause}
    except (Transient, RateLimited, OutcomeUnknown):
        if kept is None or not kept.lasts():
            raise
        outcome = {"lease_until": timezone.now() + PAUSE}
        return kept.value
    finally:
        # Only while the lease is this one's: settings that changed have taken the row away.
        row = AccessToken.objects.filter(connection=connection, holder=holder)
        row.update(**{"holder": None, "lease_until": None} | outcome)
    return token.value


def _claim(
    connection: Connection, ours: list[str], margin: timedelta, *, only_left_behind: bool
) -> uuid.UUID | None:
    """The right to ask for a new one; None while another has it, or has just brought one.

    `only_left_behind`: not where whoever had it gave it back in vain, which raises Transient. Under the
    connection's lock, which those who change its settings take as well.
    """
    with transaction.atomic():
        rows = Connection.objects.select_for_update(of=("self",), no_key=True)
        current = rows.filter(pk=connection.pk, is_active=True).first()
        if current is None or not ours or _digests(current) != ours:
            raise _OtherSettings
        row, _created = AccessToken.objects.get_or_create(connection=current)
        kept = _of_row(row, ours)
        if (kept and kept.lasts(margin)) or (row.lease_until and row.lease_until > timezone.now()):
            return None
        if only_left_behind and row.lease_until is None:
            raise Transient(code="no_token")
        holder = uuid.uuid4()
        row.holder, row.lease_until = holder, timezone.now() + LEASE
        row.save(update_fields=["holder", "lease_until"])
    return holder


def _kept(connection: Connection, ours: list[str]) -> Token | None:
    row = AccessToken.objects.filter(connection=connection).first()
    return _of_row(row, ours) if row else None


@sensitive_variables()
def _of_row(row: AccessToken, ours: list[str]) -> Token | None:
    if row.expires_at is None or row.settings not in ours:
        return None
    held = _opened(row)
    return Token(value=held.get("token", ""), refresh=held.get("refresh", ""), expires_at=row.expires_at)


@sensitive_variables()
def _opened(row: AccessToken) -> dict[str, str]:
    """One that no key opens any more is as good as none: a new one is asked for."""
    try:
        return dict(row.value)
    except Undecryptable:
        return {}


@sensitive_variables()
def _columns(token: Token) -> dict[str, Any]:
    held = {"token": token.value, "refresh": token.refresh}
    return {"value": {name: text for name, text in held.items() if text}, "expires_at": token.expires_at}


@sensitive_variables()
def _digests(connection: Connection) -> list[str]:
    """Of the settings as they are stored, secrets included: under today's SECRET_KEY, then earlier ones.

    Of all of them, or of those alone that the connector says its token depends on.
    """
    try:
        config, secrets = connection.config, dict(connection.secrets)
    except Undecryptable:
        return []
    names = getattr(connectors().get(connection.connector), "TOKEN_DEPENDS_ON", None)
    if names is not None:
        config, secrets = ({name: half[name] for name in names if name in half} for half in (config, secrets))
    kept = [connection.connector, config, secrets]
    text = json.dumps(kept, sort_keys=True, default=str).encode()
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return [salted_hmac(_SALT, text, secret=key, algorithm="sha256").hexdigest() for key in keys]
