"""What every connector must hold to, those written tomorrow included: the suite runs over the registry."""

import builtins
import logging
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import structlog
from django.conf import settings as django_settings
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse
from django.utils import translation
from django.utils.functional import Promise
from pydantic import SecretStr
from structlog.testing import LogCapture

from apps.core.errors import AuthFailed, ConfigInvalid, OutsideError, RateLimited, Rejected, Transient
from apps.integrations import registry
from apps.integrations.checking import check_connection
from apps.integrations.connecting import connect, errors_in
from apps.integrations.contract import Account, Category, Connect, ConnectorConfig, Fact, Spec, Tended
from apps.integrations.fields import settings_of
from apps.integrations.models import Connection
from apps.integrations.opening import open_connection
from apps.tenants.models import Tenant
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
        if setting.is_secret and not setting.generated:
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


# What it declares


@every
def test_its_spec_is_whole(slug: str) -> None:
    module = registry.connector(slug)
    spec = module.SPEC
    assert isinstance(spec, Spec)
    assert spec.slug == slug == module.__name__.rpartition(".")[2]
    assert re.fullmatch(r"[a-z][a-z0-9_]*", slug)
    assert isinstance(spec.category, Category)
    assert isinstance(spec.connect, Connect)
    assert issubclass(module.Config, ConnectorConfig)
    assert module.Config.model_config.get("extra") == "forbid"
    assert callable(module.check)
    assert not spec.docs_url or spec.docs_url.startswith("https://")


@every
def test_it_says_what_it_does_in_russian_and_english(slug: str) -> None:
    spec = registry.connector(slug).SPEC
    assert isinstance(spec.description, Promise), "wrap it in gettext_lazy"
    with translation.override("en"):
        english = str(spec.description)
    with translation.override("ru"):
        russian = str(spec.description)
    assert english
    assert re.search("[а-яё]", russian), "no Russian in locale/ru"


@messenger
def test_a_messenger_tells_step_by_step_how_it_is_set_up(slug: str) -> None:
    steps = registry.connector(slug).SPEC.steps
    assert len(steps) >= 2
    for step in steps:
        assert isinstance(step, Promise), "wrap it in gettext_lazy"
        with translation.override("en"):
            english = str(step)
        with translation.override("ru"):
            russian = str(step)
        assert english.endswith((".", "….")), english
        assert russian != english, "no Russian in locale/ru"
        assert not re.search("[а-яё]", re.sub("«[^»]*»", "", english))


@every
def test_its_icon_is_there(slug: str) -> None:
    icon = registry.connector(slug).SPEC.icon
    path = finders.find(icon)
    assert path, f"static/{icon} is missing"
    drawing = Path(path).read_text()
    assert "<svg" in drawing
    assert "<script" not in drawing
    assert "href=" not in drawing


@every
def test_every_setting_has_a_title(slug: str) -> None:
    untitled = [name for name, info in registry.connector(slug).Config.model_fields.items() if not info.title]
    assert not untitled


@every
def test_what_sounds_like_a_secret_is_one(slug: str) -> None:
    open_ones = [
        setting.name
        for setting in settings_of(registry.connector(slug).Config)
        if SECRET_WORDS.search(setting.name) and not NOT_SECRET.search(setting.name) and not setting.is_secret
    ]
    assert not open_ones, "declare them as SecretStr"


@every
def test_no_secret_hides_inside_another_setting(slug: str) -> None:
    for setting in settings_of(registry.connector(slug).Config):
        annotation = registry.connector(slug).Config.model_fields[setting.name].annotation
        assert setting.is_secret or SecretStr.__name__ not in repr(annotation), setting.name


@asked
def test_its_address_can_be_changed_and_is_the_vendors_by_default(slug: str) -> None:
    field = registry.connector(slug).Config.model_fields.get("base_url")
    assert field is not None, "every service has a base_url"
    assert field.is_required() or urlsplit(field.default).scheme == "https"


# How its check fails


@each_way
@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (refusal(401), AuthFailed),
        (refusal(403), (ConfigInvalid, Rejected)),
        (refusal(429), RateLimited),
        (refusal(503), Transient),
        (Reply(hang=True), Transient),
        (Reply(close=True), Transient),
    ],
    ids=["401", "403", "429", "503", "hangs", "hangs up"],
)
def test_its_check_tells_failures_apart(
    slug: str, way: str, reply: Reply, kind: Any, tenant: Tenant, service: AnyPath
) -> None:
    service.reply = lambda _request: reply
    connection = connected(slug, tenant, base_url=service.url, way=way)
    error = failure(connection, within=0.5 if reply.hang else 5.0)
    assert isinstance(error, kind)
    assert service.requests, "nobody was asked"
    if isinstance(error, RateLimited):
        assert error.after == timedelta(seconds=7)


@each_way
def test_a_site_that_is_not_the_service_is_not_taken_for_it(
    slug: str, way: str, tenant: Tenant, service: AnyPath
) -> None:
    service.reply = lambda _request: Reply(
        body="<html>It works!</html>", headers={"Content-Type": "text/html"}
    )
    failure(connected(slug, tenant, base_url=service.url, way=way))


@each_way
@pytest.mark.parametrize("body", ["null", "[]", '"text"', "1", '{"ok": true}', '{"ok": true, "result": []}'])
def test_an_answer_of_another_shape_is_no_crash(
    slug: str, way: str, body: str, tenant: Tenant, service: AnyPath
) -> None:
    service.reply = lambda _request: Reply(body=body, headers={"Content-Type": "application/json"})
    connection = connected(slug, tenant, base_url=service.url, way=way)
    checked = check_connection(connection=connection, within=5.0)
    assert checked.error_code != "internal"


