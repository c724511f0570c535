"""What a VK community needs to be connected, and how its card looks."""

import re
from typing import Literal

from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_noop as _
from pydantic import Field, SecretStr, field_validator

from apps.channels.contract import ButtonLimits, Capability, Limits, MediaKind, Reply
from apps.channels.registering import ensure_channel
from apps.integrations.contract import Category, ConnectorConfig, Rate, Spec

MB = 1024 * 1024
SPEC = Spec(
    slug="vk",
    name="VK",
    category=Category.MESSENGER,
    icon="integrations/vk.svg",
    description=gettext_lazy("Messages of clients to your VK community"),
    capabilities=frozenset(
        {
            Capability.TEXT,
            Capability.IMAGE,
            Capability.VOICE,
            Capability.VIDEO,
            Capability.DOCUMENT,
            Capability.REPLY,
            Capability.BUTTONS,
            Capability.READ,
            Capability.MARK_READ,
            Capability.IDEMPOTENT_SEND,
        }
    ),
    # Twenty requests a second for a community's key, whatever they ask: a message with a file is three.
    # The files themselves and Long Poll go to other servers. https://dev.vk.com/ru/api/api-requests
    rate=Rate(count=20),
    docs_url="https://dev.vk.com/ru/api/bots/getting-started",
    steps=(
        gettext_lazy(
            "In the VK community open «Management» → «Messages» and switch on «Community messages»."
        ),
        gettext_lazy(
            "Open «Management» → «API usage» → «Create key», allow «Messages», «Photos», «Files» "
            "and «Community management», and copy the key into «Access key» here."
        ),
        gettext_lazy(
            "Enter the community's number in «Community id»: it stands in its address, vk.com/club123456789."
        ),
        gettext_lazy(
            "Leave «How messages come» as it is and press «Connect»: Long Poll is switched on in "
            "the community by itself, and nothing more is needed."
        ),
        gettext_lazy(
            "Only for the Callback API: enter a secret key of your own here under «Advanced»; in "
            "VK open «Management» → «API usage» → «Callback API», add a server with the address "
            "from the card and the same secret key, press «Confirm», and allow all message events"
            " under «Event types»."
        ),
    ),
    on_connected=ensure_channel,
)
# A text goes under a file as it does alone. https://dev.vk.com/ru/api/upload/overview
# https://dev.vk.com/ru/api/upload/audio-record
VOICE_TYPES = frozenset({"audio/ogg", "audio/opus"})
LIMITS = Limits(
    text=4096,
    splits=True,
    caption=4096,
    file_bytes=50 * MB,
    bytes_of={MediaKind.VOICE: 20 * MB},
    types_of={MediaKind.VOICE: VOICE_TYPES},
    # Under a message, in at most six rows. https://dev.vk.com/ru/api/bots/development/keyboard
    buttons=ButtonLimits(most=10, characters=40),
)
# What proves a webhook stands in its body.
PROOF_HEADERS: tuple[str, ...] = ()
ACCEPTED = Reply(body="ok")
VENDOR_URL = "https://api.vk.ru"


class Config(ConnectorConfig):
    group_id: str = Field(
        title=_("Community id"),
        description=_("A number: it stands in the community's address and in «Management», «API usage»."),
        examples=["123456789"],
    )
    access_token: SecretStr = Field(
        title=_("Access key"),
        description=_(
            "Of the community: «Management», «API usage», «Create key», with the rights «Messages», "
            "«Photos», «Files» and «Community management»."
        ),
    )
    receive: Literal["long_poll", "callback", "both"] = Field(
        "both",
        title=_("How messages come"),
        description=_("Long Poll needs no address that VK can reach. With both, nothing comes twice."),
        json_schema_extra={
            "labels": {"long_poll": _("Long Poll"), "callback": _("Callback API"), "both": _("both")}
        },
    )
    api_version: str = Field(
        "5.199", title=_("API version"), pattern=r"^\d\.\d{1,3}$", json_schema_extra={"advanced": True}
    )
    secret_key: SecretStr = Field(
        SecretStr(""),
        title=_("Secret key"),
        description=_(
            "Of the Callback API: the same goes into the community's settings. Left empty, it is made."
        ),
        json_schema_extra={"generated": True, "advanced": True},
    )
    confirmation_code: str = Field(
        "",
        title=_("Confirmation code"),
        description=_("VK shows it in the Callback API's settings. Mostly it is asked for by itself."),
        max_length=64,
        json_schema_extra={"advanced": True},
    )
    base_url: str = Field(VENDOR_URL, title=_("Address"), json_schema_extra={"advanced": True})

    @field_validator("group_id")
    @classmethod
    def _is_a_number(cls, value: str) -> str:
        """A community's id is negative among peers, and its address says «club»: people paste all three."""
        number = re.fullmatch(r"(?:-|club|public)?([1-9]\d{0,14})", value)
        if number is None:
            raise ValueError(str(gettext_lazy("A community's id is a number, such as 123456789.")))
        return number[1]

    @field_validator("secret_key")
    @classmethod
    def _fits_vks_form(cls, value: SecretStr) -> SecretStr:
        # https://dev.vk.com/ru/api/callback/getting-started: at most fifty characters
        if not re.fullmatch(r"[A-Za-z0-9_-]{0,50}", value.get_secret_value()):
            raise ValueError(str(gettext_lazy("Only letters A–Z, digits, - and _, at most 50.")))
        return value
