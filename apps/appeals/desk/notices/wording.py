"""What a notification says, on a screen that others may see: no numbers to call."""

import re
from itertools import groupby

from django.utils.translation import gettext as _

from apps.appeals.guarding.phones import find_phones
from apps.appeals.models import Conversation
from apps.core.text import shorten
from apps.integrations.registry import UnknownConnector, connector

READ, SHOWN = 500, 120
HIDDEN = "•••"
_RUN = re.compile(r"\+?\d{7,}")
# What `who` reads of a conversation: rows with more of them cost twice as much to ask for.
WHO = ("contact__name", "channel__name", "channel__connection__connector")
# A name with so many digits is a number that somebody calls from.
NUMBER = 7


def who(chat: Conversation) -> str:
    """«Иван · Сайт»; who is known by a number alone is a client."""
    return f"{client_name(chat)} · {_channel(chat)}"


def who_at(path: str) -> tuple[str, ...]:
    """The same of rows that have a conversation at `path`."""
    return tuple(f"{path}__{name}" for name in WHO)


def client_name(chat: Conversation) -> str:
    name = shorten(chat.contact.name, 60)
    return _("Client") if not name or _is_number(name) else name


def words(text: str) -> str:
    """The first of them, in which one number may be found twice, as a whole and in part."""
    text = text[:READ]
    numbers = {place for found in find_phones(text) for place in range(found.start, found.end)}
    runs = groupby(enumerate(text), key=lambda one: one[0] in numbers)
    shown = "".join(HIDDEN if hidden else "".join(sign for _at, sign in run) for hidden, run in runs)
    return shorten(_RUN.sub(HIDDEN, shown), SHOWN)


def _is_number(text: str) -> bool:
    return sum(sign.isdecimal() for sign in text) >= NUMBER


def _channel(chat: Conversation) -> str:
    name = chat.channel.name
    if name and not _is_number(name):
        return shorten(name, 40)
    try:
        return str(connector(chat.channel.connection.connector).SPEC.name)
    except UnknownConnector:
        return chat.channel.connection.connector
