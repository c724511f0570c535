"""`manage.py backfill_messages` from VK and Avito, directly and by MCP, through the whole of the intake."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from apps.ai.models import ModelCall
from apps.appeals.models import Appeal, Author, Batch, Conversation, Message, Reading
from apps.channels.models import Backfill, Channel, InboundEvent, Outcome
from apps.core.models import State
from apps.integrations.connecting import connect
from apps.tenants.models import Tenant
from tests.appeals import histories
from tests.appeals.histories import CHAT, CLIENT, NOW, finish
from tests.channels import avito_servers, vk_groups
from tests.channels.test_avito_send import make_account
from tests.peers import avito_mcp
from tests.peers.anthropic import AnthropicPeer
from tests.peers.avito import AvitoPeer
from tests.peers.avito_mcp import AvitoMcpPeer
from tests.peers.vk import GROUP, VERSION, VkPeer
from tests.work import close_windows, drain

pytestmark = pytest.mark.django_db


@dataclass
class Service:
    """A client's chat there: `say` writes in it, `body` is how the service tells of a message itself."""

    channel: Channel
    peer: Any

    def hook(self, message: dict[str, Any]) -> None:
        slug = self.channel.connection.connector
        body = json.dumps(self.body(message))
        path = f"/webhook/{slug}/{self.channel.public_id}"
        assert Client().post(path, body, content_type="application/json").status_code == 200
        drain()

    def say(self, number: int, *, ago: timedelta, own: bool = False) -> dict[str, Any]:
        raise NotImplementedError

    def body(self, message: dict[str, Any]) -> dict[str, Any]:
        raise NotImplementedError


class Avito(Service):
    def say(self, number: int, *, ago: timedelta, own: bool = False) -> dict[str, Any]:
        return histories.say(self.peer, number, ago=ago, own=own)

    def hook(self, message: dict[str, Any]) -> None:
        histories.hook(self.channel, message)


class Mcp(Service):
    def say(self, number: int, *, ago: timedelta, own: bool = False) -> dict[str, Any]:
        author = int(avito_mcp.ACCOUNT) if own else CLIENT
        return histories.say(self.peer, number, ago=ago, own=own, author_id=author)

    def body(self, message: dict[str, Any]) -> dict[str, Any]:
        value = {**message, "chat_id": CHAT, "user_id": int(avito_mcp.ACCOUNT), "chat_type": "u2i"}
        own = value.pop("direction") == "out"
        return {
            "channel": "avito",
            "external_user_id": str(message["author_id"]),
            "external_chat_id": CHAT,
            "text": message["content"]["text"],
            "client_name": None if own else "Иван",
            "meta": {
                "external_message_id": message["id"],
                "user_id": int(avito_mcp.ACCOUNT),
                "raw": {"payload": {"type": "message", "value": value}},
            },
        }


class Vk(Service):
    def say(self, number: int, *, ago: timedelta, own: bool = False) -> dict[str, Any]:
        message = {
            "id": 1000 + number,
            "date": int((NOW - ago).timestamp()),
            "from_id": -GROUP if own else CLIENT,
            "peer_id": CLIENT,
            "conversation_message_id": number,
            "out": int(own),
            "text": f"слова {number}",
            "attachments": [],
            "fwd_messages": [],
        }
        self.peer.history.setdefault(CLIENT, []).insert(0, message)
        return message

    def body(self, message: dict[str, Any]) -> dict[str, Any]:
        own = message["out"] == 1
        return {
            "group_id": GROUP,
            "type": "message_reply" if own else "message_new",
            "event_id": f"e{message['id']:039d}",
            "v": VERSION,
            "secret": vk_groups.SECRET,
            "object": message if own else {"message": message, "client_info": {}},
        }


