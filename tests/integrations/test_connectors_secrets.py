"""What must not get out of any connector."""

import logging

import pytest
import structlog
from django.test import Client
from django.urls import reverse
from structlog.testing import LogCapture

from apps.integrations import registry
from apps.integrations.checking import check_connection
from apps.integrations.contract import Fact
from apps.integrations.models import Connection
from apps.integrations.opening import open_connection
from apps.tenants.models import Tenant
from tests.integrations.contract import AnyPath, connected, each_way, every, example, secrets_of, service
from tests.peers.server import Reply

__all__ = ["service"]


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
