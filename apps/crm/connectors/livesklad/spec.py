"""What an account of LiveSklad needs to be connected, and how its card looks."""

from typing import Any, Literal, Self

from django.utils.translation import gettext, gettext_lazy
from django.utils.translation import gettext_noop as _
from pydantic import Field, SecretStr, field_validator, model_validator

from apps.crm.budget import card_facts
from apps.crm.ruling import ensure_rules
from apps.crm.staying import checked
from apps.integrations.contract import Category, ConnectorConfig, Rate, Spec

# https://developer.livesklad.com/api/authorization: about a hundred requests, then a minute's pause.
BUDGET = 100
PAUSE_SECONDS = 65

SPEC = Spec(
    slug="livesklad",
    name="LiveSklad",
    category=Category.CRM,
    icon="integrations/livesklad.svg",
    description=gettext_lazy("Agreed appeals become orders in LiveSklad; how they stand comes back"),
    rate=Rate(count=BUDGET, per=float(PAUSE_SECONDS)),
    docs_url="https://developer.livesklad.com/api/authorization",
    steps=(
        gettext_lazy("In LiveSklad open «Настройки» → «API» and make a login and a password for programs."),
        gettext_lazy("Copy the workshop's id (shop_id) from the same page."),
        gettext_lazy("Enter them here. Where you were given an API key instead, enter the key."),
        gettext_lazy("Press «Connect»: which of the two the service takes is found out by itself."),
        gettext_lazy("Look at the preview of an order under «Orders: fields and statuses», and try one."),
    ),
    on_connected=ensure_rules,
    on_checked=checked,
)
VENDOR_URL = "https://api.livesklad.com/v1"


class Config(ConnectorConfig):
    api: Literal["auto", "spec", "vendor"] = Field(
        "auto",
        title=_("Which API is spoken"),
        description=_("By itself: what the last check found; by key until one has run."),
        json_schema_extra={
            "advanced": True,
            "variants": True,
            "labels": {"auto": _("by itself"), "spec": _("with an API key"), "vendor": _("with a login")},
        },
    )
    api_key: SecretStr = Field(
        SecretStr(""),
        title=_("API key"),
        description=_("Where the service gives one. With a login and a password it stays empty."),
        json_schema_extra={"needed_for": {"api": "spec"}},
        validate_default=True,
    )
    shop_id: str = Field(
        title=_("Workshop's id (shop_id)"),
        description=_("In which workshop orders are made."),
        min_length=1,
        max_length=60,
        examples=["12345"],
    )
    login: str = Field(
        "",
        title=_("Login for programs"),
        description=_("From «Настройки» → «API» of LiveSklad; not the one you sign in with."),
        max_length=200,
        json_schema_extra={"needed_for": {"api": "vendor"}},
        validate_default=True,
    )
    password: SecretStr = Field(
        SecretStr(""),
        title=_("Password for programs"),
        json_schema_extra={"needed_for": {"api": "vendor"}},
        validate_default=True,
    )
    order_type_id: str = Field(
        "",
        title=_("Type of the order (typeOrderId)"),
        description=_("Empty: LiveSklad's own default."),
        max_length=60,
        json_schema_extra={"advanced": True},
    )
    base_url: str = Field(VENDOR_URL, title=_("Address"), json_schema_extra={"advanced": True})
    api_version: str = Field(
        "v1",
        title=_("Version of the API"),
        description=_("Only where the address does not end with one."),
        pattern=r"^v\d+(\.\d+)?$",
        json_schema_extra={"advanced": True},
    )
    auth_header: str = Field(
        "Authorization",
        title=_("Header that carries the key"),
        pattern=r"^[A-Za-z0-9-]{1,60}$",
        json_schema_extra={"advanced": True},
    )
    auth_scheme: Literal["Bearer", "Token", "Key", ""] = Field(
        "Bearer",
        title=_("Word before the key"),
        json_schema_extra={"advanced": True, "labels": {"": _("none: the key alone")}},
    )

    @field_validator("shop_id", "order_type_id", mode="before")
    @classmethod
    def _as_text(cls, value: Any) -> Any:
        """A YAML file has it as a number."""
        return str(value) if isinstance(value, int) and not isinstance(value, bool) else value

    @model_validator(mode="after")
    def _has_a_key(self) -> Self:
        if not self.api_key.get_secret_value() and not (self.login and self.password.get_secret_value()):
            raise ValueError(gettext("Enter the API key, or a login and a password."))
        return self


__all__ = ["BUDGET", "PAUSE_SECONDS", "SPEC", "VENDOR_URL", "Config", "card_facts"]
