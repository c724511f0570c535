"""Does the account work. https://www.twilio.com/docs/iam/api/account"""

from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from apps.channels.connectors.whatsapp.addresses import webhook_facts
from apps.channels.connectors.whatsapp.refusals import not_the_api
from apps.channels.connectors.whatsapp.spec import Config
from apps.channels.connectors.whatsapp.twilio import client
from apps.channels.connectors.whatsapp.twilio.meaning import account_locked, no_such_account
from apps.channels.shapes import word
from apps.core.text import clean_name
from apps.integrations.contract import Account, Fact
from apps.integrations.models import Connection
from apps.integrations.opening import Opened

_TRIAL = _("A trial account of Twilio writes only to numbers that are verified in its console.")


@sensitive_variables()
def check(opened: Opened[Config]) -> Account:
    found = client.get(opened, ".json").json
    if not isinstance(found, dict) or not word(found, "status"):
        raise not_the_api()
    if word(found, "sid") != opened.config.twilio_account_sid:
        raise no_such_account()
    if word(found, "status") != "active":
        raise account_locked()
    number, name = opened.config.twilio_number, clean_name(word(found, "friendly_name"))
    return Account(
        name=f"{number} ({name})" if name else number,
        warnings=(_TRIAL,) if word(found, "type") == "Trial" else (),
    )


def install(opened: Opened[Config]) -> bool:
    """A sender's address is entered in Twilio's console; that for statuses goes along with every message."""
    return False


def card_facts(connection: Connection) -> list[Fact]:
    return webhook_facts(connection)
