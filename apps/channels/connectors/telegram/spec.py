"""What a Telegram bot needs to be connected, and how its card looks."""

import re
from typing import Literal

from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_noop as _
from pydantic import Field, SecretStr, field_validator

from apps.channels.contract import ButtonLimits, Capability, Limits, MediaKind
from apps.channels.registering import ensure_channel
from apps.integrations.contract import Category, ConnectorConfig, Counted, Rate, Spec, is_web_address

SPEC = Spec(
    slug="telegram",
    name="Telegram",
    category=Category.MESSENGER,
    icon="integrations/telegram.svg",
    description=gettext_lazy("Messages of clients to your Telegram bot"),
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
        }
    ),
    # About 30 messages a second for a bot; what it reads does not count. (20 a minute in a group: groups are
    # no conversations here.)
    # https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
    rate=Rate(count=25, of=Counted.MESSAGES),
    docs_url="https://core.telegram.org/bots#how-do-i-create-a-bot",
    steps=(
        gettext_lazy(
            "In Telegram open @BotFather, send it /newbot, and give the bot a name and a user "
            "name that ends in «bot»."
        ),
        gettext_lazy(
            "@BotFather answers with a token such as 123456:ABC-DEF. Copy it into «Bot token» "
            "here and press «Connect»."
        ),
        gettext_lazy(
            "Where Telegram sends messages is set by itself; this server needs a public address "
            "with https for it."
        ),
        gettext_lazy(
            "Write to the bot from your own phone: the message appears among the conversations. A"
            " bot cannot write first, so give clients its link t.me/…."
        ),
    ),
    on_connected=ensure_channel,
)
# https://core.telegram.org/bots/api#sendvoice
VOICE_TYPES = frozenset({"audio/ogg", "audio/opus", "audio/mpeg", "audio/mp4", "audio/x-m4a"})
LIMITS = Limits(
    text=4096,
    file_bytes=50 * 1024 * 1024,
    types_of={MediaKind.VOICE: VOICE_TYPES},
    # https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
    per_dialogue=Rate(count=1),
    # Telegram names no bound for either: of a longer text a phone shows the beginning only.
    buttons=ButtonLimits(most=12, characters=40),
)
SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105 - the name, not the secret
PROOF_HEADERS = (SECRET_HEADER,)
VENDOR_URL = "https://api.telegram.org"


class Config(ConnectorConfig):
    bot_token: SecretStr = Field(
        title=_("Bot token"), description=_("From @BotFather in Telegram, the command /newbot.")
    )
    webhook_secret: SecretStr = Field(
        SecretStr(""),
        title=_("Webhook secret"),
        description=_("Telegram sends it with every update. Left empty, it is made for you."),
        json_schema_extra={"generated": True, "advanced": True},
    )
    webhook_url: str = Field(
        "",
        title=_("Webhook address"),
        description=_("Where Telegram sends updates. Empty: this server's own address for the bot."),
        json_schema_extra={"advanced": True},
    )
    parse_mode: Literal["Markdown", "HTML", ""] = Field(
        "Markdown",
        title=_("Formatting"),
        description=_("How Telegram reads the text. What it cannot read is sent as plain text."),
        json_schema_extra={"advanced": True, "labels": {"": _("plain text")}},
    )
    base_url: str = Field(VENDOR_URL, title=_("Address"), json_schema_extra={"advanced": True})

    @field_validator("webhook_url")
    @classmethod
    def _is_reachable(cls, value: str) -> str:
        if value and not is_web_address(value):
            raise ValueError(str(gettext_lazy("Enter a full address, such as https://example.com.")))
        return value

    @field_validator("bot_token")
    @classmethod
    def _fits_a_path(cls, value: SecretStr) -> SecretStr:
        if not re.fullmatch(r"[^\s/?#%]+", value.get_secret_value().strip()):
            raise ValueError(str(gettext_lazy("A bot token looks like 123456:ABC-DEF.")))
        return value

    @field_validator("webhook_secret")
    @classmethod
    def _fits_the_header(cls, value: SecretStr) -> SecretStr:
        # https://core.telegram.org/bots/api#setwebhook
        if not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", value.get_secret_value()):
            raise ValueError(str(gettext_lazy("Only letters A–Z, digits, - and _, at most 256.")))
        return value
