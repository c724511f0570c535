"""Does the channel work. https://docs.bird.com/api/channels-api/api-reference"""

from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from apps.channels.connectors.whatsapp.addresses import webhook_facts
from apps.channels.connectors.whatsapp.bird import client
from apps.channels.connectors.whatsapp.refusals import mend, not_the_api
from apps.channels.connectors.whatsapp.spec import Config
from apps.channels.shapes import word
from apps.core.text import clean_name
from apps.integrations.contract import Account, Fact
from apps.integrations.models import Connection
from apps.integrations.opening import Opened

_another_kind = mend("not_whatsapp", _("This channel of Bird's is not one of WhatsApp."), "bird_channel_id")
_OFF = _("The channel is not active at Bird: nothing is sent through it until it is.")


@sensitive_variables()
def check(opened: Opened[Config]) -> Account:
    found = client.get(opened).json
    if not isinstance(found, dict) or not word(found, "id"):
        raise not_the_api()
    if "whatsapp" not in word(found, "platformId").lower():
        raise _another_kind()
    number, name = clean_name(word(found, "identifier")), clean_name(word(found, "name"))
    shown = f"{number} ({name})" if number and name else number or name or opened.config.bird_channel_id
    return Account(name=shown, warnings=() if word(found, "status") in ("", "active") else (_OFF,))


def install(opened: Opened[Config]) -> bool:
    """The subscriptions are made at bird.com: to `whatsapp.inbound`, `whatsapp.outbound` and interactions."""
    return False


def card_facts(connection: Connection) -> list[Fact]:
    facts = webhook_facts(connection)
    if facts:
        events = "whatsapp.inbound, whatsapp.outbound, whatsapp.interaction"
        facts.append(Fact(label=_("Events to subscribe to at bird.com"), value=events))
    return facts
