"""What was said at Avito before, or while nobody listened: all chats, the one written in last first.

Messages as Avito has them are put into the normalised form, with the chat they are from and its client's
name; what an MCP server has normalised itself is passed on as it is.
https://developers.avito.ru/api-catalog/messenger/documentation
"""

import json
import re
from datetime import datetime, tzinfo
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from apps.channels.connectors.avito import transport
from apps.channels.connectors.avito.ids import as_key
from apps.channels.connectors.avito.moments import moment
from apps.channels.connectors.avito.normalised import is_normalised
from apps.channels.connectors.avito.spec import Config
from apps.channels.contract import HistoryPage
from apps.channels.shapes import Shape, part, parts, word
from apps.core.errors import Rejected
from apps.core.text import clean
from apps.integrations.opening import Opened

PAGE = 100  # Avito's largest
FURTHEST = 1000  # Avito pages no further
_CURSOR = re.compile(r"(\d{1,4})/(\d{1,3})/(\d{1,4})")


class _Place(NamedTuple):
    """Which page of chats, which chat on it, and from which of its messages on."""

    chats: int = 0
    chat: int = 0
    messages: int = 0


@sensitive_variables()
def history(opened: Opened[Config], *, since: datetime, until: datetime, cursor: str = "") -> HistoryPage:
    """One step through the messages of all chats from `since` (inclusive) to `until` (exclusive), both aware.

    Call it with "" first and then with the `cursor` of the page before, until that is empty. A step makes
    two requests at most and keeps nothing: with the same cursor it may be repeated after any failure. Each
    body is one message: a message keeps its id, so those that came already end as duplicates. Our own are
    among them. A chat that moves to the top of the list meanwhile may be passed over; it did so because a
    message came, and a second run finds it. Avito shows the newest 1000 chats, and the newest 1000 messages
    of each.

    Raises `core.errors`: RateLimited says when the step may be repeated, Rejected where the cursor is none.
    """
    way, place = transport.of(opened), _place(cursor)
    chats = way.list_chats(opened, limit=PAGE, offset=place.chats)
    index = next((at for at in range(place.chat, len(chats)) if _may_have(chats[at], since)), None)
    if index is None:
        return HistoryPage(bodies=(), cursor=_next_chats(place, len(chats)))
    chat, offset = chats[index], place.messages if index == place.chat else 0
    messages = _messages(opened, as_key(chat.get("id")), offset)
    zone, own = ZoneInfo(opened.connection.tenant.timezone), way.account(opened)
    timed = [(message, _time(message, zone)) for message in messages]
    bodies = [
        _body(message, at, chat, own) for message, at in timed if at is not None and since <= at < until
    ]
    oldest = min((at for _message, at in timed if at is not None), default=since)
    more = len(messages) >= PAGE and offset + PAGE < FURTHEST and oldest >= since
    following = _Place(place.chats, index, offset + PAGE) if more else _Place(place.chats, index + 1)
    return HistoryPage(bodies=tuple(bodies), cursor="/".join(map(str, following)))


def _messages(opened: Opened[Config], chat: str, offset: int) -> list[Shape]:
    """None where the chat has gone since it was listed: the others are read all the same."""
    try:
        return transport.of(opened).list_messages(opened, chat, limit=PAGE, offset=offset)
    except Rejected as error:
        if error.code != "recipient_gone":
            raise
    return []


def _place(cursor: str) -> _Place:
    if not cursor:
        return _Place()
    found = _CURSOR.fullmatch(cursor)
    if found is None:
        raise Rejected(_("This is no place in the history to go on from."), code="bad_cursor")
    return _Place(*(int(number) for number in found.groups()))


def _next_chats(place: _Place, count: int) -> str:
    """A page that is not full is the last."""
    following = place.chats + PAGE
    return f"{following}/0/0" if count >= PAGE and following < FURTHEST else ""


def _may_have(chat: Shape, since: datetime) -> bool:
    """Whether anything can have been written in it since then. A chat without a time is looked into."""
    if not as_key(chat.get("id")):
        return False
    updated = moment(chat.get("updated"))
    return updated is None or updated >= since


def _time(message: Shape, zone: tzinfo) -> datetime | None:
    return moment(message.get("created"), zone) or moment(message.get("timestamp"), zone)


def _body(message: Shape, at: datetime, chat: Shape, own: str) -> bytes:
    found = message if is_normalised(message) else _normalised(message, at, chat, own)
    return json.dumps(found, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _normalised(message: Shape, at: datetime, chat: Shape, own: str) -> dict[str, Any]:
    own, theirs = _sides(message, chat, own)
    listing = part(part(chat, "context"), "value")
    user = next((one for one in parts(chat, "users") if as_key(one.get("id")) == theirs), {})
    return {
        "channel": "avito",
        "external_user_id": theirs,
        "external_chat_id": as_key(chat.get("id")),
        "text": word(part(message, "content"), "text"),
        "timestamp": at.isoformat(),
        "client_name": clean(word(user, "name"), limit=200) or None,
        "meta": {
            "external_message_id": as_key(message.get("id")),
            "ad_channel": "avito",
            "ad_id": as_key(listing.get("id")) or None,
            "original_media_type": word(message, "type"),
            "user_id": own or None,
            "raw": {**message, "chat_id": as_key(chat.get("id"))},
        },
        "prefilled_data": {},
    }


def _sides(message: Shape, chat: Shape, own: str) -> tuple[str, str]:
    """Our own account, empty where nothing tells it, and the client; of both our messages and theirs."""
    author, direction = as_key(message.get("author_id")), word(message, "direction")
    own = own or (author if direction == "out" else as_key(message.get("user_id")))
    if author and (direction == "in" or author != own):
        return own, author
    others = (as_key(user.get("id")) for user in parts(chat, "users"))
    return own, next((other for other in others if other not in ("", own)), author)
