"""The policy gate: whether a channel can carry this message now. People and machines ask it alike."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.channels.contract import Capability, MediaKind, OutgoingFile
from apps.channels.models import Channel
from apps.integrations.models import Health
from apps.integrations.registry import UnknownConnector, connector

SWITCHED_OFF = gettext_lazy("The connection of this channel is switched off.")

CAPABILITY_OF = {
    MediaKind.IMAGE: Capability.IMAGE,
    MediaKind.VOICE: Capability.VOICE,
}


def closed(channel: Channel) -> str | None:
    """Why nothing at all can be sent through it now, for a composer to show before a word is typed."""
    connection = channel.connection
    if not channel.is_active:
        return _("This channel is switched off.")
    if not connection.is_active:
        return str(SWITCHED_OFF)
    if connection.health == Health.NEEDS_RECONNECT:
        return _("The service does not accept the key any more. Reconnect it on the integrations page.")
    if not capabilities(channel):
        return _("The integration of this channel is not installed.")
    return None


def capabilities(channel: Channel) -> frozenset[str]:
    """Empty where the integration is not installed any more."""
    try:
        return frozenset(connector(channel.connection.connector).SPEC.capabilities)
    except UnknownConnector:
        return frozenset()


def refusal(channel: Channel, *, text: str, file: OutgoingFile | None = None) -> str | None:
    """The reason, in the reader's language, why this message can't be sent; None where it can."""
    if reason := closed(channel):
        return reason
    module = connector(channel.connection.connector)
    if file is not None:
        return _file_refusal(module, file) or (_text_refusal(module, text) if text.strip() else None)
    return _text_refusal(module, text)


def _text_refusal(module: Any, text: str) -> str | None:
    if not text.strip():
        return _("Write a message first.")
    if Capability.TEXT not in module.SPEC.capabilities:
        return _("This service carries no text.")
    if len(text) > module.LIMITS.text:
        return _("At most %(limit)d characters go into one message here; this one has %(length)d.") % {
            "limit": module.LIMITS.text,
            "length": len(text),
        }
    return None


def _file_refusal(module: Any, file: OutgoingFile) -> str | None:
    if CAPABILITY_OF.get(file.kind, Capability.DOCUMENT) not in module.SPEC.capabilities:
        return _("This service carries no files of this kind.")
    if file.size > module.LIMITS.file_bytes:
        return _("Files up to %(limit)d MB go through this service; this one is larger.") % {
            "limit": module.LIMITS.file_bytes // (1024 * 1024)
        }
    return None
