"""What a WhatsApp number needs to be connected, and how its card looks."""

import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Literal

from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_noop as _
from pydantic import Field, SecretStr, field_validator

from apps.channels.contract import ButtonLimits, Capability, Limits, MediaKind
from apps.channels.refreshing import refresh_templates
from apps.channels.registering import ensure_channel
from apps.integrations.contract import Category, ConnectorConfig, Counted, Rate, Spec

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
            Capability.TEMPLATE,
            Capability.START,
            Capability.MARK_READ,
            Capability.BUTTONS,
        }
    ),
    # 80 messages a second, but 20 for a number that is used in the phone's app as well: which, is not told.
    # Files are counted elsewhere, by the hour and generously.
    # https://developers.facebook.com/documentation/business-messaging/whatsapp/throughput
    rate=Rate(count=20, of=Counted.MESSAGES),
    docs_url="https://developers.facebook.com/documentation/business-messaging/whatsapp/get-started",
    steps=(
        gettext_lazy(
            "At developers.facebook.com make an app of the type «Business» and add the product "
            "«WhatsApp» to it."
        ),
        gettext_lazy(
            "In the app open «WhatsApp» → «API Setup», add your number, and copy «Phone number "
            "ID» and «WhatsApp Business Account ID» here."
        ),
        gettext_lazy(
            "In Meta's business settings open «Users» → «System users», give one of them the app "
            "and the WhatsApp account, and make a token that never expires with the permissions "
            "whatsapp_business_messaging and whatsapp_business_management. Enter it in «Access "
            "token»."
        ),
        gettext_lazy(
            "Copy the app's secret from «App settings» → «Basic» into «App secret» and press «Connect»."
        ),
        gettext_lazy(
            "In the app open «WhatsApp» → «Configuration», enter the webhook's address and the "
            "verify token from the card, confirm, and subscribe to the field «messages». Then "
            "write to the number from your own phone."
        ),
        gettext_lazy(
            "Through another provider: choose it in «Provider», copy the values that the form then asks for "
            "from the provider's own console, press «Connect», and enter there the addresses from the card. "
            "Green API is told them by itself; there, scan the instance's QR code with the phone."
        ),
    ),
    on_connected=ensure_channel,
    on_checked=refresh_templates,
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
    caption_of={MediaKind.VOICE: 0, MediaKind.AUDIO: 0},
    types_of={MediaKind.VOICE: VOICE_TYPES},
    window=timedelta(hours=24),
    # To one client one in six seconds on the average: a few may go together and are then waited for.
    per_dialogue=Rate(count=10, per=60.0),
    # https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/interactive-reply-buttons-messages
    buttons=ButtonLimits(most=3, characters=20, text=1024),
)
FORM_BODIES = True  # of Twilio
SIGNATURE_HEADER = "x-hub-signature-256"
VENDOR_URL = "https://graph.facebook.com"
# Each provider's own address: what is called while `base_url` names none of another's.
ADDRESSES: Mapping[str, str] = {
    "cloud": VENDOR_URL,
    "twilio": "https://api.twilio.com",
    "messagebird": "https://api.bird.com",
    "green_api": "https://api.green-api.com",
}
# What it answers with is another schema; older ones are gone by 2027-01-21.
# https://developers.facebook.com/docs/graph-api/changelog/versions
OLDEST_VERSION = 21


def _needed(provider: str) -> dict[str, Any]:
    """For a field that this provider cannot do without and the others do not have."""
    return {"validate_default": True, "json_schema_extra": {"needed_for": {"provider": provider}}}


_UUID_OR_NOTHING = "^([0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})?$"


