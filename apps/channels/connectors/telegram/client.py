"""Calls of the Bot API, and what its errors mean. https://core.telegram.org/bots/api#making-requests"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, BinaryIO
from urllib.parse import quote

from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from apps.channels.connectors.telegram.spec import Config
from apps.core.errors import AuthFailed, ConfigInvalid, OutcomeUnknown, OutsideError, RateLimited, Rejected
from apps.core.http import Answer, Http
from apps.integrations.opening import Opened

TIMEOUT = (5.0, 20.0)
# Long enough for 50 MB over a slow line; what works on deliveries holds its lease for longer.
UPLOAD_SECONDS = 120.0
LONGEST_PAUSE = timedelta(days=1)


class Migrated(Rejected):
    """The group became a supergroup; `chat_id` is where it lives now."""

    def __init__(self, chat_id: int) -> None:
        super().__init__(code="chat_migrated")
        self.chat_id = chat_id


class BadMarkup(Rejected):
    """The text is not valid in the parse mode that was asked for."""

    def __init__(self) -> None:
        super().__init__(code="bad_markup")


@sensitive_variables()
def call(
    opened: Opened[Config],
    method: str,
    values: Mapping[str, Any] | None = None,
    *,
    files: Mapping[str, Any] | None = None,
    idempotent: bool = False,
) -> Any:
    """`result` of the answer. Raises `core.errors`; a lost answer is OutcomeUnknown unless `idempotent`."""
    with _http(opened) as http:
        if files:
            answer = http.post(_path(opened, method), data=values, files=files, deadline=UPLOAD_SECONDS)
        else:
            answer = http.post(_path(opened, method), json=dict(values or {}), idempotent=idempotent)
    return _result(answer, idempotent=idempotent)


@sensitive_variables()
def get(opened: Opened[Config], method: str, params: Mapping[str, Any] | None = None) -> Any:
    with _http(opened) as http:
        return _result(http.get(_path(opened, method), params=params), idempotent=True)


@sensitive_variables()
def download(opened: Opened[Config], file_path: str, *, max_bytes: int, to: BinaryIO) -> str:
    """Returns the content type as the server names it."""
    with _http(opened) as http:
        url = _path(opened, quote(file_path), root="file/bot")
        return http.download(url, max_bytes=max_bytes, to=to).content_type


def _http(opened: Opened[Config]) -> Http:
    return opened.http(opened.config.base_url, classify=meaning, timeout=TIMEOUT)


def _path(opened: Opened[Config], method: str, *, root: str = "bot") -> str:
    return f"/{root}{opened.config.bot_token.get_secret_value()}/{method}"


def _result(answer: Answer, *, idempotent: bool) -> Any:
    """Success in another shape than Telegram's may be anything: what was asked for may have happened."""
    if isinstance(answer.json, dict) and answer.json.get("ok") is True and "result" in answer.json:
        return answer.json["result"]
    raise _not_telegram() if idempotent else OutcomeUnknown(code="not_telegram")


def meaning(answer: Answer) -> OutsideError | None:
    """Telegram's own error object as one of ours; None for success and for what the status alone tells."""
    body = answer.json if isinstance(answer.json, dict) else {}
    if body.get("ok") is not False:
        # A proxy's page, or another server; what a broken gateway answers is left to the status.
        return _not_telegram() if answer.status in (401, 403, 404, 405) else None
    code, words = body.get("error_code", answer.status), str(body.get("description", "")).lower()
    parameters: Mapping[str, Any] = body["parameters"] if isinstance(body.get("parameters"), dict) else {}
    if code == 429:
        # Telegram does not tell whether it is the chat or the bot. It is taken for the bot: we keep to the
        # chat's second, and who goes on calling is shut out for longer.
        return RateLimited(after=_pause(parameters.get("retry_after"), answer))
    if code in (401, 404):  # 404: the token is not even of the right form
        return AuthFailed()
    if code == 403:
        return _forbidden(words)
    if code == 409:
        return ConfigInvalid(
            _("Another program reads this bot's updates. Stop it there."), code="two_consumers"
        )
    if code == 413:
        return Rejected(_("The file is too large for Telegram."), code="too_large")
    if code == 400:
        return _bad_request(words, parameters)
    return None


def _not_telegram() -> ConfigInvalid:
    return ConfigInvalid(
        _("At this address there is no Telegram Bot API."), code="not_telegram", field="base_url"
    )


def _pause(seconds: Any, answer: Answer) -> timedelta:
    if not isinstance(seconds, int) or isinstance(seconds, bool):
        header = answer.headers.get("Retry-After", "")
        seconds = int(header) if header.isdecimal() and len(header) < 10 else 30
    return min(timedelta(seconds=min(max(seconds, 1), 10**6)), LONGEST_PAUSE)


# https://github.com/tdlib/telegram-bot-api/blob/master/telegram-bot-api/Client.cpp
GONE = (
    "bot was blocked",
    "user is deactivated",
    "can't initiate conversation",
    "bot was kicked",
    "bot is not a member",
    "chat not found",
    "user not found",
    "peer_id_invalid",
)
FILE_GONE = ("wrong file_id", "wrong file identifier", "invalid file_id", "file is temporarily unavailable")


def _gone(words: str) -> Rejected | None:
    if not any(sign in words for sign in GONE):
        return None
    return Rejected(
        _("The client cannot be reached there: the bot was blocked, or the account is gone."),
        code="recipient_gone",
    )


def _forbidden(words: str) -> OutsideError:
    return _gone(words) or Rejected(_("Telegram does not let the bot write to this chat."), code="forbidden")


def _bad_request(words: str, parameters: Mapping[str, Any]) -> OutsideError:
    moved = parameters.get("migrate_to_chat_id")
    if isinstance(moved, int) and not isinstance(moved, bool):
        return Migrated(moved)
    if "can't parse" in words and "entit" in words:
        return BadMarkup()
    if "file is too big" in words:
        return Rejected(_("The file is too large: Telegram hands out up to 20 MB."), code="too_large")
    if any(sign in words for sign in FILE_GONE):
        return Rejected(_("Telegram does not have this file any more."), code="file_gone")
    if "too long" in words:
        return Rejected(_("The text is too long for Telegram."), code="too_long")
    return _gone(words) or Rejected(_("Telegram refused the request."), code="bad_request")