@pytest.fixture(params=["avito", "avito by mcp", "vk"])
def service(request: pytest.FixtureRequest, shop: Tenant, settings: Any, tmp_path: Path) -> Iterator[Service]:
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    settings.MEDIA_ROOT = tmp_path
    with ExitStack() as stack:
        if request.param == "avito":
            peer: Any = stack.enter_context(AvitoPeer())
            yield Avito(make_account(peer, tenant=shop), peer)
        elif request.param == "vk":
            peer = stack.enter_context(VkPeer())
            yield Vk(vk_groups.make_group(tenant=shop, base_url=peer.url), peer)
        else:
            peer = stack.enter_context(AvitoMcpPeer())
            yield Mcp(avito_servers.make_channel(tenant=shop, base_url=peer.url), peer)


@pytest.fixture
def claude(shop: Tenant, service: Service) -> Iterator[AnthropicPeer]:
    with AnthropicPeer() as peer:
        values = {"api_key": peer.key, "base_url": peer.url}
        connect(tenant=shop, connector="anthropic", key="claude", name="Claude", values=values)
        yield peer


def backfill(channel: Channel) -> Backfill:
    call_command("backfill_messages", f"--channel={channel.public_id}", "--since", "2020-01-31")
    row = Backfill.objects.latest("pk")
    finish(row)
    close_windows()
    drain()
    row.refresh_from_db()
    return row


def test_older_words_stand_behind_newer_ones_not_doubled_read_by_no_ai_and_waited_for_by_nobody(
    service: Service, claude: AnthropicPeer
) -> None:
    service.say(1, ago=timedelta(days=40))
    service.say(2, ago=timedelta(days=39), own=True)
    service.hook(service.say(3, ago=timedelta(hours=2)))
    close_windows()
    drain()
    before, conversation = len(claude.requests), Conversation.objects.get()
    assert before > 0
    row = backfill(service.channel)

    assert (row.state, row.found, row.finished_at is not None) == (State.DONE, 3, True)
    stored = [(one.text, one.author, one.is_history) for one in Message.objects.order_by("sent_at")]
    assert stored == [
        ("слова 1", Author.CLIENT, True),
        ("слова 2", Author.OPERATOR, True),
        ("слова 3", Author.CLIENT, False),
    ]
    now = Conversation.objects.get()
    assert now.waiting_since == conversation.waiting_since
    assert now.last_message_at == conversation.last_message_at
    (batch,) = Batch.objects.all()
    assert [message.text for message in batch.messages.all()] == ["слова 3"]
    assert len(claude.requests) == before
    assert (Appeal.objects.count(), Reading.objects.count()) == (1, 1)
    assert row.events.filter(outcome=Outcome.DUPLICATE).count() == 1


def test_what_came_by_webhook_is_there_once_whichever_side_wrote_it(service: Service) -> None:
    for number, own in ((1, False), (2, True), (3, False)):
        service.hook(service.say(number, ago=timedelta(hours=9 - number), own=own))
    row = backfill(service.channel)
    assert sorted(Message.objects.values_list("text", flat=True)) == ["слова 1", "слова 2", "слова 3"]
    assert list(row.events.values_list("outcome", flat=True)) == [Outcome.DUPLICATE] * 3
    row = backfill(service.channel)
    assert (row.stored, Message.objects.count()) == (0, 3)
    assert not InboundEvent.objects.exclude(state=State.DONE).exists()


def test_an_old_answered_conversation_alarms_nobody(service: Service, claude: AnthropicPeer) -> None:
    service.say(1, ago=timedelta(days=40))
    service.say(2, ago=timedelta(days=39), own=True)
    service.say(3, ago=timedelta(days=38))
    backfill(service.channel)
    assert Conversation.objects.get().waiting_since is None
    counts = [model.objects.count() for model in (Message, Batch, Appeal, Reading, ModelCall)]
    assert counts == [3, 0, 0, 0, 0]
    assert claude.requests == []


def test_a_client_who_writes_after_it_is_waited_for_as_ever(service: Service) -> None:
    service.say(1, ago=timedelta(days=40))
    backfill(service.channel)
    service.hook(service.say(2, ago=timedelta(minutes=1)))
    assert Conversation.objects.get().waiting_since is not None
    assert Batch.objects.get().messages.get().text == "слова 2"
