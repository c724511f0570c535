"""What an account of Yandex Audience needs to be connected, and how its card looks."""

from typing import Literal

from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_noop as _
from pydantic import Field, SecretStr

from apps.ads.launching import ensure_audience
from apps.ads.parking import UPLOADS
from apps.integrations.contract import Category, ConnectorConfig, Rate, Spec

SPEC = Spec(
    slug="yandex_audience",
    name=gettext_lazy("Yandex Audience"),
    category=Category.ADS,
    icon="integrations/yandex_audience.svg",
    description=gettext_lazy("Audiences of clients for advertising in Yandex Direct"),
    # https://yandex.ru/dev/audience/ru/intro/limits: figures are not told; this is far below any.
    rate=Rate(count=10),
    docs_url="https://yandex.ru/dev/audience/ru/",
    steps=(
        gettext_lazy("At oauth.yandex.ru register an application and allow it «Яндекс Аудитории»."),
        gettext_lazy(
            "Get a token for it, signed in as whoever owns the audiences, and copy it into «Access token» "
            "here."
        ),
        gettext_lazy("Press «Connect»: which of the two APIs answers is found out by itself."),
        gettext_lazy("Open «Audiences» in the menu, look who is in the list, and press «Upload now»."),
    ),
    on_connected=ensure_audience,
    on_checked=UPLOADS.resume,
)
VENDOR_URL = "https://api-audience.yandex.ru"
OAUTH_URL = "https://oauth.yandex.ru"


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
                "spec": _("the document's: segments and their data"),
                "vendor": _("the service's own: a file that is confirmed"),
            },
        },
    )
    access_token: SecretStr = Field(
        title=_("Access token"), description=_("From oauth.yandex.ru, with the right to Yandex Audience.")
    )
    client_id: str = Field(
        "",
        title=_("Application's id (client_id)"),
        description=_("With it, its password and a refresh token, a new access token is got in time."),
        max_length=200,
        json_schema_extra={"advanced": True},
    )
    client_secret: SecretStr = Field(
        SecretStr(""), title=_("Application's password"), json_schema_extra={"advanced": True}
    )
    refresh_token: SecretStr = Field(
        SecretStr(""), title=_("Refresh token"), json_schema_extra={"advanced": True}
    )
    base_url: str = Field(VENDOR_URL, title=_("Address"), json_schema_extra={"advanced": True})
    oauth_url: str = Field(
        OAUTH_URL,
        title=_("Address that gives tokens"),
        pattern=r"^https?://\S+$",
        max_length=300,
        json_schema_extra={"advanced": True},
    )

    @property
    def renews(self) -> bool:
        return bool(
            self.client_id and self.client_secret.get_secret_value() and self.refresh_token.get_secret_value()
        )

    @property
    def root(self) -> str:
        """Both shapes name the version in their paths: an address that comes with it has it only once."""
        return self.base_url.removesuffix("/v1")
