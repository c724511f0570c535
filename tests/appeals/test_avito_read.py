"""Avito, directly and through an MCP server: a client writes, is answered, and reads the answer."""

import json
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.appeals.models import Appeal, Conversation
from apps.channels.models import Channel, Delivery, InboundEvent, ReadCheck
from apps.core.models import State
from apps.tenants.models import Tenant
from tests.channels import avito_servers
from tests.channels.test_avito_parse import hook
from tests.channels.test_avito_send import make_account
from tests.peers.avito import ACCOUNT, AvitoPeer
from tests.peers.avito_mcp import AvitoMcpPeer
from tests.work import close_windows, drain

pytestmark = pytest.mark.django_db

Page = Callable[[Conversation], str]
NOW = timezone.now().replace(microsecond=0)


@pytest.fixture(params=["direct", "mcp"])
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def peer(way: str, settings: Any, tmp_path: Path) -> Iterator[Any]:
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    settings.MEDIA_ROOT = tmp_path
    with AvitoPeer() if way == "direct" else AvitoMcpPeer() as peer:
        yield peer


@pytest.fixture
def channel(way: str, shop: Tenant, peer: Any) -> Channel:
    if way == "direct":
        return make_account(peer, tenant=shop)
    return avito_servers.make_channel(tenant=shop, base_url=peer.url)


def client_writes(channel: Channel, way: str) -> None:
    body = hook("text") if way == "direct" else json.dumps(avito_servers.body("text")).encode()
    answer = Client().post(f"/webhook/avito/{channel.public_id}", body, content_type="application/json")
    assert answer.status_code == 200
    drain()
    close_windows()
    drain()


def at_avito(peer: Any, delivery: Delivery, *, read: datetime | None) -> None:
    row = {
        "id": delivery.external_message_id,
        "author_id": ACCOUNT,
        "created": int(NOW.timestamp()),
        "direction": "out",
        "type": "text",
        "content": {"text": delivery.text},
        "is_read": True,
        "read": int(read.timestamp()) if read else None,
    }
    peer.messages[delivery.external_chat_id] = [row]


def some_time_later() -> None:
    ReadCheck.objects.filter(state=State.QUEUED).update(due_at=timezone.now())
    drain()


def test_the_operator_sees_when_the_client_has_read_the_answer(
    channel: Channel, peer: Any, way: str, desk: Client, page: Page
) -> None:
    client_writes(channel, way)
    conversation = Conversation.objects.get()
    assert Appeal.objects.get().conversation == conversation
    data = {"text": "3500 рублей, приезжайте", "key": str(uuid.uuid4())}
    desk.post(f"/admin/desk/{conversation.pk}/answer/", data)
    drain()
    delivery = Delivery.objects.get()
    assert delivery.reached == "sent"

    at_avito(peer, delivery, read=None)
    some_time_later()
    assert Delivery.objects.get().reached == "sent"
    unread = page(conversation)

    at_avito(peer, delivery, read=NOW - timedelta(seconds=5))
    some_time_later()
    delivery.refresh_from_db()
    assert (delivery.reached, delivery.read_at) == ("read", NOW - timedelta(seconds=5))
    assert "прочитано" in page(conversation)
    assert "прочитано" not in unread
    assert ReadCheck.objects.get().state == State.DONE
    assert InboundEvent.objects.count() == 1
