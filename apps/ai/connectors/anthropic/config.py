"""Settings of a connection to Claude."""

from typing import Annotated, Literal

from django.utils.translation import gettext_noop as _
from pydantic import AfterValidator, Field

from apps.ai.connectors.anthropic.capabilities import DEFAULT_MODEL
from apps.ai.wire import ApiKey
from apps.integrations.contract import ConnectorConfig

VENDOR_URL = "https://api.anthropic.com"

# In the order of asking. The first is what the vendor's own clients send since their second version.
HEADER_FORMS = ("authorization", "x-api-key")


def _without_version(url: str) -> str:
    """The paths that are asked for begin with /v1."""
    return url.rstrip("/").removesuffix("/v1")


class Config(ConnectorConfig):
    api_key: ApiKey = Field(
        title=_("API key"), description=_("From console.anthropic.com, begins with sk-ant-.")
    )
    model: str = Field(
        DEFAULT_MODEL,
        title=_("Model"),
        description=_("Reads clients' messages: devices, faults, the kind of appeal."),
        min_length=1,
        max_length=100,
    )
    reply_model: str = Field(
        "",
        title=_("Model for replies"),
        description=_("Writes draft replies. Empty: the same model."),
        max_length=100,
        json_schema_extra={"advanced": True},
    )
    base_url: Annotated[str, AfterValidator(_without_version)] = Field(
        VENDOR_URL, title=_("Address"), json_schema_extra={"advanced": True}
    )
    api_version: str = Field(
        "",
        title=_("API version"),
        description=_("A date such as 2023-06-01. Empty: the newest this program knows."),
        pattern=r"^(\d{4}-\d{2}-\d{2})?$",
        json_schema_extra={"advanced": True},
    )
    key_header: Literal["auto", "authorization", "x-api-key"] = Field(
        "auto",
        title=_("Header of the key"),
        description=_("How the key is sent. Older gateways want x-api-key."),
        json_schema_extra={"advanced": True, "labels": {"auto": _("found out by checking")}},
    )
    max_tokens: int | None = Field(
        None,
        title=_("Longest answer, tokens"),
        description=_("Empty: 1024 for reading messages, 500 for draft replies."),
        ge=16,
        le=16_000,
        json_schema_extra={"advanced": True},
    )
    timeout_seconds: int = Field(
        60, title=_("Time-out, seconds"), ge=1, le=120, json_schema_extra={"advanced": True}
    )
