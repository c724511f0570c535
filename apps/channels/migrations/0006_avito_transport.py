"""Avito through an MCP server is no integration of its own any more: a transport of the one called avito."""

from typing import Any

from django.conf import settings
from django.db import migrations
from django.utils.crypto import salted_hmac

from apps.core.secrets import Undecryptable

OLD, NEW, TRANSPORT = "avito_mcp", "avito", "mcp"
MOVED = {
    "ru": "Адрес для сообщений изменился: MCP-сервер должен пересылать их на адрес с этой карточки.",
    "en": "The address for messages has changed: have the MCP server forward them to the one on this card.",
}


def join(apps: Any, schema_editor: Any) -> None:
    connections = apps.get_model("integrations", "Connection").objects
    for connection in connections.filter(connector=OLD):
        connections.filter(pk=connection.pk).update(
            connector=NEW,
            config={**connection.config, "transport": TRANSPORT},
            warnings=[*connection.warnings, MOVED],
        )
        _digest_anew(apps, connection)
    for row in apps.get_model("integrations", "HistoricalConnection").objects.filter(connector=OLD):
        row.connector, row.config = NEW, {**row.config, "transport": TRANSPORT}
        row.save(update_fields=["connector", "config"])
    apps.get_model("channels", "InboundEvent").objects.filter(connector=OLD).update(connector=NEW)


def _digest_anew(apps: Any, connection: Any) -> None:
    """The integration's name is part of what is digested. Without its secret the digest says nothing more."""
    try:
        secret = dict(connection.secrets).get("webhook_secret", "")
    except Undecryptable:  # its key is gone
        secret = ""
    value = f"{NEW}:{secret}".encode("utf-8", "surrogatepass")
    digest = salted_hmac("channels.secret", value, secret=settings.SECRET_KEY, algorithm="sha256").hexdigest()
    channels = apps.get_model("channels", "Channel").objects.filter(connection_id=connection.pk)
    channels.update(secret_digest=digest if secret else "")


class Migration(migrations.Migration):
    dependencies = [
        ("channels", "0005_silence"),
        ("integrations", "0003_upkeep"),
    ]

    operations = [migrations.RunPython(join, migrations.RunPython.noop)]
