"""The settings that every account behind Meta's Graph API needs."""

import hashlib
import re
from abc import abstractmethod

from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_noop as _
from pydantic import Field, SecretStr, field_validator

from apps.integrations.contract import ConnectorConfig

GRAPH_URL = "https://graph.facebook.com"
VERSION = "v25.0"
# https://developers.facebook.com/docs/graph-api/changelog/versions: v20.0 ended on 2026-09-24.
OLDEST_LIVE = 21


class MetaConfig(ConnectorConfig):
    """A service adds its ids and `base_url`, and says what `account` and `node` are."""

    access_token: SecretStr = Field(
        title=_("Access token"), description=_("From the app at developers.facebook.com.")
    )
    app_secret: SecretStr = Field(
        SecretStr(""),
        title=_("App secret"),
        description=_("Meta signs its webhooks with it: App settings, Basic. Without it none is accepted."),
    )
    verify_token: SecretStr = Field(
        SecretStr(""),
        title=_("Verify token"),
        description=_("Left empty, it is made for you; what to enter at Meta is on the card."),
        json_schema_extra={"generated": True, "advanced": True},
    )
    api_version: str = Field(VERSION, title=_("API version"), json_schema_extra={"advanced": True})

    @field_validator("api_version")
    @classmethod
    def _is_version(cls, value: str) -> str:
        if not re.fullmatch(r"v\d{1,3}\.\d{1,2}", value):
            raise ValueError(str(gettext_lazy("A version looks like v25.0.")))
        return value

    @property
    @abstractmethod
    def account(self) -> str:
        """The id by which webhooks name this account."""

    @property
    @abstractmethod
    def node(self) -> str:
        """What stands before /messages and /subscribed_apps: an id, or «me» for the token's own account."""

    @property
    def is_renewed(self) -> bool:
        """Whether the token that was entered is only the first: the one in use is kept beside them."""
        return False

    @property
    def root(self) -> str:
        """The address of the API, without the version."""
        return str(getattr(self, "base_url", GRAPH_URL))

    @property
    def app_secrets(self) -> list[str]:
        """With any of these a webhook may be signed."""
        return [secret] if (secret := self.app_secret.get_secret_value()) else []

    @property
    def public_verify_token(self) -> str:
        """What a person enters at Meta. It names the account, and it is derived: the card shows no secret."""
        secret = self.verify_token.get_secret_value()
        return f"{self.account}.{hashlib.sha256(f'verify:{secret}'.encode()).hexdigest()[:32]}"

    @property
    def is_outdated(self) -> bool:
        return int(self.api_version[1:].partition(".")[0]) < OLDEST_LIVE


def as_graph_id(value: str) -> str:
    """For a field_validator: it becomes a part of the path. Empty passes."""
    if value and not (value.isascii() and value.isdecimal() and len(value) <= 32):
        raise ValueError(str(gettext_lazy("An id has digits only.")))
    return value
