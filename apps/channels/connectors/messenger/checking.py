"""Whose Page is it, and do its messages come here.

https://developers.facebook.com/docs/graph-api/reference/page
"""

from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from apps.channels.connectors._meta import client
from apps.channels.connectors._meta.checking import identified, subscribe, warnings
from apps.channels.connectors.messenger.spec import Config
from apps.channels.shapes import word
from apps.core.errors import ConfigInvalid
from apps.core.text import clean_name
from apps.integrations.contract import Account
from apps.integrations.opening import Opened

FIELDS = (
    "messages",
    "messaging_postbacks",
    "message_deliveries",
    "message_reads",
    "message_echoes",
    "message_edits",
    "message_reactions",
    "messaging_optins",
    "messaging_referrals",
    "standby",
)


@sensitive_variables()
def check(opened: Opened[Config]) -> Account:
    """«me» is whoever the token is of: a person's token may read the Page, but not write for it."""
    me = client.get(opened, "me", fields="id,name")
    if identified(me) != opened.config.page_id:
        raise ConfigInvalid(
            _("The token is not that of this Page. Make a token of the Page itself."),
            code="another_account",
            field="page_id",
        )
    return Account(
        name=clean_name(word(me, "name")) or opened.config.page_id, warnings=tuple(warnings(opened))
    )


@sensitive_variables()
def install(opened: Opened[Config]) -> bool:
    return subscribe(opened, FIELDS)
