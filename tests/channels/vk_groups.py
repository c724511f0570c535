"""Connected VK communities and their events, for tests."""

import json
from pathlib import Path
from typing import Any

from model_bakery import baker

from apps.channels import resolving
from apps.channels.models import Channel
from apps.integrations.connecting import connect
from apps.tenants.models import Tenant
from tests.peers.vk import GROUP, TOKEN

SECRET = "a-secret-of-the-webhook"
EVENTS = Path(__file__).parent / "fixtures" / "vk"
NAMES = sorted(path.stem for path in EVENTS.glob("*.json"))


def event(name: str) -> bytes:
    return (EVENTS / f"{name}.json").read_bytes()


def changed(name: str, **fields: Any) -> bytes:
    """The message of a fixture with other fields."""
    body = json.loads(event(name))
    (body["object"].get("message") or body["object"]).update(fields)
    return json.dumps(body).encode()


def make_group(*, tenant: Tenant | None = None, token: str = TOKEN, **values: Any) -> Channel:
    resolving.forget()
    tenant = tenant or baker.make(Tenant, slug=f"t{Tenant.objects.count()}", timezone="Europe/Moscow")
    given = {"group_id": str(GROUP), "access_token": token, "secret_key": SECRET, **values}
    connection = connect(tenant=tenant, connector="vk", values=given)
    return Channel.objects.select_related("connection", "tenant").get(connection=connection)
