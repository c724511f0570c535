"""Connected WhatsApp numbers and their signed events, for tests."""

from typing import Any

from django.test import Client
from model_bakery import baker

from apps.channels import resolving
from apps.channels.models import Channel
from apps.integrations.connecting import connect
from apps.integrations.opening import Opened, open_connection
from apps.tenants.models import Tenant
from tests.peers.whatsapp import ACCOUNT, APP_SECRET, NUMBER, TOKEN, VERIFY, signature


def make_number(*, tenant: Tenant | None = None, **values: Any) -> Channel:
    resolving.forget()
    tenant = tenant or baker.make(Tenant, slug=f"t{Tenant.objects.count()}", timezone="Europe/Moscow")
    given = {
        "phone_number_id": NUMBER,
        "business_account_id": ACCOUNT,
        "access_token": TOKEN,
        "app_secret": APP_SECRET,
        "webhook_verify_token": VERIFY,
    }
    connection = connect(tenant=tenant, connector="whatsapp", values=given | values)
    return Channel.objects.select_related("connection", "tenant").get(connection=connection)


def opened(channel: Channel) -> Opened[Any]:
    return open_connection(channel.connection)


def post(path: str, body: bytes, *, secret: str | None = APP_SECRET) -> Any:
    headers = {} if secret is None else {"X-Hub-Signature-256": signature(body, secret)}
    client = Client(raise_request_exception=False)
    return client.post(path, body, content_type="application/json", headers=headers)


def shake(path: str, token: str = VERIFY, mode: str = "subscribe") -> Any:
    query = {"hub.mode": mode, "hub.verify_token": token, "hub.challenge": "1158201444"}
    return Client(raise_request_exception=False).get(path, query)
