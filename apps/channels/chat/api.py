"""What the chat page asks: write a line, read the lines after one, tell which were seen."""

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _

from apps.channels.chat import limits
from apps.channels.chat.answers import Refused, chat_api, json_body
from apps.channels.chat.away import away_words
from apps.channels.chat.lines import AT_ONCE, lines_after, mark_seen, seen_of
from apps.channels.chat.posting import post_line, shown, visitor_of
from apps.channels.chat.sessions import Chat
from apps.channels.presence import is_recent, note_client_writes

LARGEST_ID = 2**63 - 1


@chat_api
def messages(request: HttpRequest, chat: Chat) -> JsonResponse:
    if request.method == "POST":
        return post_line(request, chat)
    if request.method == "GET":
        return _read(request, chat)
    raise Refused(405, "method", _("The request can't be read."))


@chat_api
def seen(request: HttpRequest, chat: Chat) -> JsonResponse:
    if request.method != "POST":
        raise Refused(405, "method", _("The request can't be read."))
    visitor = visitor_of(request, chat)
    limits.may_report(visitor=visitor)
    data = json_body(request)
    mark_seen(
        channel=chat.channel,
        visitor=visitor,
        delivered=_whole(data.get("delivered", 0)),
        read=_whole(data.get("read", 0)),
    )
    return JsonResponse({})


def _read(request: HttpRequest, chat: Chat) -> JsonResponse:
    """Asked every second by every open page: three queries, four where there is something new from us."""
    visitor = visitor_of(request, chat)
    if request.GET.get("typing") == "1":
        note_client_writes(visitor)
    lines = lines_after(visitor=visitor, after=_whole(request.GET.get("after", 0)))
    return JsonResponse(
        {
            "lines": [shown(line, chat=chat, visitor=visitor) for line in lines],
            "seen": seen_of(channel=chat.channel, lines=lines),
            "more": len(lines) == AT_ONCE,
            "open": chat.is_open,
            "away": away_words(chat),
            "typing": is_recent(visitor.answers_at),
            "read": visitor.read_up_to,
        }
    )


def _whole(value: Any) -> int:
    """A line's id; anything else counts as «none yet»."""
    try:
        number = int(value)
    except (ValueError, TypeError, OverflowError):
        return 0
    return number if 0 <= number <= LARGEST_ID else 0
