"""Connected Telegram bots and their updates, for tests."""

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
from tests.peers.telegram import TOKEN

SECRET = "a-secret-of-the-webhook"
UPDATES = Path(__file__).parent / "fixtures" / "telegram"


def update(name: str) -> bytes:
    return (UPDATES / f"{name}.json").read_bytes()


def changed(name: str, **fields: Any) -> bytes:
    """The message of a fixture with other fields."""
    body = json.loads(update(name))
    body["message"].update(fields)
    return json.dumps(body).encode()


def make_bot(
    *, tenant: Tenant | None = None, secret: str = SECRET, token: str = TOKEN, **values: Any
) -> Channel:
    """`secret` "" makes a bot whose webhook was set without one."""
    resolving.forget()
    tenant = tenant or baker.make(Tenant, slug=f"t{Tenant.objects.count()}", timezone="Europe/Moscow")
    connection = connect(
        tenant=tenant, connector="telegram", values={"bot_token": token, "webhook_secret": secret, **values}
    )
    if not secret:
        connection.secrets = {"bot_token": token}
        connection.save()
        connection.channel.secret_digest = ""
        connection.channel.save()
    return Channel.objects.select_related("connection", "tenant").get(connection=connection)


def opened(channel: Channel) -> Opened[Any]:
    return open_connection(channel.connection)


def post(path: str, body: bytes | str, *, secret: str | None = SECRET, **extra: Any) -> Any:
    headers = {} if secret is None else {"X-Telegram-Bot-Api-Secret-Token": secret}
    return Client(raise_request_exception=False).post(
        path, body, content_type="application/json", headers=headers, **extra
    )
