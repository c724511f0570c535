"""Every connector of the registry, connected with values that its own settings name, for tests."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from apps.core.errors import OutsideError
from apps.integrations import registry
from apps.integrations.connecting import connect, errors_in
from apps.integrations.contract import Category, Connect
from apps.integrations.fields import settings_of
from apps.integrations.models import Connection
from apps.integrations.opening import open_connection
from apps.tenants.models import Tenant
from tests.peers import fcm
from tests.peers.exchange import Received
from tests.peers.server import Peer, Reply

SLUGS = list(registry.connectors())


# What such a word names is a secret wherever it is stored.
SECRET_WORDS = re.compile(r"(^|_)(secret|token|password|passwd|key|credentials?|pin)($|_)")


# Says how a secret is sent or where it is found, and holds none.
NOT_SECRET = re.compile(r"(_url|_header|_id|_name|_tokens|max_tokens)$|^key_")


# The first is ours; the second is also what all its kind are called, so that its name is everywhere.
OUR_OWN = {"webchat", "messenger"}


def ways(slug: str) -> list[str]:
    """The choices of a setting that says how the service is reached: each is another client, tested alike."""
    extras = {
        name: info.json_schema_extra for name, info in registry.connector(slug).Config.model_fields.items()
    }
    chosen = {name for name, extra in extras.items() if isinstance(extra, dict) and extra.get("variants")}
    settings = (one for one in settings_of(registry.connector(slug).Config) if one.name in chosen)
    return [f"{setting.name}={value}" for setting in settings for value, _label in setting.choices] or [""]


UNASKED = [slug for slug in SLUGS if registry.connector(slug).SPEC.connect is Connect.NONE]


asked = pytest.mark.parametrize("slug", [slug for slug in SLUGS if slug not in UNASKED])


each_way = pytest.mark.parametrize(
    ("slug", "way"), [(slug, way) for slug in SLUGS if slug not in UNASKED for way in ways(slug)]
)


unasked = pytest.mark.parametrize("slug", UNASKED)


every = pytest.mark.parametrize("slug", SLUGS)


TENDED = [slug for slug in SLUGS if hasattr(registry.connector(slug), "upkeep")]


tended = pytest.mark.parametrize("slug", TENDED)


MESSENGERS = [slug for slug in SLUGS if registry.connector(slug).SPEC.category is Category.MESSENGER]


messenger = pytest.mark.parametrize("slug", MESSENGERS)


# What no fixed text can stand for: a key pair of this run. By the setting, given the service's address.
MADE_UP: dict[str, Callable[[str], str]] = {"service_account_json": fcm.service_account}


class AnyPath(Peer):
    """Plays a service of which only the manner of its refusal matters: every path answers alike."""

    def __init__(self) -> None:
        super().__init__()
        self.reply: Callable[[Received], Reply] = lambda _request: Reply(status=503)

    def answer(self, request: Received) -> Reply:
        self.requests.append(request)
        return self.reply(request)


def refusal(status: int) -> Reply:
    """A refusal in the usual vendors' shapes at once: some tell their own answers by the body."""
    words = {"code": None, "type": "refused", "message": "refused"}
    body = {"ok": False, "error_code": status, "description": "refused", "type": "error", "error": words}
    if status != 429:
        return Reply(status=status, json=body)
    return Reply(status=status, json=body | {"parameters": {"retry_after": 7}}, headers={"Retry-After": "7"})


@pytest.fixture
def service() -> Iterator[AnyPath]:
    with AnyPath() as peer:
        yield peer


def example(slug: str, *, base_url: str = "", way: str = "") -> dict[str, Any]:
    """Values for all that a Config asks for: its own examples, or what the type alone allows."""
    chosen, _is, value = way.partition("=")
    values: dict[str, Any] = {chosen: value} if way else {}
    settings = settings_of(registry.connector(slug).Config)
    given = {one.name: one.default for one in settings} | values
    known = {setting.name: setting for setting in settings}
    for setting in settings:
        if setting.name in MADE_UP:
            values[setting.name] = MADE_UP[setting.name](base_url or "https://example.com")
        elif setting.is_secret and not setting.generated:
            values[setting.name] = setting.example or f"Aa{setting.name.replace('_', '')}Zz98765"
        elif setting.required or (setting.needed and setting.only_for.items() <= given.items()):
            values[setting.name] = setting.example or (setting.choices[0][0] if setting.choices else "12345")
    if base_url:
        values["base_url"] = base_url
    missing = errors_in(connector=slug, connection=None, values=values)
    return values | {name: known[name].example for name in missing if known[name].example}


def connected(slug: str, tenant: Tenant, **where: str) -> Connection:
    return connect(tenant=tenant, connector=slug, values=example(slug, **where))


def secrets_of(connection: Connection) -> list[str]:
    assert all(len(value) > 8 for value in connection.secrets.values())
    return list(connection.secrets.values())


def failure(connection: Connection, *, within: float = 5.0) -> OutsideError:
    with pytest.raises(OutsideError) as raised:
        registry.connector(connection.connector).check(open_connection(connection, within=within))
    return raised.value
