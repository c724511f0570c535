"""A connector for tests: a parcel service with one setting of every kind."""

from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal

from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_noop as _
from pydantic import Field, SecretStr, field_validator

from apps.integrations.connecting import connect
from apps.integrations.contract import Account, Category, ConnectorConfig, Fact, Spec
from apps.integrations.models import Connection
from apps.integrations.opening import Opened
from apps.tenants.models import Tenant

ROUTE = "GET /me"
KEY = "sk-parcels-0123456789-abcd"
PIN = "pin-of-the-office-7777"

# Which connections `on_connected` was called for.
connected: list[Connection] = []


class Speed(StrEnum):
    SLOW = "slow"
    FAST = "fast"


class Config(ConnectorConfig):
    api_key: SecretStr = Field(title=_("API key"), description=_("From your parcel account."), min_length=10)
    pin: SecretStr | None = Field(None, title=_("PIN"))
    hook_secret: SecretStr = Field(
        SecretStr(""), title=_("Secret of the webhook"), json_schema_extra={"generated": True}
    )
    shop_id: str = Field("", title=_("Shop"), max_length=20)
    speed: Speed = Field(Speed.SLOW, title=_("Speed"))
    paper: Literal["a4", "a5", ""] = Field(
        "a4", title=_("Paper"), json_schema_extra={"labels": {"": _("any paper")}}
    )
    printer: str = Field(
        "", title=_("Printer"), validate_default=True, json_schema_extra={"needed_for": {"paper": "a5"}}
    )
    insured: bool = Field(True, title=_("Insured"))
    copies: int = Field(1, title=_("Copies"), ge=1, le=9)
    price: Decimal = Field(Decimal("9.90"), title=_("Price"), ge=0)
    cities: list[str] = Field(default_factory=list, title=_("Cities"))
    base_url: str = Field(
        "https://api.parcels.example", title=_("Address"), json_schema_extra={"advanced": True}
    )

    @field_validator("api_key")
    @classmethod
    def _is_ours(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value().startswith("pk-"):
            raise ValueError(f"{value.get_secret_value()} is a public key")
        return value


def check(opened: Opened[Config]) -> Account:
    config = opened.config
    with opened.http(
        config.base_url, headers={"Authorization": f"Bearer {config.api_key.get_secret_value()}"}
    ) as http:
        answer: Any = http.get("/me").json
    warnings = (gettext_lazy("The account ends soon."),) if answer.get("ending") else ()
    return Account(name=answer["account"], warnings=warnings, api_shape="v2")


def card_facts(connection: Connection) -> list[Fact]:
    return [
        Fact(
            label=gettext_lazy("Webhook"), value=f"https://crm.example/hook/{connection.key}", copyable=True
        ),
    ]


SPEC = Spec(
    slug="parcels",
    name=gettext_lazy("Parcels"),
    category=Category.OTHER,
    icon="integrations/webchat.svg",
    description=gettext_lazy("Sends parcels"),
    docs_url="https://parcels.example/docs",
    on_connected=connected.append,
)


def connect_to(base_url: str, tenant: Tenant, **values: Any) -> Connection:
    return connect(tenant=tenant, connector="parcels", values={"api_key": KEY, "base_url": base_url} | values)
