"""Does the key open the community, and do its events come here. https://dev.vk.com/ru/method/groups.getById"""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from apps.channels.connectors.vk import client
from apps.channels.connectors.vk.longpoll import polls
from apps.channels.connectors.vk.meaning import LONG_POLL, not_vk
from apps.channels.connectors.vk.spec import Config
from apps.channels.models import Channel
from apps.channels.registering import webhook_url
from apps.channels.shapes import Shape, parts, word
from apps.core.errors import AuthFailed, ConfigInvalid, OutsideError, Rejected
from apps.core.text import clean_name
from apps.integrations.contract import Account, Fact
from apps.integrations.models import Connection
from apps.integrations.opening import Opened

# https://dev.vk.com/ru/method/groups.setLongPollSettings
EVENTS = (
    "message_new",
    "message_reply",
    "message_edit",
    "message_allow",
    "message_deny",
    "message_read",
    "message_event",
    "message_reaction_event",
)


@sensitive_variables()
def check(opened: Opened[Config]) -> Account:
    config = opened.config
    group = _group(client.call(opened, "groups.getById", {"group_id": config.group_id}))
    if str(group.get("id")) != config.group_id:
        raise ConfigInvalid(
            _("VK knows no such community, or the key is of another one. Check the community's id."),
            code="another_group",
            field="group_id",
        )
    name, screen_name = clean_name(word(group, "name")), clean_name(word(group, "screen_name"))
    shown = f"{name} (vk.com/{screen_name})" if name and screen_name else name or config.group_id
    return Account(name=shown, warnings=tuple(_warnings(opened)))


@sensitive_variables()
def install(opened: Opened[Config]) -> None:
    """Switch on what is needed in the community, and learn the code that VK will want to hear."""
    config = opened.config
    if polls(config):
        wanted = {
            "group_id": config.group_id,
            "enabled": 1,
            "api_version": config.api_version,
            **dict.fromkeys(EVENTS, 1),
        }
        client.call(opened, "groups.setLongPollSettings", wanted)
    if config.receive != "long_poll":
        keep_code(opened)


def card_facts(connection: Connection) -> list[Fact]:
    """For the card: the address, for whoever sets the Callback API."""
    channel = Channel.objects.filter(connection=connection).select_related("connection").first()
    if channel is None or connection.config.get("receive") == "long_poll":
        return []
    return [Fact(label=_("Address for the Callback API"), value=webhook_url(channel), copyable=True)]


def _group(response: Any) -> Shape:
    """A list in old versions, since 5.139 an object with one."""
    found = response if isinstance(response, dict) else {"groups": response}
    groups = parts(found, "groups")
    if not groups:
        raise not_vk()
    return groups[0]


def _warnings(opened: Opened[Config]) -> list[str | Promise]:
    config = opened.config
    found: list[str | Promise] = []
    if polls(config):
        try:
            client.call(opened, LONG_POLL, {"group_id": config.group_id})
        except (AuthFailed, ConfigInvalid, Rejected) as error:
            found.append(error.public)
    if config.receive == "callback" and not config.confirmation_code:
        found.append(
            _("The confirmation code is not known. Copy it from the Callback API's settings in VK to here.")
        )
    return found


def keep_code(opened: Opened[Config]) -> None:
    """Past the history, which is of what people changed: they may enter one, but VK's own word counts."""
    group = opened.config.group_id
    try:
        found = client.call(opened, "groups.getCallbackConfirmationCode", {"group_id": group})
    except OutsideError:
        if opened.config.receive == "callback":
            raise
        return  # Long Poll brings everything meanwhile
    code = clean_name(word(found if isinstance(found, dict) else {}, "code"), limit=64)
    connection = opened.connection
    if not code or connection.config.get("confirmation_code") == code:
        return
    config = {**connection.config, "confirmation_code": code}
    same = Connection.objects.filter(pk=connection.pk, updated_at=connection.updated_at)
    if same.update(config=config):
        connection.config = config
