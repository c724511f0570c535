"""Does the number work, and do its events come here."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from apps.channels.connectors.whatsapp import client
from apps.channels.connectors.whatsapp.addresses import can_be_reached, webhook_facts, webhook_of
from apps.channels.connectors.whatsapp.meaning import no_such_account, not_the_api
from apps.channels.connectors.whatsapp.spec import OLDEST_VERSION, Config
from apps.core.errors import OutsideError
from apps.integrations.contract import Account, Fact
from apps.integrations.models import Connection
from apps.integrations.opening import Opened, config_of

# https://developers.facebook.com/documentation/business-messaging/whatsapp/messaging-limits
_QUALITY: Mapping[str, str | Promise] = {
    "YELLOW": _("Meta rates the number's quality as medium: clients block it or complain of it."),
    "RED": _("Meta rates the number's quality as low and may restrict it: clients complain of its messages."),
}


@sensitive_variables()
def check(opened: Opened[Config]) -> Account:
    found = client.get(
        opened,
        opened.config.phone_number_id,
        {"fields": "display_phone_number,verified_name,quality_rating"},
    )
    phone, name = _word(found, "display_phone_number"), _word(found, "verified_name")
    if not phone:
        raise not_the_api()
    return Account(
        name=f"{phone} ({name})" if name else phone, warnings=tuple(_warnings(opened.config, found))
    )


@sensitive_variables()
def install(opened: Opened[Config]) -> bool:
    """Has Meta send the account's events, and this number's to the channel's own address.

    False where Meta could not reach this server anyway.
    https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/override
    """
    config = opened.config
    client.post(
        opened,
        f"{config.business_account_id}/subscribed_apps",
        {},
        idempotent=True,
        missing=no_such_account,
    )
    url, token = webhook_of(opened.connection), config.shown_verify_token
    if not token or not can_be_reached(config, url):
        return False
    # Meta asks the address for the token while it answers this.
    hook = {"override_callback_uri": url, "verify_token": token}
    client.post(opened, config.phone_number_id, {"webhook_configuration": hook}, idempotent=True)
    return True


def card_facts(connection: Connection) -> list[Fact]:
    """For whoever sets the webhook by hand in the Meta app: the addresses, and the token to enter there."""
    facts = webhook_facts(connection)
    return [*facts, *_token(connection)] if facts else []


def _token(connection: Connection) -> list[Fact]:
    try:
        config: Config = config_of(connection)
    except OutsideError:
        return []  # the card says already that the settings cannot be read
    token = config.shown_verify_token
    return [Fact(label=_("Verify token"), value=token, copyable=True)] if token else []


def _warnings(config: Config, found: Mapping[str, Any]) -> list[str | Promise]:
    told: list[str | Promise] = []
    if config.is_old:
        told.append(
            format_lazy(
                _("Meta does not support version {version} any more. Set v{oldest}.0 or newer."),
                version=config.api_version,
                oldest=OLDEST_VERSION,
            )
        )
    if quality := _QUALITY.get(_word(found, "quality_rating").upper()):
        told.append(quality)
    return told


def _word(found: Mapping[str, Any], name: str) -> str:
    value = found.get(name)
    return value[:100] if isinstance(value, str) else ""
