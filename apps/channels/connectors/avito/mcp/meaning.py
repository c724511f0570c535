"""What the MCP server's answers mean. It refuses in the body, `success: false` with any status, 200 too.

Its own limit and key come first, then what it passes on: «Avito API Error NNN: …», with Avito's status. The
words only choose among sentences of our own: they are never shown or logged.
"""

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.core.errors import (
    AuthFailed,
    ConfigInvalid,
    OutcomeUnknown,
    OutsideError,
    RateLimited,
    Rejected,
    Transient,
)
from apps.core.http import Answer

# Its limit is counted over a minute.
WINDOW = timedelta(seconds=60)
LONGEST_PAUSE = timedelta(days=1)
# Not what a parser says of broken JSON: «Unexpected token».
_TOKEN = re.compile(r"(?<!unexpected )\btokens?\b|client_id|client_secret|credential")
_AVITO = re.compile(r"avito api error\W*(\d{3})")


def meaning(answer: Answer, *, idempotent: bool) -> OutsideError | None:
    """None for success and for what the status alone tells. `idempotent`: whether it may be asked again."""
    body = line_of(answer.json) or (answer.json if isinstance(answer.json, dict) else {})
    if 300 <= answer.status < 400 or not (answer.status >= 400 or _is_refusal(body)):
        return None
    words = _words(body)
    if avito := _AVITO.search(words):
        return _of_avito(int(avito[1]), words, answer, idempotent)
    if answer.status == 429 or "rate limit" in words or "too many requests" in words:
        return RateLimited(after=_pause(answer))
    if answer.status >= 500 and not _is_refusal(body):
        return None
    return _of_words(answer.status, words, idempotent) or _of_status(answer.status, body)


def line_of(found: Any) -> dict[str, Any]:
    """What a bulk's answer says of its only message; empty where it says nothing of one."""
    lines = found.get("results") if isinstance(found, dict) else None
    return lines[0] if isinstance(lines, list) and len(lines) == 1 and isinstance(lines[0], dict) else {}


def not_the_api() -> ConfigInvalid:
    return ConfigInvalid(
        _("At this address there is no MCP REST API server for Avito."), code="not_the_api", field="base_url"
    )


def _is_refusal(body: dict[str, Any]) -> bool:
    return body.get("success") is False or (bool(body.get("error")) and body.get("success") is not True)


def _words(body: dict[str, Any]) -> str:
    """`error` as the specification has it; an object, and `detail`, as web frameworks have it."""
    found = [body.get("error"), body.get("detail")]
    if isinstance(body.get("error"), dict):
        found += [body["error"].get("message")]
    return " ".join(one[:1000].lower() for one in found if isinstance(one, str))


def _of_words(status: int, words: str, idempotent: bool) -> OutsideError | None:
    about_key = re.search(r"api[ _-]?key", words)
    if not about_key and _TOKEN.search(words):
        return _token_refused()
    if about_key or status == 401:
        return AuthFailed(
            _("The MCP server does not accept the API key. Enter the key that is set on the server.")
        )
    if "chat not found" in words:
        return _gone()
    if "too long" in words:
        return _too_long()
    if any(sign in words for sign in ("timeout", "timed out", "connection")):
        return _unfinished("avito_away", idempotent)
    return None


def _of_status(status: int, body: dict[str, Any]) -> OutsideError | None:
    if body.get("success") is False and status < 500:
        return Rejected(
            _("The MCP server refused it without a known reason. Its log tells why."), code="refused"
        )
    if status in (404, 405):
        return not_the_api()
    return None


def _of_avito(status: int, words: str, answer: Answer, idempotent: bool) -> OutsideError:
    """https://developers.avito.ru/api-catalog/messenger/documentation"""
    if status in _BY_AVITO:
        return _BY_AVITO[status]()
    if status == 429:
        return RateLimited(after=_pause(answer))
    if status == 408 or status >= 500:
        return _unfinished(f"avito_{status}", idempotent)
    if "too long" in words:
        return _too_long()
    return Rejected(_("Avito refused it. Check the text and the picture."), code=f"avito_{status}")


def _no_plan() -> ConfigInvalid:
    return ConfigInvalid(
        _("Avito's paid level that includes messages is missing or has ended. Renew it at Avito."),
        code="avito_plan",
    )


def _forbidden() -> ConfigInvalid:
    return ConfigInvalid(
        _(
            "Avito does not let the MCP server into the messages. Check the paid level at Avito and the "
            "rights of the server's Client ID."
        ),
        code="avito_forbidden",
    )


def _away() -> Transient:
    """503 alone says that nothing happened."""
    return Transient(_("Avito does not answer at the moment. It will be tried again."), code="avito_503")


def _token_refused() -> AuthFailed:
    return AuthFailed(
        _(
            "Avito does not accept the MCP server's own access any more. Whoever runs that server must renew "
            "its Client ID and Client Secret."
        ),
        code="avito_token",
    )


def _gone() -> Rejected:
    return Rejected(
        _("Avito does not have this chat any more: the client cannot be reached there."),
        code="recipient_gone",
    )


def _too_long() -> Rejected:
    return Rejected(_("The text is too long for Avito: at most 1000 characters."), code="too_long")


def _unfinished(code: str, idempotent: bool) -> OutsideError:
    return Transient(code=code) if idempotent else OutcomeUnknown(code=code)


def _pause(answer: Answer) -> timedelta:
    header = answer.headers.get("Retry-After", "").strip()
    if not (header.isascii() and header.isdecimal()) or len(header) > 9:
        return WINDOW
    return min(timedelta(seconds=max(int(header), 1)), LONGEST_PAUSE)


_BY_AVITO: Mapping[int, Callable[[], OutsideError]] = {
    401: _token_refused,
    402: _no_plan,
    403: _forbidden,
    404: _gone,
    503: _away,
}