class Config(ConnectorConfig):
    provider: Literal["cloud", "twilio", "messagebird", "green_api"] = Field(
        "cloud",
        title=_("Provider"),
        description=_(
            "Who carries the messages. Green API is not official: it works as WhatsApp Web does, and the "
            "number may be banned for it."
        ),
        json_schema_extra={
            "labels": {
                "cloud": "WhatsApp Business API (Meta)",
                "twilio": "Twilio",
                "messagebird": "MessageBird (Bird)",
                "green_api": "Green API",
            }
        },
    )
    phone_number_id: str = Field(
        "",
        title=_("Phone number ID"),
        description=_("From the Meta app, «WhatsApp», «API Setup»; not the phone number itself."),
        examples=["106540352242922"],
        **_needed("cloud"),
    )
    business_account_id: str = Field(
        "",
        title=_("WhatsApp Business account ID"),
        description=_("Stands beside the phone number ID."),
        examples=["102290129340398"],
        **_needed("cloud"),
    )
    access_token: SecretStr = Field(
        SecretStr(""),
        title=_("Access token"),
        description=_("A permanent one, of a system user who may use WhatsApp messages and management."),
        **_needed("cloud"),
    )
    app_secret: SecretStr = Field(
        SecretStr(""),
        title=_("App secret"),
        description=_("From the Meta app, «App settings», «Basic». It proves that messages come from Meta."),
        **_needed("cloud"),
    )
    webhook_verify_token: SecretStr = Field(
        SecretStr(""),
        title=_("Webhook verify token"),
        description=_(
            "A word of your own, the same as in the webhook settings of the Meta app. Left empty, it is made "
            "for you, and the card shows what to enter there."
        ),
        json_schema_extra={"generated": True, "advanced": True, "only_for": {"provider": "cloud"}},
    )
    twilio_account_sid: str = Field(
        "",
        title=_("Account SID"),
        description=_("From the Twilio console, «Account Info»."),
        pattern="^(AC[0-9a-fA-F]{32})?$",
        examples=["AC0123456789abcdef0123456789abcdef"],
        **_needed("twilio"),
    )
    twilio_auth_token: SecretStr = Field(
        SecretStr(""),
        title=_("Auth token"),
        description=_("Stands beside the account SID. Twilio signs its messages with it, too."),
        **_needed("twilio"),
    )
    twilio_number: str = Field(
        "",
        title=_("WhatsApp number"),
        description=_("The sender as Twilio lists it, «Messaging», «Senders»."),
        examples=["+14155238886"],
        **_needed("twilio"),
    )
    bird_access_key: SecretStr = Field(
        SecretStr(""),
        title=_("Access key"),
        description=_("From bird.com, «Settings», «Access keys»; its role must allow channels and messages."),
        **_needed("messagebird"),
    )
    bird_workspace_id: str = Field(
        "",
        title=_("Workspace ID"),
        description=_("Stands in the address of the workspace at bird.com."),
        pattern=_UUID_OR_NOTHING,
        examples=["3f2b1c4d-5e6f-4a7b-8c9d-0e1f2a3b4c5d"],
        **_needed("messagebird"),
    )
    bird_channel_id: str = Field(
        "",
        title=_("Channel ID"),
        description=_("Of the WhatsApp channel, «Channels» at bird.com."),
        pattern=_UUID_OR_NOTHING,
        examples=["52ad151f-f7b4-46f9-a5c6-d3318e650c84"],
        **_needed("messagebird"),
    )
    bird_signing_key: SecretStr = Field(
        SecretStr(""),
        title=_("Signing key"),
        description=_("A word of your own, the same as in the webhook subscriptions at bird.com."),
        **_needed("messagebird"),
    )
    green_instance_id: str = Field(
        "",
        title=_("Instance ID"),
        description=_("idInstance, from console.green-api.com."),
        examples=["1101000001"],
        **_needed("green_api"),
    )
    green_api_token: SecretStr = Field(
        SecretStr(""),
        title=_("API token"),
        description=_("apiTokenInstance, from console.green-api.com."),
        **_needed("green_api"),
    )
    green_webhook_token: SecretStr = Field(
        SecretStr(""),
        title=_("Webhook token"),
        description=_("Green API sends it along with every event. Left empty, it is made for you."),
        json_schema_extra={"generated": True, "advanced": True, "only_for": {"provider": "green_api"}},
    )
    api_version: str = Field(
        "v25.0",
        title=_("API version"),
        examples=["v25.0"],
        json_schema_extra={"advanced": True, "only_for": {"provider": "cloud"}},
    )
    base_url: str = Field(VENDOR_URL, title=_("Address"), json_schema_extra={"advanced": True})

    @field_validator("phone_number_id", "business_account_id", "green_instance_id")
    @classmethod
    def _is_number(cls, value: str) -> str:
        if value and not re.fullmatch(r"[0-9]{1,32}", value):
            raise ValueError(str(gettext_lazy("Digits only.")))
        return value

    @field_validator("api_version")
    @classmethod
    def _is_version(cls, value: str) -> str:
        if not re.fullmatch(r"v[0-9]{1,3}\.[0-9]", value):
            raise ValueError(str(gettext_lazy("A version looks like v25.0.")))
        return value

    @field_validator("access_token", "twilio_auth_token", "bird_access_key")
    @classmethod
    def _fits_the_header(cls, value: SecretStr) -> SecretStr:
        if not re.fullmatch(r"[!-~]*", value.get_secret_value().strip()):
            raise ValueError(str(gettext_lazy("A token has no spaces and no letters beyond A–Z.")))
        return value

    @field_validator("green_api_token")
    @classmethod
    def _fits_the_path(cls, value: SecretStr) -> SecretStr:
        if not re.fullmatch(r"[0-9A-Za-z]*", value.get_secret_value().strip()):
            raise ValueError(str(gettext_lazy("This token has letters and digits only.")))
        return value

    @field_validator("twilio_number")
    @classmethod
    def _is_phone(cls, value: str) -> str:
        digits = re.sub(r"^whatsapp:|[\s()-]", "", value)
        if digits and not re.fullmatch(r"\+[0-9]{5,15}", digits):
            raise ValueError(str(gettext_lazy("Enter the number with its country code: +14155238886.")))
        return digits

    @property
    def root(self) -> str:
        """The address that is called: each provider's own, unless another was set."""
        return ADDRESSES[self.provider] if self.base_url in ADDRESSES.values() else self.base_url

    @property
    def is_vendors(self) -> bool:
        """Whether the real service is called, and not what stands in for it."""
        return self.root == ADDRESSES[self.provider]

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
