"""Does the bot work, and do its updates come here. https://core.telegram.org/bots/api#getwebhookinfo"""

import re
from typing import Any

from django.conf import settings
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from apps.channels.connectors.telegram import client
from apps.channels.connectors.telegram.spec import VENDOR_URL, Config
from apps.channels.models import Channel
from apps.channels.registering import webhook_url
from apps.core.errors import AuthFailed, ConfigInvalid, Rejected
from apps.integrations.contract import Account, Fact
from apps.integrations.models import Connection
from apps.integrations.opening import Opened

# What Telegram leaves out unless it is asked for (reactions, membership) is of no use here.
ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")
MANY_PENDING = 100

_NOWHERE = _("Telegram does not send updates anywhere. Save the settings again. The address: {url}")
_NO_HTTPS = _(
    "Telegram sends to https addresses only, and this server has none yet. Whoever runs it sets PUBLIC_URL; "
    "then save the settings again. The address: {url}"
)


@sensitive_variables()
def check(opened: Opened[Config]) -> Account:
    me = client.get(opened, "getMe")
    username, name = _word(me, "username"), _word(me, "first_name")
    return Account(
        name=f"@{username} ({name})" if username and name else username or name or _word(me, "id"),
        warnings=tuple(_webhook_warnings(opened)),
    )


@sensitive_variables()
def install(opened: Opened[Config]) -> bool:
    """Tell Telegram where to send updates. False where it could not reach this server anyway."""
    url = address(opened)
    if not can_be_reached(opened.config, url):
        return False
    values: dict[str, Any] = {"url": url, "allowed_updates": list(ALLOWED_UPDATES)}
    if secret := opened.config.webhook_secret.get_secret_value():
        values["secret_token"] = secret
    client.call(opened, "setWebhook", values, idempotent=True)
    return True


def can_be_reached(config: Config, url: str) -> bool:
    """Telegram calls https only; a Bot API server of one's own calls what it is told to."""
    return bool(url) and (url.startswith("https://") or config.base_url.rstrip("/") != VENDOR_URL)


def card_facts(connection: Connection) -> list[Fact]:
    """For the card: the address, for whoever sets the webhook by hand."""
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
    try:
        hook = client.get(opened, "getWebhookInfo")
    except (AuthFailed, ConfigInvalid, Rejected):
        # The token was accepted a moment ago; a Bot API of one's own may lack this method.
        return [_("It could not be found out where updates are sent.")]
    url = address(opened)
    found = hook if isinstance(hook, dict) else {}
    return hook_warnings(found, expected=url, is_reachable=can_be_reached(opened.config, url))


def hook_warnings(hook: dict[str, Any], *, expected: str, is_reachable: bool = True) -> list[str | Promise]:
    found: list[str | Promise] = []
    url, pending = hook.get("url"), hook.get("pending_update_count")
    if not url:
        found.append(format_lazy(_NOWHERE if is_reachable else _NO_HTTPS, url=expected))
    elif expected and url != expected and not _is_shared_address(str(url)):
        found.append(
            format_lazy(
                _(
                    "Telegram sends updates to another address. Save the settings again to have them sent "
                    "here: {url}"
                ),
                url=expected,
            )
        )
    if isinstance(pending, int) and pending > MANY_PENDING:
        found.append(format_lazy(_("Updates waiting at Telegram: {count}."), count=pending))
    if trouble := hook.get("last_error_message"):
        found.append(_trouble(str(trouble)))
    return found


def _is_shared_address(url: str) -> bool:
    """The address without the channel's own part serves as well."""
    return url.rstrip("/") == f"{settings.PUBLIC_URL}/webhook/telegram/incoming"


def _trouble(words: str) -> str | Promise:
    """Telegram's last failure to reach us, in words of our own: its own may quote the address."""
    lowered = words.lower()
    if status := re.search(r"wrong response from the webhook: (\d{3})", lowered):
        return format_lazy(
            _("This server answered Telegram's last failed call with {status}."), status=status[1]
        )
    if "ssl" in lowered or "certificate" in lowered:
        return _("Telegram could not verify this server's certificate when it last failed to call.")
    if "timed out" in lowered or "timeout" in lowered:
        return _("This server did not answer in time when Telegram last failed to call.")
    if "resolve" in lowered:
        return _("Telegram could not find this server's name when it last failed to call.")
    if "refused" in lowered or "connect" in lowered:
        return _("Telegram could not connect to this server when it last failed to call.")
    return _("Telegram could not deliver an update when it last failed to call.")


def _word(found: Any, name: str) -> str:
    value = found.get(name) if isinstance(found, dict) else None
    return str(value)[:100] if isinstance(value, (str, int)) else ""
