"""What an Instagram account needs to be connected, and how its card looks."""

from typing import Literal

from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_noop as _
from pydantic import Field, SecretStr, field_validator

from apps.channels.connectors._meta.events import Dialect
from apps.channels.connectors._meta.outbound import HUMAN_WINDOW, QUICK_REPLIES, WINDOW
from apps.channels.connectors._meta.settings import GRAPH_URL, MetaConfig, as_graph_id
from apps.channels.contract import Capability, Limits, MediaKind
from apps.channels.registering import ensure_channel
from apps.integrations.contract import Category, Counted, Rate, Spec

INSTAGRAM_URL = "https://graph.instagram.com"
DIALECT = Dialect(object="instagram", app="Instagram", ad_channel="instagram")

SPEC = Spec(
    slug="instagram",
    name="Instagram",
    category=Category.MESSENGER,
    icon="integrations/instagram.svg",
    description=gettext_lazy("Direct messages of clients to your Instagram account"),
    capabilities=frozenset(
        {
            Capability.TEXT,
            Capability.IMAGE,
            Capability.VOICE,
            Capability.AUDIO,
            Capability.VIDEO,
            Capability.DOCUMENT,
            Capability.READ,
            Capability.MARK_READ,
            Capability.BUTTONS,
        }
    ),
    # 300 texts a second, 10 sounds or videos. https://developers.facebook.com/docs/messenger-platform/overview/rate-limiting
    rate=Rate(count=300, of=Counted.MESSAGES),
    docs_url="https://developers.facebook.com/docs/instagram-platform",
    steps=(
        gettext_lazy(
            "Make the Instagram account a professional one, and allow access to messages in its settings."
        ),
        gettext_lazy(
            "At developers.facebook.com make an app of the type «Business» and add the product "
            "«Instagram» to it."
        ),
        gettext_lazy(
            "With a login of Instagram itself: make a token for the account with the rights "
            "instagram_business_basic and instagram_business_manage_messages, and choose "
            "«Instagram» in «Signed in through». It lives for 60 days and is renewed here by "
            "itself."
        ),
        gettext_lazy(
            "With a login of Facebook: link the account to a Facebook Page, make a token of the "
            "Page with the rights instagram_basic, instagram_manage_messages and "
            "pages_manage_metadata, and enter the «Page id», too."
        ),
        gettext_lazy(
            "Enter the token, the number of the Instagram account and the app secret here and "
            "press «Connect». With a login of Instagram itself its own app secret goes into "
            "«Instagram app secret» under «Advanced»."
        ),
        gettext_lazy(
            "In the app's «Webhooks» choose «Instagram», enter the webhook's address and the "
            "verify token from the card, and subscribe to messages, messaging_postbacks, "
            "messaging_seen and message_reactions."
        ),
        gettext_lazy(
            "Publish the app: until then only its own testers' messages come. Then write to the "
            "account from another one."
        ),
    ),
    on_connected=ensure_channel,
)

_MB = 1024 * 1024
_SOUNDS = frozenset({"audio/aac", "audio/mp4", "audio/x-m4a", "audio/m4a", "audio/wav", "audio/x-wav"})
# https://developers.facebook.com/docs/messenger-platform/instagram/features/send-message
LIMITS = Limits(
    text=1000,
    in_bytes=True,
    splits=True,
    caption=0,
    file_bytes=25 * _MB,
    bytes_of={MediaKind.IMAGE: 8 * _MB},
    types_of={
        MediaKind.IMAGE: frozenset({"image/png", "image/jpeg", "image/gif"}),
        MediaKind.VOICE: _SOUNDS,
        MediaKind.AUDIO: _SOUNDS,
        MediaKind.VIDEO: frozenset(
            {"video/mp4", "video/ogg", "video/x-msvideo", "video/quicktime", "video/webm"}
        ),
        MediaKind.DOCUMENT: frozenset({"application/pdf"}),
    },
    window=WINDOW,
    human_window=HUMAN_WINDOW,
    cost_of=dict.fromkeys((MediaKind.VOICE, MediaKind.AUDIO, MediaKind.VIDEO), 30),
    buttons=QUICK_REPLIES,
)


class Config(MetaConfig):
    instagram_account_id: str = Field(
        title=_("Instagram account id"),
        description=_("The number of the professional account, not its name."),
        examples=["17841400000000001"],
    )
    login_type: Literal["facebook", "instagram"] = Field(
        "facebook",
        title=_("Signed in through"),
        description=_("Whose token it is: that of the linked Facebook Page, or that of Instagram itself."),
        json_schema_extra={"labels": {"facebook": "Facebook", "instagram": "Instagram"}},
    )
    page_id: str = Field(
        "",
        title=_("Page id"),
        description=_(
            "The Facebook Page that the account is linked to; with a login of Instagram itself, none."
        ),
    )
    instagram_app_secret: SecretStr = Field(
        SecretStr(""),
        title=_("Instagram app secret"),
        description=_("With a login of Instagram itself, webhooks are signed with this one."),
        json_schema_extra={"advanced": True},
    )
    base_url: str = Field(GRAPH_URL, title=_("Address"), json_schema_extra={"advanced": True})

    @field_validator("instagram_account_id", "page_id")
    @classmethod
    def _has_digits(cls, value: str) -> str:
        return as_graph_id(value)

    @field_validator("instagram_account_id")
    @classmethod
    def _is_there(cls, value: str) -> str:
        if not value:
            raise ValueError(str(gettext_lazy("Enter the id: webhooks name the account by it.")))
        return value

    @property
    def account(self) -> str:
        return self.instagram_account_id

    @property
    def node(self) -> str:
        """Both logins understand «me» as the account of the token."""
        return "me" if self.is_instagram_login else self.page_id or "me"

    @property
    def root(self) -> str:
        return INSTAGRAM_URL if self.is_instagram_login and self.base_url == GRAPH_URL else self.base_url

    @property
    def app_secrets(self) -> list[str]:
        secrets = (self.app_secret.get_secret_value(), self.instagram_app_secret.get_secret_value())
        return [secret for secret in secrets if secret]

    @property
    def is_renewed(self) -> bool:
        """A Page's token does not run out; Instagram's own does after 60 days."""
        return self.is_instagram_login

    @property
    def is_instagram_login(self) -> bool:
        return self.login_type == "instagram"
