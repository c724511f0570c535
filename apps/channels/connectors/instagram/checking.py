"""Whose account is it, and do its messages come here.

https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/get-started
"""

from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from apps.channels.connectors._meta import client
from apps.channels.connectors._meta.checking import identified, subscribe, warnings
from apps.channels.connectors.instagram.spec import Config
from apps.channels.shapes import part, word
from apps.core.errors import ConfigInvalid
from apps.core.text import clean_name
from apps.integrations.contract import Account
from apps.integrations.opening import Opened

# What a Page can be subscribed to; «seen» of Instagram is chosen in the app's dashboard.
PAGE_FIELDS = ("messages", "messaging_postbacks", "message_reactions", "messaging_referrals", "message_edits")
INSTAGRAM_FIELDS = (
    "messages",
    "messaging_postbacks",
    "messaging_seen",
    "message_reactions",
    "messaging_referral",
    "message_edit",
    "standby",
)


@sensitive_variables()
def check(opened: Opened[Config]) -> Account:
    return _by_instagram(opened) if opened.config.is_instagram_login else _by_page(opened)


@sensitive_variables()
def install(opened: Opened[Config]) -> bool:
    return subscribe(opened, INSTAGRAM_FIELDS if opened.config.is_instagram_login else PAGE_FIELDS)


def _by_page(opened: Opened[Config]) -> Account:
    wanted = "id,name,instagram_business_account{id,username}"
    page = client.get(opened, opened.config.node, fields=wanted)
    identified(page)
    linked = part(page, "instagram_business_account")
    if not linked:
        raise ConfigInvalid(
            _("The Facebook Page has no professional Instagram account, or the token may not see it."),
            code="no_instagram",
            field="page_id",
        )
    _compare(opened.config, word(linked, "id"))
    username, name = clean_name(word(linked, "username")), clean_name(word(page, "name"))
    shown = f"@{username} ({name})" if username and name else name or opened.config.account
    return Account(name=shown, warnings=tuple(warnings(opened)))


def _by_instagram(opened: Opened[Config]) -> Account:
    me = client.get(opened, "me", fields="user_id,username,name")
    _compare(opened.config, identified(me, "user_id"))
    username = clean_name(word(me, "username"))
    return Account(
        name=f"@{username}" if username else opened.config.account, warnings=tuple(warnings(opened))
    )


def _compare(config: Config, found: str) -> None:
    if found != config.instagram_account_id:
        raise ConfigInvalid(
            _("The token is of another Instagram account than the id."),
            code="another_account",
            field="instagram_account_id",
        )
