"""Each organisation's pages show and take times by its own clock."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User
from django.test import Client
from model_bakery import baker

from apps.appeals.models import Contact, Conversation, Identity, Message
from apps.channels.models import Channel
from apps.integrations.connecting import connect
from apps.tenants.membership import add_member
from apps.tenants.models import Role, Tenant

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 20, 21, 30, tzinfo=UTC)


def talk_in(slug: str, zone: str) -> tuple[Client, Conversation]:
    tenant = Tenant.objects.create(slug=slug, name=slug, timezone=zone)
    connection = connect(tenant=tenant, connector="webchat", key="site", name="Сайт", values={})
    add_member(tenant=tenant, username=slug, password="pass-word-1", role=Role.OPERATOR, name=slug)
    contact = baker.make(Contact, tenant=tenant)
    channel = Channel.objects.get(connection=connection)
    identity = baker.make(Identity, tenant=tenant, contact=contact, channel=channel)
    talk = baker.make(Conversation, tenant=tenant, contact=contact, channel=channel, identity=identity)
    Message.objects.create(tenant=tenant, conversation=talk, author="client", text="Здравствуйте", sent_at=AT)
    client = Client()
    client.force_login(User.objects.get(username=slug))
    return client, talk


def test_each_organisation_reads_its_own_clock() -> None:
    for slug, zone, day, time in (
        ("ekb", "Asia/Yekaterinburg", "21 ноября", "02:30"),
        ("kgd", "Europe/Kaliningrad", "20 ноября", "23:30"),
    ):
        client, talk = talk_in(slug, zone)
        page = client.get(f"/admin/desk/{talk.pk}/").content.decode()
        assert f">{time}</time>" in page
        assert day in page


def test_the_clock_of_one_request_is_not_the_next_ones() -> None:
    client, talk = talk_in("vvo", "Asia/Vladivostok")
    client.get(f"/admin/desk/{talk.pk}/")
    admin = Client()
    admin.force_login(User.objects.create_superuser("root"))
    assert ">00:30</time>" in admin.get(f"/admin/desk/{talk.pk}/").content.decode()  # Moscow, the server's
