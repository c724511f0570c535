"""What the customer's Avito server needs to be connected, and how its card looks."""

import ipaddress
import re
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_noop as _
from pydantic import Field, SecretStr, field_validator

from apps.channels.contract import Capability, Limits, MediaKind
from apps.channels.registering import ensure_channel
from apps.core.http.guard import is_public
from apps.integrations.contract import Category, ConnectorConfig, Rate, Spec, is_web_address

SPEC = Spec(
    slug="avito_mcp",
    name=gettext_lazy("Avito through an MCP server"),
    category=Category.MESSENGER,
    icon="integrations/avito_mcp.svg",
    description=gettext_lazy("Messages of clients from Avito, through your own MCP REST API server"),
    capabilities=frozenset({Capability.TEXT, Capability.IMAGE, Capability.MARK_READ}),
    # The server's own limit, which its /info tells: 100 requests of any kind in 60 seconds.
    rate=Rate(count=100, per=60.0),
    steps=(
        gettext_lazy(
            "Ask whoever runs your Avito MCP server for its address and for the key that it "
            "expects in X-API-Key, and enter both here."
        ),
        gettext_lazy("Press «Connect»: the server is told to send messages to this channel's own address."),
        gettext_lazy(
            "If the server forwards messages by itself, enter the address from the card in its settings."
        ),
        gettext_lazy(
            "Answer one of your advertisements from another account: the message appears among "
            "the conversations."
        ),
    ),
    on_connected=ensure_channel,
)
# What Avito itself takes: 1000 characters; pictures of up to 24 MB in these formats, without a caption.
LIMITS = Limits(
    text=1000,
    splits=True,
    caption=0,
    file_bytes=24 * 1024 * 1024,
    types_of={
        MediaKind.IMAGE: frozenset({"image/jpeg", "image/png", "image/gif", "image/bmp", "image/heic"}),
    },
)
SECRET_HEADER = "x-webhook-secret"  # noqa: S105 - the name, not the secret
PROOF_HEADERS = (SECRET_HEADER,)


class Config(ConnectorConfig):
    """The address has no default: there is no vendor, every organisation runs a server of its own."""

    base_url: str = Field(
        title=_("Address of the MCP server"),
        description=_("With its port. Plain http only inside your own network, https everywhere else."),
        examples=["https://avito-mcp.example.com:8765"],
    )
    api_key: SecretStr = Field(
        title=_("API key"), description=_("The key that the MCP server expects in X-API-Key.")
    )
    user_id: str = Field(
        "",
        title=_("Avito user id"),
        description=_(
            "The number of your Avito account. Filled in: messages at the address that all channels share "
            "are recognised by it, without another proof. Empty: only those at the channel's own address, "
            "or with the secret."
        ),
        examples=["100200300"],
        pattern=r"^[0-9]{0,20}$",
    )
    webhook_secret: SecretStr = Field(
        SecretStr(""),
        title=_("Webhook secret"),
        description=_(
            "For a server that can send X-Webhook-Secret. One that can't is believed on the channel's own "
            "address. Left empty, it is made for you."
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

    @field_validator("user_id", mode="before")
    @classmethod
    def _as_text(cls, value: Any) -> Any:
        """A YAML file has it as a number."""
        return str(value) if isinstance(value, int) and not isinstance(value, bool) else value

    @field_validator("webhook_url")
    @classmethod
    def _is_reachable(cls, value: str) -> str:
        if value and not is_web_address(value):
            raise ValueError(str(gettext_lazy("Enter a full address, such as https://example.com.")))
        return value

    @field_validator("base_url")
    @classmethod
    def _keeps_the_key_private(cls, value: str) -> str:
        """A name is judged when it is looked up; here only what is written as a number."""
        parts = urlsplit(value)
        try:
            address = ipaddress.ip_address(parts.hostname or "")
        except ValueError:
            return value
        if parts.scheme == "http" and is_public(address):
            raise ValueError(
                str(gettext_lazy("Over plain http anyone on the way can read the key. Use https."))
            )
        return value

    @field_validator("webhook_secret")
    @classmethod
    def _fits_the_header(cls, value: SecretStr) -> SecretStr:
        if not re.fullmatch(r"[\x21-\x7e]{0,256}", value.get_secret_value()):
            raise ValueError(str(gettext_lazy("Only Latin letters, digits and signs, at most 256.")))
        return value
