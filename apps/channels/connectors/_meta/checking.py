"""What is asked and told when an account is connected.

https://developers.facebook.com/docs/graph-api/reference/page/subscribed_apps
"""

from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from apps.channels.connectors._meta import client
from apps.channels.connectors._meta.refusals import not_meta
from apps.channels.connectors._meta.settings import OLDEST_LIVE, MetaConfig
from apps.channels.models import Channel
from apps.channels.registering import webhook_url
from apps.channels.shapes import Shape, parts, word
from apps.core.errors import ConfigInvalid, OutsideError, Rejected
from apps.integrations.contract import Fact
from apps.integrations.models import Connection
from apps.integrations.opening import Opened, config_of

# Without these nothing useful comes.
LEAST = ("messages", "messaging_postbacks")


def subscribe(opened: Opened[Any], fields: tuple[str, ...]) -> bool:
    """Have the events sent to the app; only the least of them where Meta knows one of the fields no more."""
    path = f"{opened.config.node}/subscribed_apps"
    try:
        client.post(opened, path, params={"subscribed_fields": ",".join(fields)}, idempotent=True)
    except Rejected:
        client.post(opened, path, params={"subscribed_fields": ",".join(LEAST)}, idempotent=True)
    return True


def warnings(opened: Opened[Any]) -> list[str | Promise]:
    config: MetaConfig = opened.config
    found: list[str | Promise] = []
    if config.is_outdated:
        found.append(
            format_lazy(
                _("Meta has switched off version {version} of its API. Set v{oldest}.0 or a later one."),
                version=config.api_version,
                oldest=OLDEST_LIVE,
            )
        )
    if not config.app_secrets:
        found.append(_("No app secret is entered: messages of clients are not accepted until it is."))
    return [*found, *_subscription(opened)]


def _subscription(opened: Opened[Any]) -> list[str | Promise]:
    try:
        answer = client.get(opened, f"{opened.config.node}/subscribed_apps", fields="id,subscribed_fields")
    except (Rejected, ConfigInvalid):
        # The token was accepted a moment ago; it may lack the right to ask this.
        return [_("It could not be found out whether Meta sends messages to the app.")]
    subscribed = {field for app in parts(answer, "data") for field in _fields(app)}
    if "messages" in subscribed:
        return []
    return [_("Meta does not send this account's messages to the app yet. Save the settings once more.")]


def _fields(app: Shape) -> list[str]:
    fields = app.get("subscribed_fields")
    return [field for field in fields if isinstance(field, str)] if isinstance(fields, list) else []


def identified(found: Shape, name: str = "id") -> str:
    """An id of the answer; another answer than Meta's has none."""
    if not (value := word(found, name)):
        raise not_meta()
    return value


def facts(connection: Connection) -> list[Fact]:
    """What a person enters in the app's dashboard at Meta, under Webhooks."""
    channel = Channel.objects.filter(connection=connection).select_related("connection").first()
    if channel is None:
        return []
    shared = reverse("webhook", kwargs={"connector": connection.connector})
    return [
        Fact(label=_("Webhook address"), value=webhook_url(channel), copyable=True),
        Fact(
            label=_("Webhook address for an app with several accounts"),
            value=f"{settings.PUBLIC_URL}{shared}",
            copyable=True,
        ),
        *_verify_token(connection),
    ]


def _verify_token(connection: Connection) -> list[Fact]:
    try:
        config: MetaConfig = config_of(connection)
    except OutsideError:
        return []  # the card says already that the settings cannot be read
    return [Fact(label=_("Verify token"), value=config.public_verify_token, copyable=True)]
