"""What an account of RemOnline needs to be connected, and how its card looks."""

from typing import Any, Literal

from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_noop as _
from pydantic import Field, SecretStr, field_validator

from apps.crm.budget import card_facts
from apps.crm.ruling import ensure_rules
from apps.crm.staying import checked
from apps.integrations.contract import Category, ConnectorConfig, Rate, Spec

SPEC = Spec(
    slug="remonline",
    name="RemOnline",
    category=Category.CRM,
    icon="integrations/remonline.svg",
    description=gettext_lazy("Agreed appeals become orders in RemOnline (RO App); how they stand comes back"),
    # https://roapp.readme.io/: three requests a second.
    rate=Rate(count=3, per=1.0),
    docs_url="https://roapp.readme.io/",
    steps=(
        gettext_lazy("In RemOnline (RO App) open «Настройки» → «API» and make a key."),
        gettext_lazy(
            "Copy the id of the location in which orders are made (branch_id), and enter both here."
        ),
        gettext_lazy("RO App also wants the type of an order (order_type_id): see «Настройки» → «Заказы»."),
        gettext_lazy("Press «Connect»: which of its APIs answers is found out by itself."),
        gettext_lazy("Look at the preview of an order under «Orders: fields and statuses», and try one."),
    ),
    on_connected=ensure_rules,
    on_checked=checked,
)
PLAIN_URL = "https://api.remonline.ru/v1"
# The product goes by another name today: https://roapp.io/
OWN_URL = "https://api.roapp.io"


class Config(ConnectorConfig):
    api: Literal["auto", "spec", "vendor"] = Field(
        "auto",
        title=_("Which API is spoken"),
        description=_("By itself: what the last check found; that of RemOnline until one has run."),
        json_schema_extra={
            "advanced": True,
            "variants": True,
            "labels": {"auto": _("by itself"), "spec": _("RemOnline"), "vendor": _("RO App")},
        },
    )
    api_key: SecretStr = Field(title=_("API key"), min_length=1)
    company_id: str = Field(
        title=_("Company or location (company_id)"),
        description=_("For RO App the id of the location, branch_id."),
        min_length=1,
        max_length=60,
        examples=["67890"],
    )
    order_type_id: str = Field(
        "",
        title=_("Type of the order (order_type_id)"),
        description=_("RO App makes no order without it."),
        max_length=60,
        examples=["11"],
        json_schema_extra={"needed_for": {"api": "vendor"}},
        validate_default=True,
    )
    base_url: str = Field(PLAIN_URL, title=_("Address"), json_schema_extra={"advanced": True})
    api_version: str = Field(
        "v1",
        title=_("Version of the API"),
        description=_("Only where the address does not end with one."),
        pattern=r"^v\d+(\.\d+)?$",
        json_schema_extra={"advanced": True},
    )

    @field_validator("company_id", "order_type_id", mode="before")
    @classmethod
    def _as_text(cls, value: Any) -> Any:
        """A YAML file has it as a number."""
        return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


__all__ = ["OWN_URL", "PLAIN_URL", "SPEC", "Config", "card_facts"]
