"""Numbers connected through each of the other providers, and their proven events, for tests."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.test import Client
from model_bakery import baker

from apps.channels import resolving
from apps.channels.models import Channel
from apps.integrations.connecting import connect
from apps.integrations.opening import Opened, open_connection
from apps.tenants.models import Tenant
from tests.peers import bird, green_api, twilio
from tests.peers.server import Peer

FIXTURES = Path(__file__).parent / "fixtures"
SHARED = "/webhook/whatsapp/incoming"
IVAN = "79009876543"
FORM = "application/x-www-form-urlencoded"
Sign = Callable[[str, bytes, str], dict[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """`sign` makes the headers of an event, from its address, its body and a secret."""

    name: str
    folder: str
    peer: Callable[[], Peer]
    values: Mapping[str, Any]
    secret: str
    secrets: tuple[str, ...]
    sign: Sign
    check: str
    send: str
    content_type: str = "application/json"

    def event(self, name: str, **fields: Any) -> bytes:
        """A fixture's body; `fields` replace those of its outermost object, or of Bird's payload."""
        found = json.loads((FIXTURES / self.folder / f"{name}.json").read_text())
        (found["payload"] if self.name == "messagebird" else found).update(fields)
        if self.name == "twilio":
            return urlencode(found).encode()
        return json.dumps(found, ensure_ascii=False).encode()

    def names(self) -> list[str]:
        return sorted(path.stem for path in (FIXTURES / self.folder).glob("*.json"))

    def post(self, path: str, body: bytes, *, secret: str | None = None, signed_for: str = "") -> Any:
        """`secret`: the right one when None; «-» sends no proof at all."""
        address = f"{settings.PUBLIC_URL}{signed_for or path}"
        proof = {} if secret == "-" else self.sign(address, body, secret or self.secret)
        client = Client(raise_request_exception=False)
        return client.post(path, body, content_type=self.content_type, headers=proof)

    def make(self, *, tenant: Tenant | None = None, **values: Any) -> Channel:
        resolving.forget()
        tenant = tenant or baker.make(Tenant, slug=f"t{Tenant.objects.count()}", timezone="Europe/Moscow")
        given = {"provider": self.name, **self.values, **values}
        connection = connect(tenant=tenant, connector="whatsapp", values=given)
        return Channel.objects.select_related("connection", "tenant").get(connection=connection)


def opened(channel: Channel) -> Opened[Any]:
    return open_connection(channel.connection)


def _sign_twilio(url: str, body: bytes, secret: str) -> dict[str, str]:
    return {"X-Twilio-Signature": twilio.signature(url, body, secret)}


def _sign_bird(url: str, body: bytes, secret: str) -> dict[str, str]:
    at = str(int(time.time()))
    return {
        "MessageBird-Signature": bird.signature(url, body, at, secret),
        "MessageBird-Request-Timestamp": at,
    }


TWILIO = Provider(
    name="twilio",
    folder="whatsapp_twilio",
    peer=twilio.TwilioPeer,
    values={
        "twilio_account_sid": twilio.ACCOUNT,
        "twilio_auth_token": twilio.TOKEN,
        "twilio_number": twilio.NUMBER,
    },
    secret=twilio.TOKEN,
    secrets=(twilio.TOKEN,),
    sign=_sign_twilio,
    check=twilio.CHECK,
    send=twilio.SEND,
    content_type=FORM,
)
BIRD = Provider(
    name="messagebird",
    folder="whatsapp_bird",
    peer=bird.BirdPeer,
    values={
        "bird_access_key": bird.KEY,
        "bird_workspace_id": bird.WORKSPACE,
        "bird_channel_id": bird.CHANNEL,
        "bird_signing_key": bird.SIGNING,
    },
    secret=bird.SIGNING,
    secrets=(bird.KEY, bird.SIGNING),
    sign=_sign_bird,
    check=bird.CHECK,
    send=bird.SEND,
)
GREEN = Provider(
    name="green_api",
    folder="whatsapp_green",
    peer=green_api.GreenApiPeer,
    values={
        "green_instance_id": green_api.INSTANCE,
        "green_api_token": green_api.TOKEN,
        "green_webhook_token": green_api.HOOK_TOKEN,
    },
    secret=green_api.HOOK_TOKEN,
    secrets=(green_api.TOKEN, green_api.HOOK_TOKEN),
    sign=lambda _url, _body, secret: {"Authorization": f"Bearer {secret}"},
    check=green_api.STATE,
    send=green_api.SEND,
)
ALL = (TWILIO, BIRD, GREEN)
