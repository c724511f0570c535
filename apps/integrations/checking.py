"""What is known of a connection's health: from a check, and from every real call."""

from datetime import timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db.models import F, Q, QuerySet
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.core.errors import (
    AuthFailed,
    ConfigInvalid,
    NotYet,
    OutsideError,
    RateLimited,
    Scope,
    Unsupported,
)
from apps.core.text import clean, clean_name
from apps.integrations import pacing
from apps.integrations.contract import Account
from apps.integrations.models import Connection, Health
from apps.integrations.opening import open_connection
from apps.integrations.registry import UnknownConnector, connector

log = structlog.get_logger(__name__)

# Seconds, while a person waits for the page.
WHILE_ONE_WAITS = 9.0
EVERY = timedelta(hours=24)
# Only a person mends these: what a check could not find out does not change them.
NEED_A_PERSON = (Health.NEEDS_RECONNECT, Health.MISCONFIGURED)
WELL: dict[str, Any] = {"health": Health.OK, "error_code": "", "error_text": ""}


def check_connection(*, connection: Connection, within: float | None = None) -> Connection:
    """Asks the service whose account it is, outside any transaction, and keeps the answer.

    Returns the row as it now is. While the service wants a pause nobody is asked, and nothing is kept.
    """
    try:
        found = _ask(connection, within)
    except NotYet:
        return connection
    _keep(connection, found | {"checked_at": timezone.now()})
    connection.refresh_from_db()
    if found.get("health") == Health.OK:
        connector(connection.connector).SPEC.on_checked(connection)
    return connection


def install_and_check(*, connection: Connection, within: float) -> Connection:
    """What follows when a person has connected it or changed its settings."""
    install = getattr(connector(connection.connector), "install", None)
    if install is not None:
        try:
            install(open_connection(connection, within=within / 2))
        except OutsideError as error:
            # The check that follows asks the same service and keeps what is wrong for the card.
            log.warning("connection.not_installed", connection=connection.pk, code=error.code)
            return check_connection(connection=connection, within=within / 2)
    return check_connection(connection=connection, within=within)


def note_failure(connection: Connection, error: OutsideError) -> None:
    """What a real call's error says of the connection itself; one message's own trouble says nothing."""
    if isinstance(error, RateLimited):
        _pause(connection, error)
    elif isinstance(error, AuthFailed | ConfigInvalid):
        _keep(connection, _failed(error))


def note_success(connection: Connection) -> None:
    """A real call went through, so the connection works. Costs nothing while that is known already.

    It lifts no pause: the call may have been under way when the service asked for it.
    """
    if connection.health != Health.OK:
        _keep(connection, WELL)


def due_for_check() -> QuerySet[Connection]:
    """Each a day after its last check, which spreads them over the day; the longest unchecked first."""
    old = Q(checked_at=None) | Q(checked_at__lte=timezone.now() - EVERY)
    return Connection.objects.filter(old, is_active=True).order_by(F("checked_at").asc(nulls_first=True))


def _ask(connection: Connection, within: float | None) -> dict[str, Any]:
    try:
        module = connector(connection.connector)
        account: Account = module.check(open_connection(connection, within=within))
    except UnknownConnector:
        return _failed(ConfigInvalid(_("This integration is not installed here."), code="unknown_connector"))
    except NotYet:
        raise
    except RateLimited as error:
        _pause(connection, error)
        return {}
    except OutsideError as error:
        return _failed(error, known=connection.health)
    except Exception:
        log.exception("connection.check_broke", connection=connection.pk, connector=connection.connector)
        return _failed(
            OutsideError(_("Our own error. It is logged."), code="internal"), known=connection.health
        )
    return WELL | {
        "account": clean_name(account.name),
        "api_shape": account.api_shape,
        "warnings": [in_all_languages(warning) for warning in account.warnings],
        "facts": [
            {"label": in_all_languages(fact.label), "value": clean_name(fact.value)} for fact in account.facts
        ],
    }


def _failed(error: OutsideError, *, known: str = Health.PENDING) -> dict[str, Any]:
    with translation.override("en"):  # the source language: translated again where it is shown
        text = {"error_code": error.code[:64], "error_text": str(error.public)}
    if isinstance(error, AuthFailed):
        return text | {"health": Health.NEEDS_RECONNECT}
    if isinstance(error, ConfigInvalid | Unsupported):
        return text | {"health": Health.MISCONFIGURED}
    return {} if known in NEED_A_PERSON else text | {"health": Health.ERROR}


def _pause(connection: Connection, error: RateLimited) -> None:
    """What was limited waits: the connection, unless it is one dialogue. Our own pace limits nothing."""
    if error.scope is Scope.ACCOUNT and not isinstance(error, NotYet):
        pacing.pause(connection, error.after)


def _keep(connection: Connection, values: dict[str, Any]) -> None:
    """Past the history, which is of what people changed; and only if it is still about these settings."""
    current = Connection.objects.filter(pk=connection.pk, is_active=True, updated_at=connection.updated_at)
    if current.update(**values):
        for name, value in values.items():
            setattr(connection, name, value)


def in_all_languages(text: str | Promise) -> dict[str, str]:
    """A text with values in it can't be translated once it is stored: so it is stored in each language."""
    found = {}
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            found[code] = clean(str(text), limit=1000)
    return found
