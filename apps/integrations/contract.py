"""What every connector, a module or package under an app's `connectors/`, declares and offers."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, Protocol
from urllib.parse import urlsplit

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from pydantic import BaseModel, ConfigDict, SecretStr, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

if TYPE_CHECKING:
    from apps.integrations.models import Connection
    from apps.integrations.opening import Opened


class Category(StrEnum):
    """In the order in which the cards page shows them."""

    MESSENGER = "messenger"
    AI = "ai"
    CRM = "crm"
    ADS = "ads"
    PUSH = "push"
    CALENDAR = "calendar"
    MAIL = "mail"
    PAYMENT = "payment"
    OTHER = "other"

    @property
    def label(self) -> str | Promise:
        return CATEGORY_TITLES[self]


CATEGORY_TITLES: dict[Category, str | Promise] = {
    Category.MESSENGER: _("Messengers"),
    Category.AI: _("Artificial intelligence"),
    Category.CRM: _("CRM"),
    Category.ADS: _("Advertising"),
    Category.PUSH: _("Notifications"),
    Category.CALENDAR: _("Calendars"),
    Category.MAIL: _("Mail"),
    Category.PAYMENT: _("Payments"),
    Category.OTHER: _("Other services"),
}


class Connect(StrEnum):
    """How a connection comes about."""

    NONE = "none"
    API_KEY = "api_key"
    OAUTH2 = "oauth2"


class Counted(StrEnum):
    """What a service counts against its rate: every request to its API, or the messages sent alone."""

    REQUESTS = "requests"
    MESSAGES = "messages"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """At most `count` of them in `per` seconds. `integrations.pacing` holds a connection to it."""

    count: int
    per: float = 1.0
    of: Counted = Counted.REQUESTS

    @property
    def burst(self) -> int:
        """So many may go at once after a pause."""
        return max(1, self.count // 4)

    @property
    def refill(self) -> float:
        """A second: such that a burst and what follows it are no more than `count` in `per` seconds."""
        return (self.count - self.burst + 1) / self.per

    @property
    def spare(self) -> int:
        """Of a burst: kept for people, whatever waits in bulk."""
        return self.burst // 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """The headers in which a service tells, with each answer, how many requests it will still take.

    `reset` is when it takes them all again: seconds from now, seconds since 1970, or ISO 8601. A service that
    does not say begins anew within `window` seconds. The last `reserve` requests are left to those that are
    on their way at the same moment. See `integrations.allowance`.
    """

    remaining: str
    limit: str = ""
    reset: str = ""
    window: float = 60.0
    reserve: int = 2


# Of a choice among the shapes of an API: what the last check found to answer.
AUTO = "auto"


class ConnectorConfig(BaseModel):
    """Settings and secrets of one connection: `SecretStr` fields are kept encrypted, the others as JSON.

    Field titles, help (`description`), defaults and constraints make the admin form, the card, the API's
    validation, the masking and the provisioning file. `json_schema_extra={"advanced": True}` puts a field
    into the folded part of the form; `{"generated": True}` has a blank secret made at random when the
    connection is made; `{"multiline": True}` asks for it in a box; `{"labels": {value: _("…")}}` names the
    choices of a Literal. `{"needed_for": {"provider": "…"}}` makes a setting needed only while an earlier
    one has this value (give it a blank default and `validate_default=True`), and asked for as well while that
    one is `AUTO`; `{"only_for": …}` merely has it asked for then. Titles and descriptions are English msgids
    (`gettext_noop`), translated when they are shown. `examples=["…"]` is shown as a placeholder, and is what
    the contract tests connect with where a type alone does not tell a fitting value.
    """

    # hide_input: an error's own text must not quote what was given; a secret may be in it.
    model_config = ConfigDict(
        extra="forbid", frozen=True, str_strip_whitespace=True, hide_input_in_errors=True
    )

    @field_validator("*")
    @classmethod
    def _is_given_where_needed(cls, value: Any, info: ValidationInfo) -> Any:
        extra = cls.model_fields[info.field_name or ""].json_schema_extra
        needed_for = extra.get("needed_for") if isinstance(extra, dict) else None
        if isinstance(needed_for, dict) and needed_for.items() <= info.data.items():
            given = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
            if not given.strip():
                raise PydanticCustomError("missing", "Field required")
        return value

    @field_validator("base_url", check_fields=False)
    @classmethod
    def _is_address(cls, value: Any) -> Any:
        if not is_web_address(str(value)):
            raise ValueError(gettext("Enter a full address, such as https://example.com."))
        return value.rstrip("/") if isinstance(value, str) else value


def is_web_address(text: str) -> bool:
    """Without user, query and fragment: an address is shown and logged, and they may be a secret."""
    if not text.isprintable() or " " in text:
        return False
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:  # square brackets that hold no IPv6 address; a port that is none
        return False
    plain = not any((parts.query, parts.fragment, "@" in parts.netloc, port == 0))
    return parts.scheme in ("http", "https") and bool(parts.hostname) and plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """What a connector shows on its card: its webhook's address, a link for clients. Never a secret."""

    label: str | Promise
    value: str
    copyable: bool = False
    # Opens `value` in the browser.
    link: bool = False
    # 0 to 1: how much is left of something, drawn beside it.
    gauge: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What a check found: whose account it is, and anything a person should know beside it."""

    name: str
    warnings: tuple[str | Promise, ...] = ()
    api_shape: str = ""
    # What the service told of itself: on the card until the next check.
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tended:
    """What a connector's `upkeep` found.

    `warnings` hold at the moment: the next upkeep's replace them. `mended` is what was wrong and has been put
    right, told until a person has read it; nothing is mended for a connection that was never found in order.
    `again_in`: when it should run next, where that is sooner than usual.
    """

    warnings: tuple[str | Promise, ...] = ()
    mended: str | Promise = ""
    again_in: timedelta | None = None


def _nothing(connection: "Connection") -> None:
    """Most connectors need nothing done when they are connected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """A connector, as data. `icon` is a path under static/."""

    slug: str
    name: str | Promise
    category: Category
    icon: str
    description: str | Promise
    connect: Connect = Connect.API_KEY
    capabilities: frozenset[str] = frozenset()
    rate: Rate | None = None
    allowance: Allowance | None = None
    docs_url: str = ""
    # What a person does at the service and here to connect it, one sentence or two each, in order.
    steps: tuple[str | Promise, ...] = ()
    # Called in the transaction that saves a connected connection (a messenger makes its channel there).
    on_connected: Callable[["Connection"], object] = field(default=_nothing)
    # Called after each check that found it well (a messenger has its templates fetched anew): rows only.
    on_checked: Callable[["Connection"], object] = field(default=_nothing)


class Connector(Protocol):
    """The module itself is the connector. Besides, it may offer

    - `card_facts(connection) -> list[Fact]`: what its card shows, without asking anybody;
    - `install(opened)`: tells the service what it must know once a person has connected it (where to send its
      webhooks). Raises `core.errors`; runs again with every change of settings;
    - `upkeep(opened) -> Tended`: keeps the connection alive: renews what ends, puts right what the service
      has dropped. Idempotent; raises `core.errors`. Runs every `UPKEEP_EVERY` (a day, where none is
      declared), and sooner after it failed; one process at a time;
    - `TOKEN_DEPENDS_ON`: the settings, by name, that the token in `integrations.tokens` belongs to (all).
    """

    SPEC: ClassVar[Spec]
    Config: ClassVar[type[ConnectorConfig]]

    def check(self, opened: "Opened[Any]") -> Account:
        """One cheap authenticated request that names the account. Raises `core.errors`."""
        ...
