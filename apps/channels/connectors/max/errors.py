"""What MAX's errors mean: `{"code", "message"}` beside the status. https://dev.max.ru/docs-api"""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from apps.channels.contract import StillProcessing
from apps.core.errors import AuthFailed, ConfigInvalid, OutsideError, RateLimited, Rejected
from apps.core.http import Answer

# `message` quotes the key of the text that people would see. «Suspended»: the client stopped the bot, or the
# bot has not passed moderation.
SUSPENDED = "dialog.suspended"
GONE = (SUSPENDED, "dialog.not", "dialog.denied", "chat.not", "chat.denied", "user.not")
# A dialog takes 2 messages in a second, all of them together 30; which it was is not told, so it is taken for
# the bot's. Either is soon over.
PAUSE = timedelta(seconds=5)
NOT_READY = ("attachment.not.ready", "not.processed")


def meaning(answer: Answer) -> OutsideError | None:
    """MAX's own error object as one of ours; None for success and for what the status alone tells."""
    status = answer.status
    if status == 429 and "Retry-After" not in answer.headers:
        return RateLimited(after=PAUSE)
    if status < 400 or status == 429 or status >= 500:
        return None
    body = answer.json if isinstance(answer.json, dict) else {}
    code, words = (str(body.get(name) or "").lower() for name in ("code", "message"))
    if status == 401 or code == "verify.token":
        return AuthFailed()
    if not code:
        # A proxy's page, or another server.
        return not_max() if status in (404, 405) else None
    if any(sign in f"{code} {words}" for sign in NOT_READY):
        return StillProcessing()
    return _refusal(status, code, words)


def _refusal(status: int, code: str, words: str) -> OutsideError | None:
    if status in (403, 404) and any(sign in f"{code} {words}" for sign in GONE):
        return _gone()
    if status == 403:
        return Rejected(
            _("MAX does not let the bot do this. Check its rights and moderation at business.max.ru."),
            code="forbidden",
        )
    if status == 404:
        return Rejected(
            _("MAX does not find this chat, or the message that is replied to. Send it without the reply."),
            code="not_found",
        )
    if status == 405:
        return not_max()
    if status == 413:
        return _too_large()
    if status == 400:
        return Rejected(
            _("MAX refused the message as it stands. Change it and send it again."), code="bad_request"
        )
    return None


def upload_meaning(answer: Answer) -> OutsideError | None:
    """The server for files is another than the API's: its 401 says nothing about the bot's token."""
    if answer.status == 413:
        return _too_large()
    if 400 <= answer.status < 500 and answer.status not in (408, 425, 429):
        return Rejected(_("MAX did not take the file. Send it in another format."), code="upload_refused")
    return None


def not_max() -> ConfigInvalid:
    return ConfigInvalid(_("At this address there is no MAX bot API."), code="not_max", field="base_url")


def _gone() -> Rejected:
    return Rejected(
        _(
            "The client cannot be reached there: they stopped the bot or removed the chat. If no answer at "
            "all gets through, check at business.max.ru whether the bot has passed moderation."
        ),
        code="recipient_gone",
    )


def _too_large() -> Rejected:
    return Rejected(_("The file is too large for MAX."), code="too_large")
