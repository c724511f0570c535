"""What was said to the community before, or while nobody listened; as the events that VK would have sent.

https://dev.vk.com/ru/method/messages.getConversations, https://dev.vk.com/ru/method/messages.getHistory
"""

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from apps.channels.connectors.vk import client, ids
from apps.channels.connectors.vk.meaning import not_vk
from apps.channels.connectors.vk.spec import Config
from apps.channels.contract import HistoryPage
from apps.channels.shapes import Shape, part, parts
from apps.core.errors import Rejected
from apps.integrations.opening import Opened

PAGE = 200  # VK's largest, of both lists
_CURSOR = re.compile(r"(\d{1,9})/(\d{1,3})/(\d{1,9})")
_NAMES = ("id", "first_name", "last_name", "screen_name")


class _Place(NamedTuple):
    """Which page of chats, which chat on it, and from which of its messages on."""

    chats: int = 0
    chat: int = 0
    messages: int = 0


@sensitive_variables()
def history(opened: Opened[Config], *, since: datetime, until: datetime, cursor: str = "") -> HistoryPage:
    """One step: two requests at most, and one chat's messages, newest first.

    A chat that moves to the top of the list meanwhile may be passed over; it did so because a message came.
    """
    place = _place(cursor)
    asked = {"offset": place.chats, "count": PAGE, "extended": 1, "fields": "screen_name"}
    answer = client.call(opened, "messages.getConversations", asked)
    chats = _listed(answer)
    index = next((at for at in range(place.chat, len(chats)) if _may_have(chats[at], since)), None)
    if index is None:
        following = f"{place.chats + PAGE}/0/0" if len(chats) >= PAGE else ""
        return HistoryPage(bodies=(), cursor=following)
    peer, offset = _peer(chats[index]), place.messages if index == place.chat else 0
    asked = {"peer_id": peer, "offset": offset, "count": PAGE, "rev": 0}
    messages = _listed(client.call(opened, "messages.getHistory", asked))
    profile = next((one for one in parts(answer, "profiles") if one.get("id") == peer), {})
    bodies = [
        _event(message, profile, opened.config)
        for message in messages
        if (at := _time(message)) is not None and since <= at < until
    ]
    more = len(messages) >= PAGE and _oldest(messages, since) >= since
    then = _Place(place.chats, index, offset + PAGE) if more else _Place(place.chats, index + 1)
    return HistoryPage(bodies=tuple(bodies), cursor="/".join(map(str, then)))


def _place(cursor: str) -> _Place:
    if not cursor:
        return _Place()
    found = _CURSOR.fullmatch(cursor)
    if found is None:
        raise Rejected(_("This is no place in the history to go on from."), code="bad_cursor")
    return _Place(*(int(number) for number in found.groups()))


def _listed(answer: Any) -> list[Shape]:
    if not isinstance(answer, dict) or not isinstance(answer.get("items"), list):
        raise not_vk()
    return parts(answer, "items")


def _peer(chat: Shape) -> int:
    """Of a chat with one person; 0 for all others."""
    number = part(part(chat, "conversation"), "peer").get("id")
    if not isinstance(number, int) or isinstance(number, bool):
        return 0
    return number if 0 < number < ids.GROUP_CHATS else 0


def _may_have(chat: Shape, since: datetime) -> bool:
    """Whether anything can have been written in it since then. A chat without a time is looked into."""
    last = _time(part(chat, "last_message"))
    return bool(_peer(chat)) and (last is None or last >= since)


def _time(message: Shape) -> datetime | None:
    value = message.get("date")
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return datetime.fromtimestamp(value, UTC) if 0 <= value < 2**33 else None


def _oldest(messages: Sequence[Shape], since: datetime) -> datetime:
    return min((at for message in messages if (at := _time(message)) is not None), default=since)


def _event(message: Shape, profile: Shape, config: Config) -> bytes:
    """`message_reply` has the message itself as its object, `message_new` has it inside."""
    own = message.get("out") == 1
    event = {
        "group_id": int(config.group_id),
        "type": "message_reply" if own else "message_new",
        "v": config.api_version,
        "object": message if own else {"message": message},
        "profile": {name: profile[name] for name in _NAMES if name in profile},
    }
    return json.dumps(event, ensure_ascii=False).encode("utf-8", "surrogatepass")
