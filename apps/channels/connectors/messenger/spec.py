"""What a Facebook Page needs to have its Messenger connected, and how its card looks."""

from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_noop as _
from pydantic import Field, field_validator

from apps.channels.connectors._meta.events import Dialect
from apps.channels.connectors._meta.outbound import HUMAN_WINDOW, QUICK_REPLIES, WINDOW
from apps.channels.connectors._meta.settings import GRAPH_URL, MetaConfig, as_graph_id
from apps.channels.contract import Capability, Limits, MediaKind
from apps.channels.registering import ensure_channel
from apps.integrations.contract import Category, Counted, Rate, Spec

DIALECT = Dialect(object="page", app="Messenger", ad_channel="facebook")

SPEC = Spec(
    slug="messenger",
    name="Facebook Messenger",
    category=Category.MESSENGER,
    icon="integrations/messenger.svg",
    description=gettext_lazy("Messages of clients to your Facebook Page"),
    capabilities=frozenset(
        {
            Capability.TEXT,
            Capability.IMAGE,
            Capability.VOICE,
            Capability.AUDIO,
            Capability.VIDEO,
            Capability.DOCUMENT,
            Capability.DELIVERED,
            Capability.READ,
            Capability.MARK_READ,
            Capability.BUTTONS,
        }
    ),
    # 300 texts a second, 10 sounds or videos. https://developers.facebook.com/docs/messenger-platform/overview/rate-limiting
    rate=Rate(count=300, of=Counted.MESSAGES),
    docs_url="https://developers.facebook.com/docs/messenger-platform",
    steps=(
        gettext_lazy(
            "At developers.facebook.com make an app of the type «Business» and add the product "
            "«Messenger» to it."
        ),
        gettext_lazy(
            "In the product's settings link your Facebook Page, make its token, and enter it in "
            "«Access token» here; the Page's number goes into «Page id»."
        ),
        gettext_lazy(
            "Copy the app's secret from «App settings» → «Basic» into «App secret» and press "
            "«Connect»: the Page is subscribed by itself."
        ),
        gettext_lazy(
            "In the app's «Webhooks» choose «Page», enter the webhook's address and the verify "
            "token from the card, and subscribe to messages, messaging_postbacks, "
            "message_deliveries, message_reads and message_echoes."
        ),
        gettext_lazy("Publish the app, then write to the Page from another account."),
    ),
    on_connected=ensure_channel,
)

_MB = 1024 * 1024
# https://developers.facebook.com/docs/messenger-platform/send-messages
LIMITS = Limits(
    text=2000,
    splits=True,
    caption=0,
    file_bytes=25 * _MB,
    bytes_of={MediaKind.IMAGE: 8 * _MB},
    types_of={
        MediaKind.IMAGE: frozenset({"image/png", "image/jpeg", "image/gif"}),
        MediaKind.VOICE: frozenset({"audio/mp4", "audio/mpeg"}),
    },
    window=WINDOW,
    human_window=HUMAN_WINDOW,
    cost_of=dict.fromkeys((MediaKind.VOICE, MediaKind.AUDIO, MediaKind.VIDEO), 30),
    buttons=QUICK_REPLIES,
)


class Config(MetaConfig):
    page_id: str = Field(
        title=_("Page id"),
        description=_("The number of the Facebook Page. The access token must be that of the Page."),
        examples=["100000000000001"],
    )
    base_url: str = Field(GRAPH_URL, title=_("Address"), json_schema_extra={"advanced": True})

    @field_validator("page_id")
    @classmethod
    def _is_there(cls, value: str) -> str:
        if not value:
            raise ValueError(str(gettext_lazy("Enter the id: webhooks name the account by it.")))
        return as_graph_id(value)

    @property
    def account(self) -> str:
        return self.page_id

    @property
    def node(self) -> str:
        return self.page_id
