"""What a MAX bot needs to be connected, and how its card looks. https://dev.max.ru/docs-api"""

import re
from typing import Literal

from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_noop as _
from pydantic import Field, SecretStr, field_validator

from apps.channels.contract import ButtonLimits, Capability, Limits, MediaKind, Reply
from apps.channels.registering import ensure_channel
from apps.integrations.contract import Category, ConnectorConfig, Rate, Spec, is_web_address

SPEC = Spec(
    slug="max",
    name="MAX",
    category=Category.MESSENGER,
    icon="integrations/max.svg",
    description=gettext_lazy("Messages of clients to your bot in MAX"),
    capabilities=frozenset(
        {
            Capability.TEXT,
            Capability.IMAGE,
            Capability.VOICE,
            Capability.AUDIO,
            Capability.VIDEO,
            Capability.DOCUMENT,
            Capability.REPLY,
            Capability.BUTTONS,
            Capability.MARK_READ,
        }
    ),
    # 30 requests in a second for all methods together: a message with a file is two of them.
    rate=Rate(count=25),
    docs_url="https://dev.max.ru/docs",
    steps=(
        gettext_lazy(
            "Sign in at business.max.ru for your company or sole proprietorship: MAX gives bots "
            "to verified Russian organisations only."
        ),
        gettext_lazy("Make a bot under «Chat bots» and wait until MAX has approved it."),
        gettext_lazy(
            "Open the bot, «Settings», copy its token into «Bot token» here without the word "
            "«Bearer», and press «Connect»."
        ),
        gettext_lazy(
            "If the card says that MAX's certificate could not be verified: get the root "
            "certificate of the Russian Ministry of Digital Development at gosuslugi.ru/crt, put "
            "the file on this server and name it in «Root certificates» under «Advanced»."
        ),
        gettext_lazy(
            "Where MAX sends messages is set by itself; this server must be reachable by https on"
            " port 443. Then write to the bot from your own phone."
        ),
    ),
    on_connected=ensure_channel,
)
# MAX itself takes images of 50 MB and other files of 250 MB and more. One bound for all: a file is read into
# memory and must be through within one try.
LIMITS = Limits(
    text=4000,
    splits=True,
    caption=4000,
    file_bytes=50 * 1024 * 1024,
    types_of={MediaKind.VOICE: frozenset({"audio/ogg", "audio/mp4", "audio/mpeg"})},
    # Two messages a second in one dialog. https://dev.max.ru/docs-api
    per_dialogue=Rate(count=2),
    # At most 30 rows. https://dev.max.ru/docs-api/objects/InlineKeyboardAttachmentRequest
    buttons=ButtonLimits(most=30, characters=128),
)
SECRET_HEADER = "x-max-bot-api-secret"  # noqa: S105 - the name, not the secret
PROOF_HEADERS = (SECRET_HEADER,)
# Exactly 200: to MAX every other answer is a failure, and after 8 hours of them it unsubscribes the bot.
ACCEPTED = Reply(status=200)
VENDOR_URL = "https://platform-api2.max.ru"


class Config(ConnectorConfig):
    bot_token: SecretStr = Field(
        title=_("Bot token"),
        description=_(
            "From business.max.ru: «Chat bots», your bot, «Settings». Only the token, no «Bearer»."
        ),
    )
    webhook_secret: SecretStr = Field(
        SecretStr(""),
        title=_("Webhook secret"),
        description=_("MAX sends it with every update. Left empty, it is made for you."),
        json_schema_extra={"generated": True, "advanced": True},
    )
    webhook_url: str = Field(
        "",
        title=_("Webhook address"),
        description=_(
            "Where MAX sends updates: https on port 443. Empty: this server's own address for the bot."
        ),
        json_schema_extra={"advanced": True},
    )
    format: Literal["markdown", "html", ""] = Field(
        "",
        title=_("Formatting"),
        description=_("How MAX reads the text."),
        json_schema_extra={"advanced": True, "labels": {"": _("plain text")}},
    )
    ca_bundle: str = Field(
        "",
        title=_("Root certificates"),
        description=_(
            "A PEM file on this server, trusted for MAX beside the usual ones. MAX's certificate is signed "
            "by the Russian Ministry of Digital Development: its root can be had at gosuslugi.ru/crt."
        ),
        examples=["/etc/ssl/certs/russian_trusted_root_ca.pem"],
        json_schema_extra={"advanced": True},
    )
    base_url: str = Field(VENDOR_URL, title=_("Address"), json_schema_extra={"advanced": True})

    @field_validator("webhook_url")
    @classmethod
    def _is_reachable(cls, value: str) -> str:
        if value and not is_web_address(value):
            raise ValueError(str(gettext_lazy("Enter a full address, such as https://example.com.")))
        return value

    @field_validator("ca_bundle")
    @classmethod
    def _is_a_path(cls, value: str) -> str:
        if value and (not value.startswith("/") or not value.isprintable()):
            raise ValueError(str(gettext_lazy("Enter the file's full path, such as /etc/ssl/max.pem.")))
        return value

    @field_validator("bot_token")
    @classmethod
    def _fits_the_header(cls, value: SecretStr) -> SecretStr:
        if not re.fullmatch(r"[\x21-\x7e]+", value.get_secret_value().strip()):
            raise ValueError(
                str(gettext_lazy("Enter the token alone: letters, digits and signs, no spaces."))
            )
        return SecretStr(value.get_secret_value().strip())

    @field_validator("webhook_secret")
    @classmethod
    def _fits_the_vendor(cls, value: SecretStr) -> SecretStr:
        # https://dev.max.ru/docs-api/methods/POST/subscriptions
        if not re.fullmatch(r"([A-Za-z0-9_-]{5,256})?", value.get_secret_value()):
            raise ValueError(str(gettext_lazy("Only letters A–Z, digits, - and _, from 5 to 256.")))
        return value
