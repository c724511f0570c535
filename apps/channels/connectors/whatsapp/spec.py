"""What a WhatsApp number needs to be connected, and how its card looks."""

import hashlib
import hmac
import re
from datetime import timedelta

from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_noop as _
from pydantic import Field, SecretStr, field_validator

from apps.channels.contract import Capability, Limits, MediaKind
from apps.channels.registering import ensure_channel
from apps.integrations.contract import Category, ConnectorConfig, Rate, Spec

MB = 1024 * 1024

SPEC = Spec(
    slug="whatsapp",
    name="WhatsApp",
    category=Category.MESSENGER,
    icon="integrations/whatsapp.svg",
    description=gettext_lazy("Messages of clients to your WhatsApp number"),
    capabilities=frozenset(
        {
            Capability.TEXT,
            Capability.IMAGE,
            Capability.VOICE,
            Capability.AUDIO,
            Capability.VIDEO,
            Capability.DOCUMENT,
            Capability.REPLY,
            Capability.DELIVERED,
            Capability.READ,
        }
    ),
    # 80 a second, but 20 for a number that is used in the phone's app as well.
    # https://developers.facebook.com/documentation/business-messaging/whatsapp/throughput
    rate=Rate(count=20),
    docs_url="https://developers.facebook.com/documentation/business-messaging/whatsapp/get-started",
    on_connected=ensure_channel,
)
# https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/media
# A voice message is OGG with Opus alone, of one channel.
# https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/audio-messages
VOICE_TYPES = frozenset({"audio/ogg", "audio/opus"})
LIMITS = Limits(
    text=4096,
    splits=True,
    caption=1024,
    file_bytes=100 * MB,
    bytes_of={
        MediaKind.IMAGE: 5 * MB,
        MediaKind.VOICE: 16 * MB,
        MediaKind.AUDIO: 16 * MB,
        MediaKind.VIDEO: 16 * MB,
    },
    types_of={MediaKind.VOICE: VOICE_TYPES},
    window=timedelta(hours=24),
)
SIGNATURE_HEADER = "x-hub-signature-256"
PROOF_HEADERS = (SIGNATURE_HEADER,)
VENDOR_URL = "https://graph.facebook.com"
# What it answers with is another schema; older ones are gone by 2027-01-21.
# https://developers.facebook.com/docs/graph-api/changelog/versions
OLDEST_VERSION = 21


class Config(ConnectorConfig):
    phone_number_id: str = Field(
        title=_("Phone number ID"),
        description=_("From the Meta app, «WhatsApp», «API Setup»; not the phone number itself."),
        examples=["106540352242922"],
    )
    business_account_id: str = Field(
        title=_("WhatsApp Business account ID"),
        description=_("Stands beside the phone number ID."),
        examples=["102290129340398"],
    )
    access_token: SecretStr = Field(
        title=_("Access token"),
        description=_("A permanent one, of a system user who may use WhatsApp messages and management."),
    )
    app_secret: SecretStr = Field(
        title=_("App secret"),
        description=_("From the Meta app, «App settings», «Basic». It proves that messages come from Meta."),
    )
    webhook_verify_token: SecretStr = Field(
        SecretStr(""),
        title=_("Webhook verify token"),
        description=_(
            "A word of your own, the same as in the webhook settings of the Meta app. Left empty, it is made "
            "for you, and the card shows what to enter there."
        ),
        json_schema_extra={"generated": True, "advanced": True},
    )
    api_version: str = Field(
        "v25.0",
        title=_("API version"),
        examples=["v25.0"],
        json_schema_extra={"advanced": True},
    )
    base_url: str = Field(VENDOR_URL, title=_("Address"), json_schema_extra={"advanced": True})

    @field_validator("phone_number_id", "business_account_id")
    @classmethod
    def _is_number(cls, value: str) -> str:
        if not re.fullmatch(r"[0-9]{1,32}", value):
            raise ValueError(str(gettext_lazy("Digits only.")))
        return value

    @field_validator("api_version")
    @classmethod
    def _is_version(cls, value: str) -> str:
        if not re.fullmatch(r"v[0-9]{1,3}\.[0-9]", value):
            raise ValueError(str(gettext_lazy("A version looks like v25.0.")))
        return value

    @field_validator("access_token")
    @classmethod
    def _fits_the_header(cls, value: SecretStr) -> SecretStr:
        if not re.fullmatch(r"[!-~]+", value.get_secret_value().strip()):
            raise ValueError(str(gettext_lazy("A token has no spaces and no letters beyond A–Z.")))
        return value

    @field_validator("app_secret")
    @classmethod
    def _proves_something(cls, value: SecretStr) -> SecretStr:
        # An empty key would make a signature that anybody can make.
        if not value.get_secret_value().strip():
            raise ValueError(str(gettext_lazy("Without the app secret nothing proves who writes.")))
        return value

    @property
    def shown_verify_token(self) -> str:
        """What a person may enter at Meta instead: it names the number, and tells nothing of the secret."""
        secret = self.webhook_verify_token.get_secret_value()
        digest = hmac.new(secret.encode(), self.phone_number_id.encode(), hashlib.sha256).hexdigest()
        return f"{self.phone_number_id}.{digest[:32]}" if secret else ""

    @property
    def is_old(self) -> bool:
        """Whether Meta does not speak this version any more."""
        return int(self.api_version[1:].partition(".")[0]) < OLDEST_VERSION
