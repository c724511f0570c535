"""What an Avito account needs to be connected, and how its card looks."""

import re
from typing import Literal

from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_noop as _
from pydantic import Field, SecretStr, field_validator

from apps.channels.contract import Capability, Limits, MediaKind
from apps.channels.registering import ensure_channel
from apps.integrations.contract import Category, ConnectorConfig, Spec

SPEC = Spec(
    slug="avito",
    name="Avito",
    category=Category.MESSENGER,
    icon="integrations/avito.svg",
    description=gettext_lazy("Messages of clients who write to your Avito advertisements"),
    capabilities=frozenset({Capability.TEXT, Capability.IMAGE, Capability.MARK_READ}),
    # No rate: it goes by the minute, differs by method, and is told only in the headers of each answer.
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
            "Press «Connect»: the account's number and the address for messages are found and set"
            " by themselves."
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
LIMITS = Limits(
    text=1000,
    splits=True,
    caption=0,
    file_bytes=24 * 1024 * 1024,
    types_of={MediaKind.IMAGE: IMAGE_TYPES},
)
# Its algorithm is published nowhere: kept with what nobody could place yet, never a reason to refuse.
PROOF_HEADERS = ("x-avito-messenger-signature",)
VENDOR_URL = "https://api.avito.ru"


class Config(ConnectorConfig):
    client_id: str = Field(
        title=_("client_id"),
        description=_("From avito.ru, «Для профессионалов» → «Интеграции»."),
        examples=["Vq3x-made_up-id"],
    )
    client_secret: SecretStr = Field(title=_("client_secret"), description=_("From the same page."))
    user_id: str = Field(
        "",
        title=_("Account number"),
        description=_("The number of your Avito profile. Left empty, Avito is asked for it."),
        examples=["94235311"],
    )
    webhook_secret: SecretStr = Field(
        SecretStr(""),
        title=_("Webhook secret"),
        description=_(
            "Added to the address that Avito calls; what comes without it is then refused. "
            "Needed only where the address without the channel's own part is used."
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
    base_url: str = Field(VENDOR_URL, title=_("Address"), json_schema_extra={"advanced": True})

    @field_validator("user_id")
    @classmethod
    def _is_a_number(cls, value: str) -> str:
        if not re.fullmatch(r"[0-9]{0,20}", value):
            raise ValueError(str(gettext_lazy("An account number has digits only.")))
        return value
