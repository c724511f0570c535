"""Connections made while Avito through an MCP server was an integration of its own."""

from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.test import Client

from apps.channels import resolving
from apps.channels.models import Channel, InboundEvent
from apps.channels.receiving import store_event
from apps.integrations.models import Connection
from apps.integrations.opening import config_of
from tests.channels.avito_servers import SECRET, body, encoded, make_channel, post

pytestmark = pytest.mark.django_db
OLD = "avito_mcp"


def made_before(**values: Any) -> Channel:
    channel = make_channel(base_url="https://mcp.example.com", **values)
    config = {name: value for name, value in channel.connection.config.items() if name != "transport"}
    Connection.objects.filter(pk=channel.connection_id).update(connector=OLD, config=config)
    channel.connection.history.update(connector=OLD, config=config)
    digest = resolving.secret_digests(OLD, SECRET)[0]
    Channel.objects.filter(pk=channel.pk).update(secret_digest=digest)
    store_event(connector=OLD, channel=channel, body=encoded(body("text")), proof={})
    return channel


def migrate() -> None:
    import_module("apps.channels.migrations.0006_avito_transport").join(apps, None)
    resolving.forget()


def test_they_go_on_with_their_settings_history_events_and_secret() -> None:
    channel = made_before()
    migrate()

    connection = Connection.objects.get(pk=channel.connection_id)
    config = config_of(connection)
    assert (config.transport, config.base_url) == ("mcp", "https://mcp.example.com")
    assert connection.history.get().connector == connection.connector == "avito"
    assert InboundEvent.objects.get().connector == "avito"
    assert [warning["en"] for warning in connection.warnings]
    assert post("/webhook/avito", body("image"), secret=SECRET).status_code == 200
    assert InboundEvent.objects.latest("pk").channel == channel


def test_a_disconnected_one_and_one_whose_key_is_lost_are_renamed_as_well(settings: Any) -> None:
    lost, gone = made_before(), made_before(user_id="777")
    Connection.objects.filter(pk=gone.connection_id).update(is_active=False, secrets={})
    settings.CREDENTIALS_KEYS = ["4Rkzv9cXkCq0hQ3mU4Zl2m7Jr0pWc0h9v3l1QnXvB2c="]
    migrate()
    assert set(Connection.objects.values_list("connector", flat=True)) == {"avito"}
    assert Channel.objects.get(pk=lost.pk).secret_digest == ""


def test_nothing_is_left_to_answer_to_the_old_name(client: Client) -> None:
    channel = made_before()
    migrate()
    path = f"/webhook/{OLD}/{channel.public_id}"
    assert client.post(path, encoded(body("image")), content_type="application/json").status_code == 200
    assert InboundEvent.objects.latest("pk").channel is None
