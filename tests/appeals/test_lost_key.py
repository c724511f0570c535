"""A connection whose secrets no key opens any more: what needs none of them goes on."""

from collections.abc import Callable
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from apps.appeals.models import Conversation, Identity
from apps.channels.models import Channel, InboundEvent
from apps.channels.receiving import store_event
from apps.core.secrets import Undecryptable
from apps.integrations.connecting import connect
from apps.integrations.models import ActionLog, Connection
from apps.tenants.models import Tenant


@pytest.fixture
def bot(shop: Tenant, settings: Any) -> Channel:
    """Connected under a key that is lost since."""
    known = settings.CREDENTIALS_KEYS
    settings.CREDENTIALS_KEYS = [Fernet.generate_key().decode()]
    values = {"bot_token": "123456789:AAabcdefghijklmnopqrstuvwxyz0123456", "webhook_secret": "s3cret-of-it"}
    connection = connect(tenant=shop, connector="telegram", key="bot", name="The lost bot", values=values)
    settings.CREDENTIALS_KEYS = known
    with pytest.raises(Undecryptable):
        dict(Connection.objects.get(pk=connection.pk).secrets)
    return Channel.objects.get(connection=connection)


@pytest.fixture
def admin(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    return client


def shown(client: Client, name: str, *arguments: object) -> str:
    answer = client.get(reverse(name, args=arguments))
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_lists_of_channels_connections_and_requests_show_it(admin: Client, bot: Channel) -> None:
    ActionLog.objects.create(
        tenant=bot.tenant, connection=bot.connection, method="GET", host="a", path="/", milliseconds=1
    )
    for name in ("channels_channel_changelist", "integrations_cards", "integrations_actionlog_changelist"):
        assert "The lost bot" in shown(admin, f"admin:{name}")


def test_what_came_in_through_it_can_be_looked_at(admin: Client, bot: Channel) -> None:
    event = store_event(connector="telegram", channel=bot, body=b'{"update_id": 7}', proof={})
    assert "update_id" in shown(admin, "admin:channels_inboundevent_change", event)
    assert str(event) in shown(admin, "admin:channels_inboundevent_changelist")
    assert InboundEvent.objects.select_related("channel__connection").get().channel == bot


def test_the_desk_shows_its_conversations_beside_the_others(
    desk: Client, bot: Channel, routed: Callable[..., Conversation]
) -> None:
    of_the_chat = routed("Здравствуйте!")
    identity = Identity.objects.create(
        tenant=bot.tenant, contact=of_the_chat.contact, channel=bot, external_user_id="42"
    )
    Conversation.objects.create(
        identity=identity,
        tenant=bot.tenant,
        channel=bot,
        contact=of_the_chat.contact,
        external_chat_id="42",
        last_message_at=of_the_chat.last_message_at,
    )
    assert "The lost bot" in shown(desk, "desk")
