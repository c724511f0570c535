"""A WhatsApp number with approved templates, and campaigns that carry one."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from apps.appeals.campaigns.templating import Carried
from apps.appeals.models import Contact, Conversation
from apps.channels.models import Channel, KnownTemplate
from apps.channels.templates import template_of
from apps.integrations.checking import check_connection
from apps.tenants.membership import add_member
from apps.tenants.models import Role, Tenant
from tests.appeals.mailing import client_of
from tests.channels.test_templates import READY
from tests.peers.whatsapp import WhatsAppPeer, template
from tests.work import drain

LONG_AGO, TODAY = timedelta(days=5), timedelta(hours=3)
WORDS = {"header.1": "№17", "body.1": "{имя|клиент}", "body.2": "{устройство|телефон}", "button1.1": "17"}
NEWS = template("news", "ru", BODY={"text": "{{1}}, мы переехали"}, own={"category": "MARKETING"})


@pytest.fixture
def known(meta: WhatsAppPeer, number: Channel) -> Iterator[Channel]:
    """A number with two approved templates."""
    meta.templates = [READY, NEWS]
    check_connection(connection=number.connection)
    drain()
    yield number
    assert meta.complaints == []


@pytest.fixture
def lead(shop: Tenant) -> Client:
    member = add_member(tenant=shop, username="lead", password="pass-word-1", role=Role.HEAD, name="Ольга")
    client = Client()
    client.force_login(member.user)
    return client


def carry(channel: Channel, name: str = "order_ready", **given: Any) -> dict[str, Any]:
    row = KnownTemplate.objects.get(channel=channel, name=name)
    words = WORDS if name == "order_ready" else {"body.1": "{имя}"}
    values: dict[str, Any] = {"words": words, "channel_id": channel.pk, **given}
    return Carried(template=template_of(row.content), **values).as_json()


def person(channel: Channel, name: str, phone: str = "", ago: timedelta = LONG_AGO) -> Conversation:
    chat = client_of(channel, name, ago=ago)
    Contact.objects.filter(pk=chat.contact_id).update(phone=phone)
    return chat


def texts(meta: WhatsAppPeer) -> list[str]:
    return [one["type"] for one in meta.sent]


def refresh(channel: Channel, meta: WhatsAppPeer, *templates: dict[str, Any]) -> None:
    meta.templates = list(templates)
    check_connection(connection=channel.connection)
    drain()
