"""One shop with a web chat, and clients who write to it through the real door."""

import json
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from apps.appeals.models import Conversation
from apps.channels.models import Channel
from apps.integrations.connecting import connect
from apps.tenants.membership import add_member
from apps.tenants.models import Member, Role, Tenant
from tests.channels.bots import make_bot, post, update
from tests.peers.telegram import TelegramPeer
from tests.work import close_windows, drain


@pytest.fixture
def shop(db: None) -> Tenant:
    return Tenant.objects.create(slug="shop", name="Мастерская")


@pytest.fixture
def chat(shop: Tenant) -> Channel:
    connection = connect(tenant=shop, connector="webchat", key="site", name="Сайт", values={})
    return Channel.objects.get(connection=connection)


@pytest.fixture
def anna(shop: Tenant) -> Member:
    return add_member(tenant=shop, username="anna", password="pass-word-1", role=Role.OPERATOR, name="Анна")


@pytest.fixture
def desk(anna: Member) -> Client:
    client = Client()
    client.force_login(User.objects.get(username="anna"))
    return client


@pytest.fixture
def visit(chat: Channel, client: Client) -> Callable[..., str]:
    """A client writes in the site's chat; returns the token of their browser."""

    def write(text: str, *, token: str = "", key: uuid.UUID | None = None) -> str:
        answer = client.post(
            f"/chat/{chat.public_id}/messages",
            json.dumps({"key": str(key or uuid.uuid4()), "text": text}),
            content_type="application/json",
            headers={"X-Chat-Token": token} if token else {},
        )
        assert answer.status_code == 200, answer.content
        said: dict[str, Any] = answer.json()
        return str(said.get("token") or token)

    return write


@pytest.fixture
def routed(visit: Callable[..., str]) -> Callable[..., Conversation]:
    """A client wrote, the window closed, the appeal is there."""

    def go(*texts: str) -> Conversation:
        token = ""
        for text in texts:
            token = visit(text, token=token)
        drain()
        close_windows()
        drain()
        return Conversation.objects.latest("pk")

    return go


@pytest.fixture
def bot_peer(settings: Any, tmp_path: Path) -> Iterator[TelegramPeer]:
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    settings.MEDIA_ROOT = tmp_path
    with TelegramPeer() as peer:
        yield peer


@pytest.fixture
def bot(shop: Tenant, bot_peer: TelegramPeer) -> Channel:
    return make_bot(tenant=shop, base_url=bot_peer.url)


@pytest.fixture
def arrive(bot: Channel) -> Callable[..., None]:
    """An update comes in by the bot's webhook and is read."""

    def take(name: str, **fields: Any) -> None:
        """One of the fixtures, its message (or edit, or membership) with other fields."""
        body = json.loads(update(name))
        next(part for part in body.values() if isinstance(part, dict)).update(fields)
        assert post(f"/webhook/telegram/{bot.public_id}", json.dumps(body)).status_code == 200
        drain()

    return take


@pytest.fixture
def page(desk: Client) -> Callable[[Conversation], str]:
    """The conversation's page as the operator sees it."""

    def show(conversation: Conversation) -> str:
        answer = desk.get(f"/admin/desk/{conversation.pk}/")
        assert answer.status_code == 200
        return answer.content.decode()

    return show
