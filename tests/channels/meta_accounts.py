"""Connected accounts of Instagram and Messenger, and what Meta posts to them, for tests."""

import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

from django.test import Client
from django.utils import timezone
from model_bakery import baker

from apps.channels import resolving
from apps.channels.models import Channel
from apps.integrations.connecting import connect
from apps.integrations.opening import Opened, open_connection
from apps.tenants.models import Tenant
from tests.peers import instagram, messenger
from tests.peers.meta import TOKEN

SECRET = "an-app-secret"
FIXTURES = Path(__file__).parent / "fixtures"
IDS: dict[str, dict[str, str]] = {
    "instagram": {"instagram_account_id": instagram.ACCOUNT, "page_id": instagram.PAGE},
    "messenger": {"page_id": messenger.PAGE},
}


def body_of(slug: str, name: str, **fields: Any) -> bytes:
    """A fixture; `fields` change its only event's value: its message, reaction, watermark …"""
    content = (FIXTURES / slug / f"{name}.json").read_bytes()
    if not fields:
        return content
    body = json.loads(content)
    (event,) = body["entry"][0]["messaging"]
    kind = next(name for name in event if name not in ("sender", "recipient", "timestamp"))
    event[kind].update(fields)
    return json.dumps(body).encode()


def fresh(slug: str, name: str, **fields: Any) -> bytes:
    """The same, as if it happened this moment: windows count from when the client wrote."""
    body = json.loads(body_of(slug, name, **fields))
    body["entry"][0]["messaging"][0]["timestamp"] = round(timezone.now().timestamp() * 1000)
    return json.dumps(body, ensure_ascii=False).encode()


def make_account(slug: str, *, tenant: Tenant | None = None, **values: Any) -> Channel:
    resolving.forget()
    tenant = tenant or baker.make(Tenant, slug=f"t{Tenant.objects.count()}", timezone="Europe/Moscow")
    given = {"access_token": TOKEN, "app_secret": SECRET, **IDS[slug], **values}
    connection = connect(tenant=tenant, connector=slug, key=f"{slug}-{tenant.slug}", values=given)
    return Channel.objects.select_related("connection", "tenant").get(connection=connection)


def opened(channel: Channel) -> Opened[Any]:
    return open_connection(channel.connection)


def signed(body: bytes, secret: str = SECRET) -> str:
    return f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"


def post(path: str, body: bytes, *, signature: str | None = "") -> Any:
    """Signed rightly unless told otherwise; None: not at all."""
    headers = {} if signature is None else {"X-Hub-Signature-256": signature or signed(body)}
    return Client(raise_request_exception=False).post(
        path, body, content_type="application/json", headers=headers
    )
