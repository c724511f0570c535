"""A line comes in: judged, its file stored, then line and event; and the line as its page shows it."""

import uuid
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _

from apps.channels.chat import limits
from apps.channels.chat.answers import Refused, form_body, json_body
from apps.channels.chat.contacts import as_words, read_contact
from apps.channels.chat.files import file_in, has_file, keep, refuse_large, seconds_in, shown_file
from apps.channels.chat.lines import Written, find_line, write
from apps.channels.chat.origin import read_origin
from apps.channels.chat.sessions import Chat, find_visitor, token_for
from apps.channels.connectors.webchat import LIMITS
from apps.channels.models import ChatLine, ChatVisitor
from apps.core.text import clean

TOKEN = "X-Chat-Token"  # noqa: S105 - the header's name


def post_line(request: HttpRequest, chat: Chat) -> JsonResponse:
    """A line that is here already is answered without being counted or stored again."""
    data = _said(request)
    key = _key(data.get("key"))
    is_new = not request.headers.get(TOKEN)
    token = token_for(channel=chat.channel, key=key)
    visitor = find_visitor(channel=chat.channel, token=token) if is_new else visitor_of(request, chat)
    line = find_line(visitor=visitor, key=key) if visitor else None
    if line is None:
        written = _written(request, chat, visitor, data)
        line = write(channel=chat.channel, visitor=visitor, token=token, key=key, written=written)
    answer: dict[str, Any] = {"line": shown(line, chat=chat, visitor=line.visitor)}
    if is_new:
        answer["token"] = token
    return JsonResponse(answer)


def _said(request: HttpRequest) -> dict[str, Any]:
    if not has_file(request):
        return json_body(request)
    refuse_large(request)
    return form_body(request)


def _written(request: HttpRequest, chat: Chat, visitor: ChatVisitor | None, data: dict[str, Any]) -> Written:
    """Raises Refused before anything is kept of it. A file is stored last, once all else is in order."""
    upload = request.FILES.get("file") if has_file(request) else None
    contact = read_contact(data.get("contact"))
    text = _text(data.get("text"), may_be_empty=bool(upload or contact))
    if not chat.is_open:
        raise Refused(
            403, "closed", chat.config.offline_text or _("The chat takes no messages at the moment.")
        )
    limits.may_write(request=request, chat=chat, visitor=visitor)
    origin = read_origin(data.get("origin"))
    if upload is None:
        return Written(
            text="\n\n".join(filter(None, (text, as_words(contact)))), origin=origin, contact=contact
        )
    file = file_in(upload, is_voice=data.get("voice") == "1")
    limits.may_store(request=request, visitor=visitor, size=file.size)
    kept = keep(file, upload, chat)
    return Written(text=text, origin=origin, file=kept, seconds=seconds_in(data.get("seconds")))


def shown(line: ChatLine, *, chat: Chat, visitor: ChatVisitor) -> dict[str, Any]:
    """Our own delivery's key stays with us."""
    facts: dict[str, Any] = {
        "id": line.pk,
        "mine": line.from_visitor,
        "text": line.text,
        "at": line.at.isoformat(),
    }
    if line.from_visitor:
        facts["key"] = line.key
    if line.buttons:
        facts["buttons"] = line.buttons
    if line.file:
        facts["file"] = shown_file(line, chat=chat, visitor=visitor)
    return facts


def visitor_of(request: HttpRequest, chat: Chat) -> ChatVisitor:
    visitor = find_visitor(channel=chat.channel, token=request.headers.get(TOKEN, ""))
    if visitor is None:
        raise Refused(401, "no_visitor", _("This conversation can't be continued; a new one begins."))
    return visitor


def _key(value: Any) -> uuid.UUID:
    try:
        return uuid.UUID(value)
    except (ValueError, AttributeError, TypeError):
        raise Refused(400, "key", _("The request can't be read.")) from None


def _text(value: Any, *, may_be_empty: bool) -> str:
    text = clean(value, limit=None).strip() if isinstance(value, str) else ""
    if not text and not may_be_empty:
        raise Refused(400, "empty", _("Write a message first."))
    if len(text) > LIMITS.text:
        raise Refused(
            400, "too_long", _("A message may have at most %(limit)d characters.") % {"limit": LIMITS.text}
        )
    return text
