"""What is asked of an answer before any provider hears of it."""

import re

from django.utils.translation import gettext_lazy as _

from apps.channels.contract import Limits, Outgoing
from apps.core.errors import OutcomeUnknown, Rejected
from apps.core.http import Answer


def check_message(message: Outgoing, limits: Limits) -> None:
    """Raises Rejected for what would be refused anyway."""
    text, file = message.text, message.file
    if file is None and not text.strip():
        raise Rejected(_("There is nothing to send."), code="empty")
    if file is None and len(text) > limits.text:
        raise Rejected(_("The text is too long for one message in WhatsApp."), code="too_long")
    if file is not None and text.strip() and len(text) > limits.caption_under(file.kind):
        raise Rejected(
            _("So much text does not go under this file. Send it as its own message."),
            code="caption_too_long",
        )


def phone_of(chat: str) -> str:
    """Digits alone. Raises Rejected."""
    if not re.fullmatch(r"\+?[0-9]{5,20}", chat):
        raise Rejected(_("This is not a WhatsApp number."), code="bad_chat")
    return chat.removeprefix("+")


def id_in(answer: Answer, name: str) -> str:
    """The id that our message was given. An answer without it may mean anything: OutcomeUnknown."""
    found = answer.json.get(name) if isinstance(answer.json, dict) else None
    if not isinstance(found, str) or not found:
        raise OutcomeUnknown(code="no_message_id")
    return found
