"""Is a phone tied to the instance, and do its events come here.

https://green-api.com/en/docs/api/account/
"""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from apps.channels.connectors.whatsapp.addresses import can_be_reached, webhook_facts, webhook_of
from apps.channels.connectors.whatsapp.green_api import client
from apps.channels.connectors.whatsapp.refusals import Make, mend, not_the_api
from apps.channels.connectors.whatsapp.spec import Config
from apps.channels.shapes import word
from apps.core.errors import Transient
from apps.core.text import clean_name
from apps.integrations.contract import Account, Fact
from apps.integrations.models import Connection
from apps.integrations.opening import Opened

_UNOFFICIAL = _(
    "Green API is not official: WhatsApp may ban the number. Write only to clients who wrote to you first."
)
_ELSEWHERE = _("Green API does not send its events here. Save the settings once more, and wait five minutes.")
_ASLEEP = _("The phone is off or without a network: messages wait until it is back.")

# https://green-api.com/en/docs/api/account/GetStateInstance/
_suspended = mend(
    "suspended", _("WhatsApp holds back this number's messages for a time. Send none until that is over.")
)
_TROUBLES: Mapping[str, Make] = {
    "notAuthorized": mend(
        "not_authorised",
        _(
            "No phone is tied to the instance. Scan the QR code of console.green-api.com with the phone: "
            "«Settings», «Linked devices»."
        ),
        "green_instance_id",
    ),
    "blocked": mend("banned", _("WhatsApp banned this number. Tie another phone to the instance.")),
    **dict.fromkeys(("yellowCard", "suspended"), _suspended),
}


@sensitive_variables()
def check(opened: Opened[Config]) -> Account:
    state = word(client.ask(opened, "getStateInstance"), "stateInstance")
    if not state:
        raise not_the_api()
    if trouble := _TROUBLES.get(state):
        raise trouble()
    if state == "starting":
        raise Transient(_("The instance is starting. Check again in five minutes."), code="starting")
    settings = client.ask(opened, "getSettings")
    phone = clean_name(word(settings, "wid").partition("@")[0])
    return Account(
        name=f"+{phone}" if phone else opened.config.green_instance_id,
        warnings=tuple(_warnings(opened, settings, state)),
    )


def _warnings(opened: Opened[Config], settings: Mapping[str, Any], state: str) -> list[str | Promise]:
    told: list[str | Promise] = [_UNOFFICIAL]
    if state == "sleepMode":
        told.append(_ASLEEP)
    if word(settings, "webhookUrl") != webhook_of(opened.connection):
        told.append(_ELSEWHERE)
    return told


@sensitive_variables()
def install(opened: Opened[Config]) -> bool:
    """Only where something is to change: the instance restarts with its settings.

    False where Green API could not reach this server anyway.
    """
    url = webhook_of(opened.connection)
    if not can_be_reached(opened.config, url):
        return False
    wanted = _settings(url, opened.config.green_webhook_token.get_secret_value())
    current = client.ask(opened, "getSettings")
    if any(current.get(name) != value for name, value in wanted.items()):
        client.post(opened, "setSettings", wanted, idempotent=True)
    return True


def _settings(url: str, token: str) -> dict[str, str]:
    events = (
        "incomingWebhook",
        "outgoingWebhook",
        "outgoingMessageWebhook",
        "outgoingAPIMessageWebhook",
        "stateWebhook",
        "incomingCallWebhook",
        "editedMessageWebhook",
        "deletedMessageWebhook",
    )
    return {"webhookUrl": url, "webhookUrlToken": token, **dict.fromkeys(events, "yes")}


def card_facts(connection: Connection) -> list[Fact]:
    return webhook_facts(connection)
