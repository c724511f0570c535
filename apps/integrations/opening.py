"""A connection ready for use: its settings with the secrets put back, and the one way out to its service."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import SecretStr, ValidationError

from apps.core.errors import ConfigInvalid
from apps.core.http import Http
from apps.integrations.actions import logger_for
from apps.integrations.contract import ConnectorConfig
from apps.integrations.models import Connection
from apps.integrations.registry import connector

C = TypeVar("C", bound=ConnectorConfig)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened(Generic[C]):
    """One connection with its validated config. Holds secrets: keep it in the call, never in a row or a log."""

    connection: Connection
    config: C

    def http(self, base_url: str, **options: Any) -> Http:
        """The outbound door, logging to this connection's action log with its secrets blotted out."""
        return Http(
            base_url=base_url,
            secrets=secret_values(self.config),
            on_call=logger_for(self.connection),
            **options,
        )


def open_connection(connection: Connection) -> Opened[Any]:
    """Raises ConfigInvalid, naming the field, when what is stored does not fit the connector any more."""
    return Opened(connection=connection, config=config_of(connection))


def config_of(connection: Connection) -> Any:
    model = connector(connection.connector).Config
    try:
        return model.model_validate({**connection.config, **connection.secrets})
    except ValidationError as error:
        # The error's own text may quote a value; only the field's name may leave.
        raise ConfigInvalid(field=str(error.errors()[0]["loc"][0])) from None


def secret_values(config: ConnectorConfig) -> list[str]:
    return [
        value.get_secret_value()
        for value in (getattr(config, name) for name in type(config).model_fields)
        if isinstance(value, SecretStr) and value.get_secret_value()
    ]
