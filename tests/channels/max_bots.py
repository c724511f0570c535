"""Connected MAX bots and their updates, for tests."""

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
from tests.peers.max import TOKEN

SECRET = "a-secret_of-the-webhook"
UPDATES = Path(__file__).parent / "fixtures" / "max"
NAMES = sorted(path.stem for path in UPDATES.glob("*.json"))
CHAT, CLIENT = "512345678", "700000001"


def update(name: str) -> bytes:
    return (UPDATES / f"{name}.json").read_bytes()


def changed(name: str, **fields: Any) -> bytes:
    """An update with other fields in its message."""
    body = json.loads(update(name))
    body["message"].update(fields)
    return json.dumps(body).encode()


def saying(text: str) -> bytes:
    body = json.loads(update("text"))
    body["message"]["body"]["text"] = text
    return json.dumps(body).encode()


def attached(name: str, **fields: Any) -> bytes:
    """An update whose first attachment has other fields."""
    body = json.loads(update(name))
    body["message"]["body"]["attachments"][0].update(fields)
    return json.dumps(body).encode()


def make_bot(*, tenant: Tenant | None = None, token: str = TOKEN, **values: Any) -> Channel:
    resolving.forget()
    tenant = tenant or baker.make(Tenant, slug=f"t{Tenant.objects.count()}", timezone="Europe/Moscow")
    given = {"bot_token": token, "webhook_secret": SECRET, **values}
    connection = connect(tenant=tenant, connector="max", values=given)
    return Channel.objects.select_related("connection", "tenant").get(connection=connection)


def opened(channel: Channel) -> Opened[Any]:
    return open_connection(channel.connection)


def post(path: str, body: bytes | str, *, secret: str | None = SECRET) -> Any:
    headers = {} if secret is None else {"X-Max-Bot-Api-Secret": secret}
    return Client(raise_request_exception=False).post(
        path, body, content_type="application/json", headers=headers
    )
