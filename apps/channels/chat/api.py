"""What the chat page asks: write a line, read the lines after one, tell which were seen."""

import uuid
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _

from apps.channels.chat import limits
from apps.channels.chat.answers import Refused, chat_api, json_body
from apps.channels.chat.lines import AT_ONCE, find_line, lines_after, mark_seen, seen_of, write
from apps.channels.chat.origin import read_origin
from apps.channels.chat.sessions import Chat, find_visitor, token_for
from apps.channels.connectors.webchat import LIMITS
from apps.channels.models import ChatLine, ChatVisitor
from apps.core.text import clean

TOKEN = "X-Chat-Token"  # noqa: S105 - the header's name
LONGEST_TOKEN = 128
LARGEST_ID = 2**63 - 1


@chat_api
def messages(request: HttpRequest, chat: Chat) -> JsonResponse:
    if request.method == "POST":
        return _write(request, chat)
    if request.method == "GET":
        return _read(request, chat)
    raise Refused(405, "method", _("The request can't be read."))


@chat_api
def seen(request: HttpRequest, chat: Chat) -> JsonResponse:
    if request.method != "POST":
        raise Refused(405, "method", _("The request can't be read."))
    visitor = _visitor(request, chat)
    limits.may_report(visitor=visitor)
    data = json_body(request)
    mark_seen(
        channel=chat.channel,
        visitor=visitor,
        delivered=_whole(data.get("delivered", 0)),
        read=_whole(data.get("read", 0)),
    )
    return JsonResponse({})


def _write(request: HttpRequest, chat: Chat) -> JsonResponse:
    """A line that is here already is answered without being counted or stored again."""
    data = json_body(request)
    key = _key(data.get("key"))
    is_new = not request.headers.get(TOKEN)
    token = token_for(channel=chat.channel, key=key)
    visitor = find_visitor(channel=chat.channel, token=token) if is_new else _visitor(request, chat)
    line = find_line(visitor=visitor, key=key) if visitor else None
    if line is None:
        line = _store(request, chat, visitor, token=token, key=key, data=data)
    answer: dict[str, Any] = {"line": _shown(line)}
    if is_new:
        answer["token"] = token
    return JsonResponse(answer)


def _store(
    request: HttpRequest,
    chat: Chat,
    visitor: ChatVisitor | None,
    *,
    token: str,
    key: uuid.UUID,
    data: dict[str, Any],
) -> ChatLine:
    text = _text(data.get("text"))
    if not chat.is_open:
        raise Refused(
            403, "closed", chat.config.offline_text or _("The chat takes no messages at the moment.")
        )
    limits.may_write(request=request, chat=chat, visitor=visitor)
    origin = read_origin(data.get("origin"))
    return write(channel=chat.channel, visitor=visitor, token=token, key=key, text=text, origin=origin)


def _read(request: HttpRequest, chat: Chat) -> JsonResponse:
    visitor = _visitor(request, chat)
    lines = lines_after(visitor=visitor, after=_whole(request.GET.get("after", 0)))
    return JsonResponse(
        {
            "lines": [_shown(line) for line in lines],
            "seen": seen_of(channel=chat.channel, lines=lines),
            "more": len(lines) == AT_ONCE,
            "open": chat.is_open,
        }
    )


def _shown(line: ChatLine) -> dict[str, Any]:
    """Our own delivery's key stays with us."""
    shown = {"id": line.pk, "mine": line.from_visitor, "text": line.text, "at": line.at.isoformat()}
    return {**shown, "key": line.key} if line.from_visitor else shown


def _visitor(request: HttpRequest, chat: Chat) -> ChatVisitor:
    token = request.headers.get(TOKEN, "")
    visitor = find_visitor(channel=chat.channel, token=token) if 0 < len(token) <= LONGEST_TOKEN else None
    if visitor is None:
        raise Refused(401, "no_visitor", _("This conversation can't be continued; a new one begins."))
    return visitor


def _key(value: Any) -> uuid.UUID:
    try:
        return uuid.UUID(value)
    except (ValueError, AttributeError, TypeError):
        raise Refused(400, "key", _("The request can't be read.")) from None


def _text(value: Any) -> str:
    text = clean(value, limit=None).strip() if isinstance(value, str) else ""
    if not text:
        raise Refused(400, "empty", _("Write a message first."))
    if len(text) > LIMITS.text:
        raise Refused(
            400, "too_long", _("A message may have at most %(limit)d characters.") % {"limit": LIMITS.text}
        )
    return text


def _whole(value: Any) -> int:
    """A line's id; anything else counts as «none yet»."""
    try:
        number = int(value)
    except (ValueError, TypeError, OverflowError):
        return 0
    return number if 0 <= number <= LARGEST_ID else 0
