"""What an account of Google Ads needs to be connected, and how its card looks."""

from typing import Any, Literal, Self

from django.utils.translation import gettext, gettext_lazy
from django.utils.translation import gettext_noop as _
from pydantic import Field, SecretStr, field_validator, model_validator

from apps.ads.launching import ensure_audience
from apps.ads.parking import UPLOADS
from apps.integrations.contract import Category, ConnectorConfig, Rate, Spec

SPEC = Spec(
    slug="google_ads",
    name="Google Ads",
    category=Category.ADS,
    icon="integrations/google_ads.svg",
    description=gettext_lazy("Audiences of clients (Customer Match) for advertising in Google"),
    # https://developers.google.com/data-manager/api/quotas: far below any.
    rate=Rate(count=10),
    docs_url="https://developers.google.com/data-manager/api",
    steps=(
        gettext_lazy(
            "In Google Cloud make a project, allow it the Data Manager API, and make an OAuth client."
        ),
        gettext_lazy("Get a refresh token for it, signed in as whoever administers the Google Ads account."),
        gettext_lazy("Copy the account's number from Google Ads (customer_id) and enter all of it here."),
        gettext_lazy("In Google Ads accept the terms of customer data (Customer Match)."),
        gettext_lazy("Open «Audiences» in the menu, choose this account in one, and press «Upload now»."),
    ),
    on_connected=ensure_audience,
    on_checked=UPLOADS.resume,
)
VENDOR_URL, DATA_MANAGER_URL = "https://googleads.googleapis.com", "https://datamanager.googleapis.com"
OAUTH_URL = "https://oauth2.googleapis.com"
_ADVANCED: dict[str, Any] = {"advanced": True}
_CONSENT: dict[str, Any] = {
    "advanced": True,
    "labels": {"": _("nothing is said"), "granted": _("given"), "denied": _("not given")},
}


class Config(ConnectorConfig):
    api: Literal["auto", "spec", "ads_api", "data_manager"] = Field(
        "auto",
        title=_("Which API is spoken"),
        description=_("By itself: what the last check found."),
        json_schema_extra={
            "advanced": True,
            "variants": True,
            "labels": {
                "auto": _("by itself"),
                "spec": _("the document's: lists and jobs with their people"),
                "ads_api": _("Google Ads API: for accounts that may still use it"),
                "data_manager": _("Data Manager API: what Google gives new accounts"),
            },
        },
    )
    customer_id: str = Field(
        title=_("Account's number (customer_id)"),
        description=_("As Google Ads shows it in the corner, such as 123-456-7890."),
        max_length=20,
        pattern=r"^[\d-]+$",
        examples=["123-456-7890"],
    )
    client_id: str = Field("", title=_("Application's id (client_id)"), max_length=200)
    client_secret: SecretStr = Field(SecretStr(""), title=_("Application's secret (client_secret)"))
    refresh_token: SecretStr = Field(SecretStr(""), title=_("Refresh token"))
    access_token: SecretStr = Field(
        SecretStr(""),
        title=_("Access token"),
        description=_("Instead of the three above; lasts an hour."),
        json_schema_extra=_ADVANCED,
    )
    developer_token: SecretStr = Field(
        SecretStr(""),
        title=_("Developer token"),
        description=_("Google asks for none since September 2026."),
        json_schema_extra=_ADVANCED,
    )
    login_customer_id: str = Field(
        "",
        title=_("Manager account's number (login_customer_id)"),
        max_length=20,
        pattern=r"^[\d-]*$",
        json_schema_extra=_ADVANCED,
    )
    ad_user_data: Literal["", "granted", "denied"] = Field(
        "",
        title=_("Clients' consent to give their data to Google for advertising"),
        description=_("Is told to Google with every upload. Say «given» only if your form asks for it."),
        json_schema_extra=_CONSENT,
    )
    ad_personalization: Literal["", "granted", "denied"] = Field(
        "", title=_("Clients' consent to personal advertising"), json_schema_extra=_CONSENT
    )
    base_url: str = Field(VENDOR_URL, title=_("Address"), json_schema_extra=_ADVANCED)
    api_version: str = Field(
        "",
        title=_("Version of the API"),
        description=_("Empty: v14 of the document, v26 of Google's own."),
        pattern=r"^(v\d+)?$",
        json_schema_extra=_ADVANCED,
    )
    data_manager_url: str = Field(
        "",
        title=_("Address of the Data Manager API"),
        description=_("Empty: Google's, or the address above where it is another."),
        pattern=r"^(https?://\S+)?$",
        max_length=300,
        json_schema_extra=_ADVANCED,
    )
    oauth_url: str = Field(
        OAUTH_URL,
        title=_("Address that gives tokens"),
        pattern=r"^https?://\S+$",
        max_length=300,
        json_schema_extra=_ADVANCED,
    )

    @field_validator("customer_id", "login_customer_id", mode="before")
    @classmethod
    def _without_dashes(cls, value: Any) -> Any:
        """A YAML file may have it as a number."""
        given = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
        return given.replace("-", "").strip() if isinstance(given, str) else given

    @model_validator(mode="after")
    def _has_a_key(self) -> Self:
        if not self.renews and not self.access_token.get_secret_value():
            raise ValueError(gettext("Enter client_id, client_secret and a refresh token."))
        return self

    @property
    def renews(self) -> bool:
        return bool(
            self.client_id and self.client_secret.get_secret_value() and self.refresh_token.get_secret_value()
        )

    @property
    def manager_url(self) -> str:
        if self.data_manager_url:
            return self.data_manager_url
        return DATA_MANAGER_URL if self.base_url == VENDOR_URL else self.base_url

    def consent(self, given: str, denied: str) -> dict[str, str]:
        """In the spelling of the API; what nobody has said is not claimed."""
        words = {"granted": given, "denied": denied}
        said = {"adUserData": self.ad_user_data, "adPersonalization": self.ad_personalization}
        return {name: words[value] for name, value in said.items() if value}
