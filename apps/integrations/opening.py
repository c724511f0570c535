"""A connection ready for use: its settings with the secrets put back, and the one way out to its service."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Generic, TypeVar, Unpack

from django.utils.translation import gettext_lazy as _
from pydantic import SecretStr, ValidationError

from apps.core.errors import AuthFailed, ConfigInvalid
from apps.core.http import Answer, Downloaded, Http
from apps.core.http.client import OnAnswer, OnCall, Options
from apps.core.http.wire import CallRecord
from apps.core.secrets import Undecryptable
from apps.integrations.actions import logger_for
from apps.integrations.allowance import heed
from apps.integrations.contract import ConnectorConfig
from apps.integrations.models import Connection
from apps.integrations.pacing import Turn, before_request
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
    turn: Turn = field(default_factory=Turn)

    def http(
        self, base_url: str, *, paced: bool = True, log_only_failures: bool = False, **options: Any
    ) -> Http:
        """The outbound door, logging to this connection's action log with its secrets blotted out.

        `paced` holds what goes to `base_url` to the SPEC's rate and to a pause of the connection; False is
        for what the service does not count, such as its own store of files.
        """
        return _Door(
            until=self.until,
            before=partial(before_request, self.connection, self.turn) if paced else None,
            base_url=base_url,
            secrets=secret_values(self.config),
            on_call=self._noting(logger_for(self.connection, only_failures=log_only_failures)),
            on_answer=self._heeding() if paced else None,
            **options,
        )

    def _heeding(self) -> OnAnswer | None:
        allowance = connector(self.connection.connector).SPEC.allowance
        return partial(heed, self.connection, allowance) if allowance else None

    def _noting(self, log: OnCall) -> OnCall:
        def note(call: CallRecord) -> None:
            self.turn.request_id = call.request_id
            log(call)

        return note


class _Door(Http):
    """Ends every call by the given moment, whatever time-outs the connector wants for it; keeps its pace."""

    def __init__(self, *, until: float | None, before: Callable[[], None] | None, **options: Any) -> None:
        super().__init__(**options)
        self._until = until
        self._before = before

    def request(self, method: str, path: str, **options: Unpack[Options]) -> Answer:
        self._keep_pace(path)
        if self._until is not None:
            left = max(0.05, self._until - time.monotonic())
            options["deadline"] = min(options.get("deadline") or left, left)
        return super().request(method, path, **options)

    def download(self, url: str, **options: Any) -> Downloaded:
        self._keep_pace(url)
        return super().download(url, **options)

    def _keep_pace(self, path: str) -> None:
        if self._before is not None and not self.is_foreign(path):
            self._before()


def open_connection(
    connection: Connection, *, within: float | None = None, turn: Turn | None = None
) -> Opened[Any]:
    """`within` bounds everything done with it, in seconds: somebody waits for it, so it goes at once.

    `turn` is that of the errand it is opened for, where it is not one of its own.

    Raises ConfigInvalid, naming the field, when what is stored does not fit the connector any more, and
    AuthFailed when its secrets cannot be read.
    """
    until = None if within is None else time.monotonic() + within
    turn = turn or Turn(taken=within is not None)
    return Opened(connection=connection, config=config_of(connection), until=until, turn=turn)


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
