"""A connection ready for use: its settings with the secrets put back, and the one way out to its service."""

import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, Unpack

from django.utils.translation import gettext_lazy as _
from pydantic import SecretStr, ValidationError

from apps.core.errors import AuthFailed, ConfigInvalid
from apps.core.http import Answer, Http
from apps.core.http.client import Options
from apps.core.secrets import Undecryptable
from apps.integrations.actions import logger_for
from apps.integrations.contract import ConnectorConfig
from apps.integrations.models import Connection
from apps.integrations.registry import connector

C = TypeVar("C", bound=ConnectorConfig)

_UNREADABLE = _("The stored secrets cannot be read any more: their key is gone. Enter them again.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened(Generic[C]):
    """One connection with its validated config. It holds secrets: never keep it in a row or a log."""

    connection: Connection
    config: C
    # The moment of time.monotonic() when all of it must be over, where somebody waits for the answer.
    until: float | None = None

    def http(self, base_url: str, *, log_only_failures: bool = False, **options: Any) -> Http:
        """The outbound door, logging to this connection's action log with its secrets blotted out."""
        return _Door(
            until=self.until,
            base_url=base_url,
            secrets=secret_values(self.config),
            on_call=logger_for(self.connection, only_failures=log_only_failures),
            **options,
        )


class _Door(Http):
    """Ends every call by the given moment, whatever time-outs the connector wants for it."""

    def __init__(self, *, until: float | None, **options: Any) -> None:
        super().__init__(**options)
        self._until = until

    def request(self, method: str, path: str, **options: Unpack[Options]) -> Answer:
        if self._until is not None:
            left = max(0.05, self._until - time.monotonic())
            options["deadline"] = min(options.get("deadline") or left, left)
        return super().request(method, path, **options)


def open_connection(connection: Connection, *, within: float | None = None) -> Opened[Any]:
    """`within` bounds everything done with it, in seconds.

    Raises ConfigInvalid, naming the field, when what is stored does not fit the connector any more, and
    AuthFailed when its secrets cannot be read.
    """
    until = None if within is None else time.monotonic() + within
    return Opened(connection=connection, config=config_of(connection), until=until)


def stored_secrets(connection: Connection) -> dict[str, str]:
    """Raises AuthFailed when no key opens them any more: then they have to be given again."""
    with suppress(Undecryptable):
        return dict(connection.secrets)
    raise AuthFailed(_UNREADABLE, code="secrets_unreadable")


def readable_secrets(connection: Connection) -> dict[str, str]:
    """The same for those who only show or replace them: nothing where nothing can be read."""
    with suppress(Undecryptable):
        return dict(connection.secrets)
    return {}


def config_of(connection: Connection) -> Any:
    """Raises ConfigInvalid and AuthFailed."""
    model = connector(connection.connector).Config
    stored = {**connection.config, **stored_secrets(connection)}
    # A setting that newer code no longer has is no reason to stop.
    known = {name: value for name, value in stored.items() if name in model.model_fields}
    try:
        return model.model_validate(known)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
    # Outside the `except`: pydantic's error quotes the values, and would come along as the context.
    where = found[0]["loc"]
    raise ConfigInvalid(field=str(where[0]) if where else "")


def secret_values(config: ConnectorConfig) -> list[str]:
    values = (getattr(config, name) for name in type(config).model_fields)
    return [value.get_secret_value() for value in values if isinstance(value, SecretStr)]
