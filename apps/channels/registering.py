"""A messenger's channel: made with its connection, and kept in step with the connection's settings."""

from django.conf import settings
from django.urls import reverse

from apps.channels.models import Channel
from apps.channels.resolving import secret_digests
from apps.integrations.models import Connection
from apps.integrations.opening import config_of
from apps.integrations.registry import connector


def ensure_channel(connection: Connection) -> Channel:
    """A messenger's `SPEC.on_connected`. Name, window and switch of an existing channel stay as set."""
    module, config = connector(connection.connector), config_of(connection)
    secret = module.secret_of(config)
    facts = {
        "account": module.account_of(config)[:200],
        "secret_digest": secret_digests(connection.connector, secret)[0] if secret else "",
    }
    channel, _created = Channel.objects.update_or_create(
        connection=connection,
        defaults=facts,
        create_defaults={
            **facts,
            "tenant": connection.tenant,
            "key": _free_key(connection),
            "name": connection.name,
        },
    )
    return channel


def _free_key(connection: Connection) -> str:
    taken = set(Channel.objects.filter(tenant=connection.tenant).values_list("key", flat=True))
    if connection.key not in taken:
        return connection.key
    return next(key for n in range(2, len(taken) + 3) if (key := f"{connection.key[:45]}-{n}") not in taken)


def webhook_url(channel: Channel) -> str:
    """The address of this one channel, to be given to the messenger."""
    slug = channel.connection.connector
    path = reverse("webhook_of_channel", kwargs={"connector": slug, "public_id": channel.public_id})
    return f"{settings.PUBLIC_URL}{path}"
