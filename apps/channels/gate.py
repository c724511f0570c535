"""The policy gate: whether a channel can carry this message now. People and machines ask it alike."""

from datetime import timedelta
from functools import partial
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.channels.contract import SOUNDS, Capability, Limits, MediaKind, OutgoingFile
from apps.channels.converting import target
from apps.channels.models import Channel
from apps.core.text import parts_of
from apps.integrations.models import Health
from apps.integrations.registry import UnknownConnector, connector

SWITCHED_OFF = gettext_lazy("The connection of this channel is switched off.")

CAPABILITY_OF = {
    MediaKind.IMAGE: Capability.IMAGE,
    MediaKind.VOICE: Capability.VOICE,
    MediaKind.AUDIO: Capability.AUDIO,
    MediaKind.VIDEO: Capability.VIDEO,
}
HOUR = timedelta(hours=1)
Piece = tuple[str, OutgoingFile | None]


def closed(channel: Channel, *, quiet_for: timedelta | None = None, by_human: bool = True) -> str | None:
    """Why nothing at all can be sent through it now, for a composer to show before a word is typed.

    `quiet_for` is how long ago the client last wrote; None where nobody knows.
    """
    connection = channel.connection
    if not channel.is_active:
        return _("This channel is switched off.")
    if not connection.is_active:
        return str(SWITCHED_OFF)
    if connection.health == Health.NEEDS_RECONNECT:
        return _("The service does not accept the key any more. Reconnect it on the integrations page.")
    if not capabilities(channel):
        return _("The integration of this channel is not installed.")
    return _out_of_window(connector(connection.connector), quiet_for, by_human)


def _out_of_window(module: Any, quiet_for: timedelta | None, by_human: bool) -> str | None:
    window = (module.LIMITS.human_window if by_human else None) or module.LIMITS.window
    if window is None or quiet_for is None or quiet_for < window:
        return None
    return _(
        "The client last wrote more than %(hours)d hours ago: this service carries nothing to them until "
        "they write again. Call them, or write through another channel."
    ) % {"hours": window // HOUR}


def capabilities(channel: Channel) -> frozenset[str]:
    """Empty where the integration is not installed any more."""
    try:
        return frozenset(connector(channel.connection.connector).SPEC.capabilities)
    except UnknownConnector:
        return frozenset()


def refusal(
    channel: Channel,
    *,
    text: str,
    file: OutgoingFile | None = None,
    quiet_for: timedelta | None = None,
    by_human: bool = True,
) -> str | None:
    """The reason, in the reader's language, why this message can't be sent; None where it can.

    A text that is too long for one message is asked about part by part, as `split` makes them.
    """
    if reason := closed(channel, quiet_for=quiet_for, by_human=by_human):
        return reason
    module = connector(channel.connection.connector)
    if file is not None:
        return _file_refusal(module, file) or _caption_refusal(module, text)
    return _text_refusal(module, text)


def takes_files(channel: Channel) -> bool:
    return bool(capabilities(channel) & {Capability.DOCUMENT, *CAPABILITY_OF.values()})


def voice_refusal(channel: Channel) -> str | None:
    """Why a voice message can't be recorded for it, for the composer to show beside the button."""
    if Capability.VOICE in capabilities(channel):
        return None
    return _("This service carries no voice messages. Write instead.")


def file_refusal(channel: Channel, file: OutgoingFile) -> str | None:
    """Of the file alone, for whoever has it in hand and not stored yet."""
    return closed(channel) or _file_refusal(connector(channel.connection.connector), file)


def pieces(channel: Channel, *, text: str, file: OutgoingFile | None) -> list[Piece]:
    """The messages that an answer goes as: a long text in parts, under its file only where it fits there.

    Under sound none does: few services show it there.
    """
    if file is None:
        return [(part, None) for part in split(channel, text)]
    room = 0 if file.kind in SOUNDS else connector(channel.connection.connector).LIMITS.caption
    if len(text) <= room:
        return [(text, file)]
    return [("", file), *((part, None) for part in split(channel, text))]


def split(channel: Channel, text: str) -> list[str]:
    """The messages that this text goes as: one, or several where the service splits long ones."""
    limits = connector(channel.connection.connector).LIMITS
    if not limits.splits or _length(limits, text) <= limits.text:
        return [text]
    return parts_of(text, limit=limits.text, measure=partial(_length, limits))


def _length(limits: Limits, text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass")) if limits.in_bytes else len(text)


def _caption_refusal(module: Any, text: str) -> str | None:
    if text.strip() and len(text) > module.LIMITS.caption:
        return _("Send the text as a message of its own: under a file this service carries %(limit)d.") % {
            "limit": module.LIMITS.caption
        }
    return None


def _text_refusal(module: Any, text: str) -> str | None:
    if not text.strip():
        return _("Write a message first.")
    if Capability.TEXT not in module.SPEC.capabilities:
        return _("This service carries no text.")
    if _length(module.LIMITS, text) > module.LIMITS.text:
        return _("At most %(limit)d characters go into one message here; this one has %(length)d.") % {
            "limit": module.LIMITS.text,
            "length": _length(module.LIMITS, text),
        }
    return None


def _file_refusal(module: Any, file: OutgoingFile) -> str | None:
    if CAPABILITY_OF.get(file.kind, Capability.DOCUMENT) not in module.SPEC.capabilities:
        return _("This service carries no files of this kind.")
    limits: Limits = module.LIMITS
    types = limits.types_of.get(file.kind)
    if types is not None and file.content_type not in types and target(limits, file) is None:
        return _("This service does not carry files of the type %(type)s.") % {"type": file.content_type}
    most = min(limits.file_bytes, limits.bytes_of.get(file.kind, limits.file_bytes))
    if file.size > most:
        return _("Files up to %(limit)d MB go through this service; this one is larger.") % {
            "limit": most // (1024 * 1024)
        }
    return None
