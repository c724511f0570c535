"""What an account of VK Ads needs to be connected, and how its card looks."""

from typing import Literal, Self

from django.utils.translation import gettext, gettext_lazy
from django.utils.translation import gettext_noop as _
from pydantic import Field, SecretStr, model_validator

from apps.ads.launching import ensure_audience
from apps.ads.parking import UPLOADS
from apps.integrations.contract import Category, ConnectorConfig, Rate, Spec

SPEC = Spec(
    slug="vk_ads",
    name="VK Реклама",
    category=Category.ADS,
    icon="integrations/vk_ads.svg",
    description=gettext_lazy("Audiences of clients for advertising in VK"),
    # https://ads.vk.com/doc/api/info: lists have limits of their own, which it tells by 429.
    rate=Rate(count=5),
    docs_url="https://ads.vk.com/doc/api/resource/RemarketingUsersLists",
    steps=(
        gettext_lazy("In VK Ads open «Настройки» → «Доступ к API» and ask for access."),
        gettext_lazy("Copy client_id and client_secret here. Where you were given a token, enter the token."),
        gettext_lazy("Press «Connect»: which of the two APIs answers is found out by itself."),
        gettext_lazy("Open «Audiences» in the menu, choose this account in one, and press «Upload now»."),
    ),
    on_connected=ensure_audience,
    on_checked=UPLOADS.resume,
)
VENDOR_URL = "https://ads.vk.com"


class Config(ConnectorConfig):
    api: Literal["auto", "spec", "vendor"] = Field(
        "auto",
        title=_("Which API is spoken"),
        description=_("By itself: what the last check found."),
        json_schema_extra={
            "advanced": True,
            "variants": True,
            "labels": {
                "auto": _("by itself"),
                "spec": _("the document's: lists and their contacts"),
                "vendor": _("the service's own: files and a segment"),
            },
        },
    )
    client_id: str = Field(
        "",
        title=_("Application's id (client_id)"),
        description=_("From «Доступ к API» of VK Ads."),
        max_length=200,
    )
    client_secret: SecretStr = Field(
        SecretStr(""),
        title=_("Application's secret (client_secret)"),
        description=_("With both a token is got and renewed by itself."),
    )
    access_token: SecretStr = Field(
        SecretStr(""), title=_("Access token"), description=_("Instead of the two above.")
    )
    base_url: str = Field(VENDOR_URL, title=_("Address"), json_schema_extra={"advanced": True})

    @property
    def has_keys(self) -> bool:
        return bool(self.client_id and self.client_secret.get_secret_value())

    @model_validator(mode="after")
    def _has_a_key(self) -> Self:
        if not self.has_keys and not self.access_token.get_secret_value():
            raise ValueError(gettext("Enter client_id and client_secret, or an access token."))
        return self
