"""What a Firebase project needs to be connected, and how its card looks."""

import json
from typing import Any, Literal, Self

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.utils.translation import gettext, gettext_lazy
from django.utils.translation import gettext_noop as _
from django.views.decorators.debug import sensitive_variables
from pydantic import Field, SecretStr, field_validator, model_validator

from apps.integrations.contract import Category, ConnectorConfig, Spec, is_web_address

SPEC = Spec(
    slug="fcm",
    name="Firebase Cloud Messaging",
    category=Category.PUSH,
    icon="integrations/fcm.svg",
    description=gettext_lazy("Employees are notified on their phones and in browsers that are closed"),
    docs_url="https://firebase.google.com/docs/cloud-messaging",
    steps=(
        gettext_lazy("At console.firebase.google.com make a project, or open one you have."),
        gettext_lazy(
            "Open its settings → «Service accounts» → «Generate new private key», and paste the whole file "
            "here."
        ),
        gettext_lazy(
            "For browsers: under «General» add a web app and copy its apiKey and appId; under «Cloud "
            "Messaging» → «Web Push certificates» make a key pair and copy the public key."
        ),
        gettext_lazy("Press «Connect»: a message that goes to nobody shows whether all is right."),
        gettext_lazy("Each employee then turns on their devices themselves, on the page «Notifications»."),
    ),
)
VENDOR_URL = "https://fcm.googleapis.com"
TOKEN_DEPENDS_ON = ("service_account_json", "token_url")
_NEEDED = ("client_email", "private_key", "project_id", "token_uri")
_NOT_AN_ACCOUNT = _("Paste the whole file of a service account, as Firebase gave it.")


class Config(ConnectorConfig):
    api: Literal["auto", "spec", "vendor"] = Field(
        "auto",
        title=_("Which API is spoken"),
        description=_("By itself: what the last check found; by key until one has run."),
        json_schema_extra={
            "advanced": True,
            "variants": True,
            "labels": {
                "auto": _("by itself"),
                "spec": _("with a server key (your own gateway)"),
                "vendor": _("HTTP v1 with a service account"),
            },
        },
    )
    service_account_json: SecretStr = Field(
        SecretStr(""),
        title=_("Service account (JSON file)"),
        description=_("Firebase → project settings → «Service accounts» → «Generate new private key»."),
        json_schema_extra={"multiline": True, "needed_for": {"api": "vendor"}},
        validate_default=True,
    )
    web_api_key: SecretStr = Field(
        SecretStr(""),
        title=_("Web app: apiKey"),
        description=_("For notifications in browsers; without it there are phones only."),
    )
    web_app_id: str = Field("", title=_("Web app: appId"), examples=["1:123456789012:web:0a1b2c"])
    vapid_public: str = Field(
        "",
        title=_("Web Push certificate: public key"),
        description=_("About 87 characters, from «Cloud Messaging» → «Web Push certificates»."),
        pattern=r"^[A-Za-z0-9_-]{0,100}$",
    )
    server_key: SecretStr = Field(
        SecretStr(""),
        title=_("Server key"),
        description=_("Only for a gateway of your own: Google itself no longer answers requests with it."),
        json_schema_extra={"advanced": True, "needed_for": {"api": "spec"}},
        validate_default=True,
    )
    sender_id: str = Field("", title=_("Sender ID"), max_length=40, json_schema_extra={"advanced": True})
    android_icon: str = Field(
        "ic_notification", title=_("Icon on Android"), max_length=100, json_schema_extra={"advanced": True}
    )
    android_click_action: str = Field(
        "OPEN_APPEAL",
        title=_("What a click opens on Android"),
        max_length=100,
        json_schema_extra={"advanced": True},
    )
    base_url: str = Field(VENDOR_URL, title=_("Address"), json_schema_extra={"advanced": True})
    api_version: str = Field(
        "v1", title=_("Version of the API"), pattern=r"^v\d+$", json_schema_extra={"advanced": True}
    )
    token_url: str = Field(
        "",
        title=_("Address of access tokens"),
        description=_("Empty: as the service account's file says."),
        json_schema_extra={"advanced": True},
    )
    installations_url: str = Field(
        "https://firebaseinstallations.googleapis.com",
        title=_("Address where browsers are installed"),
        json_schema_extra={"advanced": True},
    )
    registrations_url: str = Field(
        "https://fcmregistrations.googleapis.com",
        title=_("Address where browsers are registered"),
        json_schema_extra={"advanced": True},
    )

    @property
    def registers_browsers(self) -> bool:
        web = (self.web_api_key.get_secret_value(), self.web_app_id, self.vapid_public)
        return all(web) and bool(self.service_account_json.get_secret_value())

    @property
    def account(self) -> dict[str, Any]:
        """The service account's file. Secret: for one call, never kept."""
        found: dict[str, Any] = json.loads(self.service_account_json.get_secret_value())
        return found

    @field_validator("service_account_json")
    @classmethod
    @sensitive_variables()
    def _is_a_service_account(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value() and not _is_account(value.get_secret_value()):
            raise ValueError(gettext(_NOT_AN_ACCOUNT))
        return value

    @field_validator("sender_id", mode="before")
    @classmethod
    def _as_text(cls, value: Any) -> Any:
        """A YAML file has it as a number."""
        return str(value) if isinstance(value, int) and not isinstance(value, bool) else value

    @field_validator("token_url", "installations_url", "registrations_url")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        if value and not is_web_address(value):
            raise ValueError(gettext("Enter a full address, such as https://example.com."))
        return value.rstrip("/")

    @model_validator(mode="after")
    def _has_a_key(self) -> Self:
        if not self.service_account_json.get_secret_value() and not self.server_key.get_secret_value():
            raise ValueError(gettext("Paste the service account's file, or enter your gateway's server key."))
        return self


@sensitive_variables()
def _is_account(text: str) -> bool:
    try:
        found = json.loads(text)
    except ValueError:
        return False
    if not isinstance(found, dict) or not all(isinstance(found.get(name), str) for name in _NEEDED):
        return False
    try:
        key = load_pem_private_key(found["private_key"].encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return False
    return isinstance(key, RSAPrivateKey) and is_web_address(found["token_uri"])
