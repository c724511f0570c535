"""Addresses of ours that providers are given, and theirs that a secret may go to."""

from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.channels.connectors.whatsapp.spec import Config
from apps.channels.contract import OutgoingFile
from apps.channels.models import Channel
from apps.channels.public_files import public_url, refuse_http
from apps.channels.registering import webhook_url
from apps.integrations.contract import Fact
from apps.integrations.models import Connection


def webhook_of(connection: Connection) -> str:
    """The channel's own; empty before there is one."""
    channel = Channel.objects.filter(connection=connection).select_related("connection").first()
    return webhook_url(channel) if channel else ""


def webhook_facts(connection: Connection) -> list[Fact]:
    """For whoever enters the address at the provider by hand."""
    if not (url := webhook_of(connection)):
        return []
    shared = reverse("webhook", kwargs={"connector": connection.connector})
    return [
        Fact(label=_("Webhook address"), value=url, copyable=True),
        Fact(
            label=_("Webhook address for an app with several numbers"),
            value=f"{settings.PUBLIC_URL}{shared}",
            copyable=True,
        ),
    ]


def can_be_reached(config: Config, url: str) -> bool:
    """Providers call https only; what stands in for one calls what it is told to."""
    return bool(url) and (url.startswith("https://") or not config.is_vendors)


def belongs_to(url: str, root: str, hosts: tuple[str, ...]) -> bool:
    """Whether it is the provider's own: where its API is, or under one of its domains (`.example.com`)."""
    try:
        given, base = urlsplit(url), urlsplit(root)
        same = (given.scheme, given.hostname, given.port) == (base.scheme, base.hostname, base.port)
    except ValueError:
        return False
    return same or (given.scheme == "https" and f".{given.hostname or ''}".endswith(hosts))


def file_address(config: Config, file: OutgoingFile) -> str:
    url = public_url(file)
    if config.is_vendors:
        refuse_http(url)
    return url
