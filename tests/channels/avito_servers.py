"""A connected Avito through an MCP server and its messages, for tests."""

import json
from pathlib import Path
from typing import Any

from django.test import Client
from model_bakery import baker

from apps.channels import resolving
from apps.channels.models import Channel
from apps.integrations.connecting import connect
from apps.integrations.opening import Opened, open_connection
from apps.tenants.models import Tenant
from tests.peers.avito_mcp import ACCOUNT, KEY

SECRET = "a-secret-of-the-mcp-webhook"
BODIES = Path(__file__).parent / "fixtures" / "avito_normalised"


def body(name: str) -> Any:
    return json.loads((BODIES / f"{name}.json").read_bytes())


def encoded(found: Any) -> bytes:
    return json.dumps(found, ensure_ascii=False).encode()


def make_channel(*, tenant: Tenant | None = None, base_url: str, **values: Any) -> Channel:
    resolving.forget()
    tenant = tenant or baker.make(Tenant, slug=f"t{Tenant.objects.count()}", timezone="Europe/Moscow")
    given = {
        "transport": "mcp",
        "api_key": KEY,
        "webhook_secret": SECRET,
        "user_id": ACCOUNT,
        "base_url": base_url,
        **values,
    }
    connection = connect(tenant=tenant, connector="avito", values=given)
    return Channel.objects.select_related("connection", "tenant").get(connection=connection)


def opened(channel: Channel) -> Opened[Any]:
    return open_connection(channel.connection)


def post(path: str, found: Any, *, secret: str | None = None) -> Any:
    headers = {} if secret is None else {"X-Webhook-Secret": secret}
    return Client(raise_request_exception=False).post(
        path, encoded(found), content_type="application/json", headers=headers
    )
