"""CREDENTIALS_KEYS is lost: secrets cannot be read any more, and nothing else may break of it."""

import pytest
from cryptography.fernet import Fernet
from django.urls import reverse

from apps.channels import resolving
from apps.channels.models import Channel, InboundEvent
from apps.channels.receiving import store_event
from apps.integrations.connecting import connect
from apps.tenants.keys import issue_key
from tests.channels.bots import make_bot, post, update

pytestmark = pytest.mark.django_db


@pytest.fixture
def bot(tenant_a):
    return make_bot(tenant=tenant_a)


@pytest.fixture
def chat(tenant_a):
    return Channel.objects.get(connection=connect(tenant=tenant_a, connector="webchat", values={}))


@pytest.fixture
def event(bot):
    pk = store_event(connector="telegram", channel=bot, body=update("text"), proof={})
    return InboundEvent.objects.get(pk=pk)


@pytest.fixture(autouse=True)
def lost(request, settings, bot, chat, event):
    settings.CREDENTIALS_KEYS = [Fernet.generate_key().decode()]
    resolving.forget()
    yield
    resolving.forget()


@pytest.mark.parametrize("address", ["/webhook/telegram/incoming", "own"])
def test_the_service_is_told_to_try_again(address, bot):
    where = f"/webhook/telegram/{bot.public_id}" if address == "own" else address
    assert post(where, update("photo")).status_code == 503


def test_the_pages_still_open(boss, signed_in, bot, event):
    visitor = signed_in(boss)
    for where in (
        reverse("admin:channels_inboundevent_change", args=[event.pk]),
        reverse("admin:channels_inboundevent_changelist"),
        reverse("admin:channels_channel_change", args=[bot.pk]),
        reverse("admin:integrations_cards"),
        reverse("admin:integrations_connection_change", args=[bot.connection_id]),
        reverse("admin:channels_accounting"),
    ):
        assert visitor.get(where).status_code == 200, where


def test_the_api_still_answers(client, tenant_a):
    _key, value = issue_key(tenant=tenant_a, name="CRM", user=None)
    assert client.get("/api/integrations", headers={"X-API-Key": value}).status_code == 200


def test_the_chat_says_that_it_is_not_available(client, chat):
    page = reverse("chat:page", args=[chat.public_id])
    assert client.get(page).status_code in (200, 404, 503)
    answer = client.post(f"{page}messages", {"key": "x"}, content_type="application/json")
    assert answer.status_code in (400, 503)
