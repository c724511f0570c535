"""What an Avito account needs to be connected, directly or through an MCP server, and how its card looks."""

import ipaddress
import re
from typing import Any, Literal
from urllib.parse import urlsplit

from django.utils.translation import gettext, gettext_lazy
from django.utils.translation import gettext_noop as _
from pydantic import Field, SecretStr, ValidationInfo, field_validator, model_validator

from apps.channels.contract import Capability, Limits, MediaKind
from apps.channels.registering import ensure_channel
from apps.core.http.guard import is_public
from apps.integrations.contract import Allowance, Category, ConnectorConfig, Rate, Spec, is_web_address

SPEC = Spec(
    slug="avito",
    name="Avito",
    category=Category.MESSENGER,
    icon="integrations/avito.svg",
    description=gettext_lazy(
        "Messages of clients who write to your Avito advertisements: from Avito itself, or through your own "
        "MCP REST API server"
    ),
    capabilities=frozenset({Capability.TEXT, Capability.IMAGE, Capability.READ, Capability.MARK_READ}),
    # What an MCP server lets through by its specification, requests of any kind. Avito itself tells its limit
    # in answers only.
    rate=Rate(count=100, per=60.0),
    # Counted by the minute; when the minute ends is in no description: a header of that name only shortens
    # the wait, where it comes. https://developers.avito.ru/api-catalog/messenger/documentation
    allowance=Allowance(
        remaining="X-RateLimit-Remaining", limit="X-RateLimit-Limit", reset="X-RateLimit-Reset", window=60.0
    ),
    docs_url="https://developers.avito.ru/api-catalog/messenger/documentation",
    steps=(
        gettext_lazy(
            "Order the paid level that opens the messenger to programs: «Расширенный» for "
            "services, «Максимальный» for goods and jobs."
        ),
        gettext_lazy(
            "At avito.ru open «Для профессионалов» → «Интеграции» and copy client_id and client_secret here."
        ),
        gettext_lazy(
            "Or, where an Avito MCP server holds those keys: choose it in «How Avito is reached», ask"
            " whoever runs it for its address and for the key that it expects in X-API-Key, and enter both"
            " here."
        ),
        gettext_lazy(
            "Press «Connect»: the account's number and the address for messages are found and set"
            " by themselves. An MCP server that forwards messages on its own needs the address from the card."
        ),
        gettext_lazy(
            "Answer one of your advertisements from another account: the message appears among "
            "the conversations."
        ),
    ),
    on_connected=ensure_channel,
)
# https://developers.avito.ru/api-catalog/messenger/documentation#operation/uploadImages
IMAGE_TYPES = frozenset({"image/jpeg", "image/png", "image/gif", "image/bmp", "image/heic"})
# Avito's own, whoever carries a message to it.
LIMITS = Limits(
    text=1000,
    splits=True,
    caption=0,
    file_bytes=24 * 1024 * 1024,
    types_of={MediaKind.IMAGE: IMAGE_TYPES},
)
VENDOR_URL = "https://api.avito.ru"
SECRET_HEADER, SECRET_PARAMETER = "x-webhook-secret", "secret"
# The algorithm of Avito's own header is published nowhere: kept with what could not be placed yet, and never
# a reason to refuse.
PROOF_HEADERS = (SECRET_HEADER, "x-avito-messenger-signature")
ADDRESS_PROVES = True

_NEEDED = {"client_id": "direct", "client_secret": "direct", "api_key": "mcp"}
# What says nothing with the other transport, and is not kept there.
_ONLY_OF = {
    "direct": frozenset({"client_id", "client_secret", "access_token", "refresh_token", "send_shape"}),
    "mcp": frozenset({"api_key", "webhook_url"}),
}


