"""Whose account is it, and do its messages come here.

https://developers.avito.ru/api-catalog/messenger/documentation#operation/postWebhookV3
"""

from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from apps.channels.connectors.avito.addresses import own_address
from apps.channels.connectors.avito.direct import client
from apps.channels.connectors.avito.direct.access import not_avito
from apps.channels.connectors.avito.spec import SECRET_PARAMETER, VENDOR_URL, Config
from apps.core.errors import ConfigInvalid, Rejected
from apps.core.text import clean_name
from apps.integrations.contract import Account
from apps.integrations.opening import Opened


@sensitive_variables()
def check(opened: Opened[Config]) -> Account:
    found = client.whoami(opened)
    number, name = str(found["id"]), found.get("name")
    if opened.config.user_id not in ("", number):
        raise ConfigInvalid(
            format_lazy(_("These keys are of another Avito account: its number is {number}."), number=number),
            code="other_account",
            field="user_id",
        )
    named = clean_name(name, limit=100) if isinstance(name, str) else ""
    return Account(name=f"{named} ({number})" if named else number, warnings=tuple(_warnings(opened)))


@sensitive_variables()
def install(opened: Opened[Config]) -> bool:
    """Tell Avito where to send messages. False where it could not reach this server anyway."""
    client.account(opened)  # learnt, where it is not set: events on the shared address are told by it
    url = own_address(opened.connection)
    if not url or not (url.startswith("https://") or opened.config.base_url != VENDOR_URL):
        return False
    secret = opened.config.webhook_secret.get_secret_value()
    told = f"{url}?{SECRET_PARAMETER}={quote(secret, safe='')}" if secret else url
    answer = client.call(
        opened, "POST", "/messenger/v3/webhook", idempotent=True, options=lambda: {"json": {"url": told}}
    )
    if answer.get("ok") is not True:
        raise Rejected(_("Avito did not take this server's address for messages."), code="webhook_refused")
    return True


def _warnings(opened: Opened[Config]) -> list[str | Promise]:
    try:
        subscribed = is_subscribed(opened)
    except (Rejected, ConfigInvalid) as error:
        if error.code == "tariff":
            raise
        # The keys were accepted a moment ago; a server in between may lack this method.
        return [_("It could not be found out where Avito sends messages.")]
    url = own_address(opened.connection)
    if not url or subscribed:
        return []
    sentence = _("Avito does not send messages here. Save the settings again. The address: {url}")
    return [format_lazy(sentence, url=url)]


@sensitive_variables()
def is_subscribed(opened: Opened[Config]) -> bool | None:
    """Whether Avito sends messages to this server; None where this server has no address yet."""
    found = client.call(opened, "POST", "/messenger/v1/subscriptions", idempotent=True, missing=not_avito)
    url = own_address(opened.connection)
    return _is_known(found.get("subscriptions"), url) if url else None


def _is_known(subscriptions: Any, url: str) -> bool:
    """The addresses that all channels share serve as well; a secret in the query does not matter."""
    ours = {url, *(f"{settings.PUBLIC_URL}/webhook/avito{rest}" for rest in ("", "/incoming"))}
    listed = subscriptions if isinstance(subscriptions, list) else []
    urls = [one.get("url") for one in listed if isinstance(one, dict)]
    return any(str(one).partition("?")[0].rstrip("/") in ours for one in urls)
