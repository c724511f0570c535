"""Does the bot work, and do its updates come here. https://dev.max.ru/docs-api/methods/GET/subscriptions"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from apps.channels.connectors.max import client
from apps.channels.connectors.max.errors import not_max
from apps.channels.connectors.max.inbound import UPDATE_TYPES
from apps.channels.connectors.max.spec import VENDOR_URL, Config
from apps.channels.models import Channel
from apps.channels.registering import webhook_url
from apps.channels.shapes import Shape, parts
from apps.core.errors import AuthFailed, ConfigInvalid, Rejected, Transient
from apps.integrations.contract import Account, Fact
from apps.integrations.models import Connection
from apps.integrations.opening import Opened

HTTPS_PORT = 443


@sensitive_variables()
def check(opened: Opened[Config]) -> Account:
    me = _me(opened)
    if not isinstance(me.get("user_id"), int):
        raise not_max()
    username, name = _word(me, "username"), _word(me, "first_name") or _word(me, "name")
    return Account(
        name=f"@{username} ({name})" if username and name else username or name or str(me["user_id"]),
        warnings=tuple(_webhook_warnings(opened)),
    )


def _me(opened: Opened[Config]) -> Shape:
    try:
        return client.get(opened, "/me")
    except Transient as error:
        # What to do about it only the settings' owner can know, and it does not pass by itself.
        if error.code != "tls_error" or opened.config.ca_bundle:
            raise
    raise ConfigInvalid(
        _(
            "MAX's certificate could not be verified. Put the root certificate of the Russian Ministry of "
            "Digital Development on this server and name its file in the settings."
        ),
        code="tls_error",
        field="ca_bundle",
    )


@sensitive_variables()
def install(opened: Opened[Config]) -> bool:
    """Subscribe this server to the bot's updates; again and again is the same as once.

    False where MAX could not reach this server anyway.
    """
    url = address(opened)
    secret = opened.config.webhook_secret.get_secret_value()
    if not can_be_reached(opened.config, url) or not secret:
        return False
    client.subscribe(opened, {"url": url, "update_types": list(UPDATE_TYPES), "secret": secret})
    return True


def can_be_reached(config: Config, url: str) -> bool:
    """MAX calls https on port 443 only; a stand-in for it calls what it is told to."""
    if not url or config.base_url != VENDOR_URL:
        return bool(url)
    parsed = urlsplit(url)
    return parsed.scheme == "https" and parsed.port in (None, HTTPS_PORT)


def card_facts(connection: Connection) -> list[Fact]:
    """For the card: the address, for whoever subscribes the bot by hand."""
    channel = _channel_of(connection)
    return [Fact(label=_("Webhook address"), value=webhook_url(channel), copyable=True)] if channel else []


def address(opened: Opened[Config]) -> str:
    """Where updates should come: as set, or the channel's own address; empty before there is a channel."""
    if opened.config.webhook_url:
        return opened.config.webhook_url
    channel = _channel_of(opened.connection)
    return webhook_url(channel) if channel else ""


def _channel_of(connection: Connection) -> Channel | None:
    return Channel.objects.filter(connection=connection).select_related("connection").first()


def _webhook_warnings(opened: Opened[Config]) -> list[str | Promise]:
    expected = address(opened)
    if expected and not can_be_reached(opened.config, expected):
        return [
            format_lazy(
                _("MAX cannot call this address: it needs https on port 443. The address: {url}"),
                url=expected,
            )
        ]
    try:
        found = client.get(opened, "/subscriptions")
    except (AuthFailed, ConfigInvalid, Rejected):
        # The token was accepted a moment ago; a stand-in may lack this method.
        return [_("It could not be found out where updates are sent.")]
    return _warnings(parts(found, "subscriptions"), expected=expected)


def _warnings(subscriptions: Sequence[Shape], *, expected: str) -> list[str | Promise]:
    if not subscriptions:
        return [
            format_lazy(
                _(
                    "MAX does not send updates anywhere: nobody subscribed the bot, or this server did not "
                    "answer for 8 hours. Save the settings again. The address: {url}"
                ),
                url=expected,
            )
        ]
    ours = [one for one in subscriptions if leads_here(one, expected)]
    if expected and not ours:
        return [
            format_lazy(
                _("MAX sends updates to another address. Save the settings again. It should be {url}"),
                url=expected,
            )
        ]
    if ours and not any(is_whole(one) for one in ours):
        return [_("MAX does not send all that happens in the bot's chats. Save the settings again.")]
    return []


def leads_here(subscription: Shape, expected: str) -> bool:
    return subscription.get("url") in (expected, _shared_address())


def is_whole(subscription: Shape) -> bool:
    """Without a list everything is sent."""
    types = subscription.get("update_types")
    return not isinstance(types, list) or not types or set(UPDATE_TYPES) <= set(filter(_is_text, types))


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _shared_address() -> str:
    """The address without the channel's own part serves as well: the secret tells the bot."""
    return f"{settings.PUBLIC_URL}/webhook/max/incoming"


def _word(found: Shape, name: str) -> str:
    value = found.get(name)
    return value[:100] if isinstance(value, str) else ""
