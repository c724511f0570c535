"""The door's manners: JSON in, JSON out, errors as sentences in the chat's language."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

import structlog
from django.core.exceptions import SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt

from apps.channels.chat.sessions import Chat, find_chat
from apps.core.errors import ConfigInvalid

log = structlog.get_logger(__name__)

MAX_BODY = 64 * 1024


class Refused(Exception):
    """Answered with this status, a stable word for the page and a sentence for the person."""

    def __init__(self, status: int, code: str, message: str | Promise, *, retry_after: int = 0) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message
        self.retry_after = retry_after


NO_CHAT = (404, "no_chat", _("There is no such chat."))
BUSY = (503, "unavailable", _("The chat is not available at the moment. It will be tried again."))


def chat_api(view: Callable[[HttpRequest, Chat], JsonResponse]) -> Callable[..., HttpResponseBase]:
    """Finds the chat and speaks its language. No cookie is read, so there is nothing for CSRF to misuse."""

    @csrf_exempt
    @wraps(view)
    def answer(request: HttpRequest, public_id: str) -> HttpResponseBase:
        try:
            chat = find_chat(public_id)
            if chat is None:
                return refuse(Refused(*NO_CHAT))
            with translation.override(chat.channel.tenant.language):
                return _in_language(view, request, chat)
        except (OperationalError, InterfaceError, ConfigInvalid) as error:
            log.error("chat.unavailable", error=type(error).__name__)
            return refuse(Refused(*BUSY, retry_after=5))

    return answer


def _in_language(
    view: Callable[[HttpRequest, Chat], JsonResponse], request: HttpRequest, chat: Chat
) -> HttpResponseBase:
    try:
        response = view(request, chat)
    except Refused as refused:
        return refuse(refused)
    response["Cache-Control"] = "no-store"
    return response


def refuse(refused: Refused) -> JsonResponse:
    error = {"code": refused.code, "message": str(refused.message)}
    headers = {"Cache-Control": "no-store"}
    if refused.retry_after:
        headers["Retry-After"] = str(refused.retry_after)
    return JsonResponse({"error": error}, status=refused.status, headers=headers)


def form_body(request: HttpRequest) -> dict[str, Any]:
    """The words of a form with a file, which is in `request.FILES`. Raises Refused where it can't be read."""
    try:
        said: dict[str, Any] = request.POST.dict()
        said["origin"] = json.loads(said.get("origin") or "null")
    except (ValueError, RecursionError, UnreadablePostError, MultiPartParserError, SuspiciousOperation):
        raise Refused(400, "not_a_form", _("The request can't be read.")) from None
    return said


def json_body(request: HttpRequest) -> dict[str, Any]:
    """Raises Refused where it is too long or not a JSON object."""
    try:
        if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_BODY:
            raise Refused(413, "too_large", _("This is too much at once."))
        data = json.loads(request.body.decode("utf-8"))
    except (ValueError, RecursionError, UnreadablePostError):
        raise Refused(400, "not_json", _("The request can't be read.")) from None
    if not isinstance(data, dict):
        raise Refused(400, "not_json", _("The request can't be read."))
    return data
