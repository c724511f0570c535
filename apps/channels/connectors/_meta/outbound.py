"""Our messages to a client. https://developers.facebook.com/docs/messenger-platform/reference/send-api"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from apps.channels.connectors._meta import client
from apps.channels.contract import ButtonLimits, MediaKind, Outgoing, Sent
from apps.channels.public_files import public_url, refuse_http
from apps.channels.shapes import word
from apps.core.errors import ConfigInvalid, OutcomeUnknown, Rejected
from apps.integrations.opening import Opened

WINDOW = timedelta(hours=24)
HUMAN_WINDOW = timedelta(days=7)
# https://developers.facebook.com/docs/messenger-platform/send-messages/quick-replies
QUICK_REPLIES = ButtonLimits(most=13, characters=20)
_TYPES = {
    MediaKind.IMAGE: "image",
    MediaKind.VIDEO: "video",
    MediaKind.VOICE: "audio",
    MediaKind.AUDIO: "audio",
}


def recipient_of(message: Outgoing) -> dict[str, str]:
    if not (message.external_user_id.isascii() and message.external_user_id.isdecimal()):
        raise not_a_client()
    return {"id": message.external_user_id}


def not_a_client() -> Rejected:
    return Rejected(_("This is not a client of Instagram or Messenger."), code="bad_chat")


def content_of(message: Outgoing) -> dict[str, Any]:
    """The text, or the file by its address. Raises Rejected for both at once and for nothing."""
    if message.file is None:
        if not message.text.strip():
            raise Rejected(_("There is nothing to send."), code="empty")
        return {"text": message.text, **_quick_replies(message.buttons)}
    if message.text.strip():
        raise Rejected(
            _("No text goes under a file here. Send it as a message of its own."), code="caption_too_long"
        )
    kind = _TYPES.get(message.file.kind, "file")
    return {"attachment": {"type": kind, "payload": {"url": public_url(message.file)}}}


def _quick_replies(buttons: Sequence[str]) -> dict[str, Any]:
    """https://developers.facebook.com/docs/messenger-platform/send-messages/quick-replies"""
    replies = [{"content_type": "text", "title": text, "payload": text} for text in buttons]
    return {"quick_replies": replies} if replies else {}


def is_late(message: Outgoing) -> bool:
    """A person's answer after the first day goes under the tag for people; a machine's never does.

    https://developers.facebook.com/docs/messenger-platform/send-messages/message-tags
    """
    return message.by_human and message.quiet_for is not None and message.quiet_for >= WINDOW


@sensitive_variables()
def post(opened: Opened[Any], message: Outgoing, values: Mapping[str, Any]) -> Sent:
    if message.file is not None and client.is_vendors(opened.config):
        refuse_http(values["message"]["attachment"]["payload"]["url"])
    path = f"{opened.config.node}/messages"
    try:
        answer = client.post(opened, path, json=values, with_file=message.file is not None)
    except ConfigInvalid as error:
        if error.code != "no_permission" or not is_late(message):
            raise
        # The right to answer late is granted apart: the connection itself is well without it.
        raise Rejected(
            _("The client wrote over a day ago, and Meta has not granted the app its Human Agent right."),
            code="no_human_agent",
        ) from None
    mid = word(answer, "message_id")
    if not mid:
        raise OutcomeUnknown(code="no_message_id")
    return Sent(external_message_id=mid)