class Config(ConnectorConfig):
    transport: Literal["direct", "mcp"] = Field(
        "direct",
        title=_("How Avito is reached"),
        description=_("Through an MCP server: it keeps Avito's keys itself, and forwards messages here."),
        json_schema_extra={
            "variants": True,
            "labels": {"direct": _("directly"), "mcp": _("through an MCP REST API server")},
        },
    )
    client_id: str = Field(
        "",
        title=_("client_id"),
        description=_("For a direct connection. From avito.ru, «Для профессионалов» → «Интеграции»."),
        examples=["Vq3x-made_up-id"],
        json_schema_extra={"only_for": {"transport": "direct"}},
        validate_default=True,
    )
    client_secret: SecretStr = Field(
        SecretStr(""),
        title=_("client_secret"),
        description=_("For a direct connection. From the same page."),
        json_schema_extra={"only_for": {"transport": "direct"}},
        validate_default=True,
    )
    api_key: SecretStr = Field(
        SecretStr(""),
        title=_("API key"),
        description=_("For an MCP server: the key that it expects in X-API-Key."),
        json_schema_extra={"only_for": {"transport": "mcp"}},
        validate_default=True,
    )
    base_url: str = Field(
        VENDOR_URL,
        title=_("Address"),
        description=_(
            "For an MCP server: its address, with its port. Plain http only inside your own network, https "
            "everywhere else. For a direct connection it stays as it is."
        ),
        examples=["https://avito-mcp.example.com:8765"],
        validate_default=True,
    )
    user_id: str = Field(
        "",
        title=_("Account number"),
        description=_(
            "The number of your Avito profile: it tells apart what comes to the address that all channels "
            "share. Left empty, Avito is asked for it; an MCP server is not."
        ),
        examples=["94235311"],
    )
    webhook_secret: SecretStr = Field(
        SecretStr(""),
        title=_("Webhook secret"),
        description=_(
            "Proves a message at the address that all channels share: in X-Webhook-Secret, or in the address "
            "as ?secret=… At the channel's own address none is needed, but a wrong one is refused. Left "
            "empty, it is made for you."
        ),
        json_schema_extra={"generated": True, "advanced": True},
    )
    webhook_url: str = Field(
        "",
        title=_("Webhook address"),
        description=_(
            "What the MCP server is told to subscribe. Empty: this server's own address for the channel. "
            "If the MCP server forwards messages by itself, enter its own /webhook/avito here, and the "
            "channel's address there."
        ),
        json_schema_extra={"advanced": True},
    )
    access_token: SecretStr = Field(
        SecretStr(""),
        title=_("Access token"),
        description=_("Used until Avito refuses it. Usually empty: it is got with client_id."),
        json_schema_extra={"advanced": True},
    )
    refresh_token: SecretStr = Field(
        SecretStr(""),
        title=_("Refresh token"),
        description=_("Only where another account has allowed your application in; else empty."),
        json_schema_extra={"advanced": True},
    )
    send_shape: Literal["v1", "v2"] = Field(
        "v1",
        title=_("Shape of outgoing messages"),
        description=_("Avito itself takes v1; v2 is for a server of your own in between."),
        json_schema_extra={"advanced": True},
    )

    @model_validator(mode="before")
    @classmethod
    def _drops_what_is_the_others(cls, values: Any) -> Any:
        """Keys that nothing uses any more are not kept after a change of the transport."""
        if not isinstance(values, dict):
            return values
        other = {"direct": "mcp", "mcp": "direct"}.get(str(values.get("transport", "direct")), "")
        return {name: value for name, value in values.items() if name not in _ONLY_OF.get(other, ())}

    @field_validator("client_id", "client_secret", "api_key")
    @classmethod
    def _is_there(cls, value: Any, info: ValidationInfo) -> Any:
        text = value.get_secret_value() if isinstance(value, SecretStr) else value
        if not text and info.data.get("transport") == _NEEDED[str(info.field_name)]:
            raise ValueError(gettext("This field is required."))
        return value

    @field_validator("base_url")
    @classmethod
    def _is_a_servers(cls, value: str, info: ValidationInfo) -> str:
        """An MCP server has no default address: there is no vendor, every organisation runs its own."""
        if info.data.get("transport") != "mcp":
            return value
        if value == VENDOR_URL:
            raise ValueError(gettext("Enter the address of your MCP server."))
        if _is_open(value):
            raise ValueError(gettext("Over plain http anyone on the way can read the key. Use https."))
        return value

    @field_validator("user_id", mode="before")
    @classmethod
    def _as_text(cls, value: Any) -> Any:
        """A YAML file has it as a number."""
        return str(value) if isinstance(value, int) and not isinstance(value, bool) else value

    @field_validator("user_id")
    @classmethod
    def _is_a_number(cls, value: str) -> str:
        if not re.fullmatch(r"[0-9]{0,20}", value):
            raise ValueError(gettext("An account number has digits only."))
        return value

    @field_validator("webhook_url")
    @classmethod
    def _is_reachable(cls, value: str) -> str:
        if value and not is_web_address(value):
            raise ValueError(gettext("Enter a full address, such as https://example.com."))
        return value

    @field_validator("webhook_secret")
    @classmethod
    def _fits_a_header(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        fits = re.fullmatch(r"[\x21-\x7e]{0,256}", value.get_secret_value())
        if info.data.get("transport") == "mcp" and not fits:
            raise ValueError(gettext("Only Latin letters, digits and signs, at most 256."))
        return value


def _is_open(url: str) -> bool:
    """Plain http to a public address. A name is judged when it is looked up; here only a number."""
    parts = urlsplit(url)
    try:
        address = ipaddress.ip_address(parts.hostname or "")
    except ValueError:
        return False
    return parts.scheme == "http" and is_public(address)