@unasked
def test_without_a_service_to_ask_the_check_names_an_account(slug: str, tenant: Tenant) -> None:
    account = registry.connector(slug).check(open_connection(connected(slug, tenant)))
    assert isinstance(account, Account)
    assert account.name


# How it is kept alive


@tended
@pytest.mark.parametrize(
    "reply",
    [
        *(refusal(status) for status in (200, 401, 403, 404, 429, 503)),
        Reply(close=True),
        Reply(body="<html>It works!</html>", headers={"Content-Type": "text/html"}),
        *(Reply(body=body, headers={"Content-Type": "application/json"}) for body in ("null", "[]", "1")),
    ],
    ids=lambda reply: reply.body or (reply.close and "hangs up") or reply.status,
)
def test_its_upkeep_is_no_crash_whatever_it_hears(
    slug: str, reply: Reply, tenant: Tenant, service: AnyPath
) -> None:
    service.reply = lambda _request: reply
    connection = connected(slug, tenant, base_url=service.url)
    try:
        done = registry.connector(slug).upkeep(open_connection(connection, within=5.0))
    except OutsideError:
        return
    assert isinstance(done, Tended)


@tended
def test_its_upkeep_runs_at_an_interval(slug: str) -> None:
    interval = getattr(registry.connector(slug), "UPKEEP_EVERY", timedelta(days=1))
    assert timedelta(minutes=10) <= interval <= timedelta(days=1)


# What must not get out


@each_way
@pytest.mark.parametrize("status", [200, 401, 404, 429, 500])
def test_no_secret_in_errors_pages_api_or_logs(
    slug: str,
    way: str,
    status: int,
    tenant: Tenant,
    boss: Client,
    service: AnyPath,
    caplog: pytest.LogCaptureFixture,
) -> None:
    # A service that repeats all it was sent, as some do in their errors.
    service.reply = lambda request: Reply(
        status=status,
        json={"description": f"{request.method} {request.path} {request.headers} {request.body!r}"},
    )
    connection = connected(slug, tenant, base_url=service.url, way=way)
    secrets = secrets_of(connection)
    shown = [_failing(connection), *_logged(connection, caplog)]
    change = reverse("admin:integrations_connection_change", args=[connection.pk])
    refused = (
        dict.fromkeys(example(slug, way=way), "\x00") | {"base_url": "nonsense"} | dict(connection.secrets)
    )
    for answer in (
        boss.get(reverse("admin:integrations_cards")),
        boss.get(change),
        boss.post(change, refused),
        boss.get(reverse("admin:integrations_disconnect", args=[connection.pk])),
        boss.get(reverse("admin:integrations_actionlog_changelist")),
        boss.get("/api/integrations"),
    ):
        assert answer.status_code == 200
        shown.append(answer.content.decode())
    assert service.requests
    leaked = [(secret, text[:300]) for text in shown for secret in secrets if secret in text]
    assert not leaked


def _failing(connection: Connection) -> str:
    """All that an exception brings along: its text, what caused it, what it came from."""
    try:
        registry.connector(connection.connector).check(open_connection(connection, within=5.0))
    except Exception as error:
        texts = []
        pending: list[BaseException | None] = [error]
        while pending:
            current = pending.pop()
            if current is None:
                continue
            texts.append(f"{current!r} {current} {current.__dict__}")
            pending += [current.__cause__, current.__context__]
        return "\n".join(texts)
    return ""


def _logged(connection: Connection, caplog: pytest.LogCaptureFixture) -> list[str]:
    capture = LogCapture()
    before = structlog.get_config()["processors"]
    structlog.configure(processors=[capture])
    try:
        with caplog.at_level(logging.DEBUG):
            check_connection(connection=connection, within=5.0)
    finally:
        structlog.configure(processors=before)
    return [str(entry) for entry in capture.entries] + [record.getMessage() for record in caplog.records]


@every
def test_its_card_shows_facts_and_no_secret(slug: str, tenant: Tenant, boss: Client) -> None:
    connection = connected(slug, tenant)
    offered = getattr(registry.connector(slug), "card_facts", None)
    facts = offered(Connection.objects.get(pk=connection.pk)) if offered else []
    assert all(isinstance(fact, Fact) for fact in facts)
    for fact, secret in ((fact, secret) for fact in facts for secret in connection.secrets.values()):
        assert secret not in fact.value
    page = boss.get(reverse("admin:integrations_cards")).content.decode()
    assert f'id="{slug}"' in page


# Where it lives


@pytest.mark.parametrize("slug", [slug for slug in SLUGS if slug not in OUR_OWN])
def test_no_services_name_outside_its_own_files(slug: str) -> None:
    """A new service is its own files: a name anywhere else is a list that somebody must remember."""
    root = Path(django_settings.BASE_DIR)
    if hasattr(builtins, slug):
        # Also a word of Python: only in quotes or in an import is it the service.
        name = re.compile(rf"""["'/]{re.escape(slug)}["'/]|connectors\.{re.escape(slug)}\b""")
    else:
        name = re.compile(rf"(?<![a-z]){re.escape(slug)}(?![a-z])", re.IGNORECASE)
    found = [
        f"{path.relative_to(root)}:{number}"
        for path in chain((root / "apps").rglob("*.py"))
        if not {"connectors", "migrations"} & set(path.relative_to(root).parts)
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if name.search(line)
    ]
    assert not found
