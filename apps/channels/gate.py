"""The policy gate: whether a channel can carry this message now. People and machines ask it alike."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.channels import buttons as under
from apps.channels.contract import (
    SOUNDS,
    ButtonLimits,
    Capability,
    FilledTemplate,
    Limits,
    MediaKind,
    OutgoingFile,
)
from apps.channels.converting import target
from apps.channels.limits import limits_of
from apps.channels.models import Channel
from apps.channels.reasons import obstacle_title
from apps.channels.templates import filled_in, missing
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
# How long ago a client wrote who has not written at all.
NEVER = timedelta.max
Piece = tuple[str, OutgoingFile | None]


def closed(channel: Channel, *, quiet_for: timedelta | None = None, by_human: bool = True) -> str | None:
    """Why nothing can be written through it now, for a composer to show before a word is typed.

    `quiet_for` is how long ago the client last wrote, NEVER where they have not; None where nobody
    knows. Where `takes_templates`, an approved one may go all the same.
    """
    return off(channel) or _out_of_window(channel, quiet_for, by_human)


def off(channel: Channel) -> str | None:
    """Why nothing at all goes through it, whatever it is."""
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


def takes_templates(channel: Channel) -> bool:
    return Capability.TEMPLATE in capabilities(channel) and off(channel) is None


def made_at(channel: Channel) -> str:
    """Where a person makes templates for it, in a sentence of the connector's."""
    try:
        return str(getattr(connector(channel.connection.connector), "TEMPLATES_MADE_AT", ""))
    except UnknownConnector:
        return ""


def open_until(
    channel: Channel, *, client_wrote_at: datetime | None, by_human: bool = True
) -> datetime | None:
    """When the service stops carrying what is written there; None where it never does, or nobody knows."""
    if client_wrote_at is None or not capabilities(channel):
        return None
    window = _window(limits_of(channel.connection), by_human)
    return client_wrote_at + window if window else None


def _window(limits: Limits, by_human: bool) -> timedelta | None:
    return (limits.human_window if by_human else None) or limits.window


def _out_of_window(channel: Channel, quiet_for: timedelta | None, by_human: bool) -> str | None:
    window = _window(limits_of(channel.connection), by_human)
    if window is None or quiet_for is None or quiet_for < window:
        return None
    if quiet_for == NEVER:
        return _not_before_they_wrote(channel)
    if Capability.TEMPLATE in capabilities(channel):
        return _(
            "The client last wrote more than %(hours)d hours ago: until they write again, this service "
            "carries only an approved template to them."
        ) % {"hours": window // HOUR}
    return _(
        "The client last wrote more than %(hours)d hours ago: this service carries nothing to them until "
        "they write again. Call them, or write through another channel."
    ) % {"hours": window // HOUR}


def _not_before_they_wrote(channel: Channel) -> str:
    if Capability.TEMPLATE in capabilities(channel):
        return _(
            "The client has not written here yet: until they do, this service carries only an approved "
            "template to them."
        )
    return _("The client has not written here yet: until they do, this service carries nothing to them.")


def capabilities(channel: Channel) -> frozenset[str]:
    """Empty where the integration is not installed any more."""
    try:
        can: frozenset[str] = connector(channel.connection.connector).SPEC.capabilities
        return can - limits_of(channel.connection).without
    except UnknownConnector:
        return frozenset()


def refusal(
    channel: Channel,
    *,
    text: str,
    file: OutgoingFile | None = None,
    template: FilledTemplate | None = None,
    buttons: Sequence[str] = (),
    quiet_for: timedelta | None = None,
    by_human: bool = True,
) -> str | None:
    """The reason, in the reader's language, why this message can't be sent; None where it can.

    A text that is too long for one message is asked about part by part, as `split` makes them. A template is
    asked about whatever the time since the client wrote.
    """
    if template is not None:
        return off(channel) or _template_refusal(
            capabilities(channel), limits_of(channel.connection), template
        )
    if reason := closed(channel, quiet_for=quiet_for, by_human=by_human):
        return reason
    can, limits = capabilities(channel), limits_of(channel.connection)
    if buttons and (reason := _buttons_refusal(can, limits, buttons, text, file)):
        return reason
    if file is not None:
        return _file_refusal(can, limits, file) or _caption_refusal(limits, file, text)
    return _text_refusal(can, limits, text)


def takes_buttons(channel: Channel) -> ButtonLimits | None:
    """What the composer offers; None where the channel has none."""
    can = capabilities(channel)
    return under.offered(can, limits_of(channel.connection)) if can else None


def takes_files(channel: Channel) -> bool:
    return bool(capabilities(channel) & {Capability.DOCUMENT, *CAPABILITY_OF.values()})


def voice_refusal(channel: Channel) -> str | None:
    """Why a voice message can't be recorded for it, for the composer to show beside the button."""
    if Capability.VOICE in capabilities(channel):
        return None
    return _("This service carries no voice messages. Write instead.")


def file_refusal(channel: Channel, file: OutgoingFile) -> str | None:
    """Of the file alone, for whoever has it in hand and not stored yet."""
    return closed(channel) or _file_refusal(capabilities(channel), limits_of(channel.connection), file)


def pieces(
    channel: Channel, *, text: str, file: OutgoingFile | None, with_buttons: bool = False
) -> list[Piece]:
    """The messages that an answer goes as: a long text in parts, under its file only where it fits there.

    Under sound none does: few services show it there. Buttons go under the last, which is a text without
    a file: few services have them under files.
    """
    if file is None:
        return [(part, None) for part in split(channel, text, with_buttons=with_buttons)]
    is_apart = with_buttons or file.kind in SOUNDS
    room = 0 if is_apart else limits_of(channel.connection).caption_under(file.kind)
    if len(text) <= room:
        return [(text, file)]
    return [("", file), *((part, None) for part in split(channel, text, with_buttons=with_buttons))]


def split(channel: Channel, text: str, *, with_buttons: bool = False) -> list[str]:
    """The messages that this text goes as: one, or several where the service splits long ones."""
    limits = limits_of(channel.connection)
    if not limits.splits:
        return [text]
    parts = _parts(limits, text, limits.text)
    if with_buttons and parts and limits.buttons and limits.buttons.text:
        return [*parts[:-1], *_parts(limits, parts[-1], limits.buttons.text)]
    return parts


def _parts(limits: Limits, text: str, most: int) -> list[str]:
    if _length(limits, text) <= most:
        return [text]
    return parts_of(text, limit=most, measure=partial(_length, limits))


def _length(limits: Limits, text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass")) if limits.in_bytes else len(text)


def _buttons_refusal(
    can: frozenset[str], limits: Limits, buttons: Sequence[str], text: str, file: OutgoingFile | None
) -> str | None:
    offer = under.offered(can, limits)
    if reason := under.refusal_of(buttons, offer=offer, text=text):
        return reason
    if file is not None:
        return _("Buttons stand under a text, not under a file. Send the file first.")
    if offer and offer.text and _length(limits, text) > offer.text:
        return _("Over buttons a text may have %(limit)d characters here; this one has %(length)d.") % {
            "limit": offer.text,
            "length": _length(limits, text),
        }
    return None


def _template_refusal(can: frozenset[str], limits: Limits, filled: FilledTemplate) -> str | None:
    if Capability.TEMPLATE not in can:
        return _("This service has no templates.")
    if filled.template.obstacle:
        return obstacle_title(filled.template.obstacle)
    if empty := missing(filled):
        return _("Fill in every field of the template; empty: %(names)s.") % {
            "names": ", ".join(slot.name for slot in empty)
        }
    length = len(filled_in(filled, filled.template.body, "body"))
    if length > limits.template:
        return _(
            "A template may have %(limit)d characters when it is filled in; this one has %(length)d."
        ) % {"limit": limits.template, "length": length}
    return None


def _caption_refusal(limits: Limits, file: OutgoingFile, text: str) -> str | None:
    most = limits.caption_under(file.kind)
    if text.strip() and len(text) > most:
        return _("Send the text as a message of its own: under a file this service carries %(limit)d.") % {
            "limit": most
        }
    return None


def _text_refusal(can: frozenset[str], limits: Limits, text: str) -> str | None:
    if not text.strip():
        return _("Write a message first.")
    if Capability.TEXT not in can:
        return _("This service carries no text.")
    if _length(limits, text) > limits.text:
        return _("At most %(limit)d characters go into one message here; this one has %(length)d.") % {
            "limit": limits.text,
            "length": _length(limits, text),
        }
    return None


def _file_refusal(can: frozenset[str], limits: Limits, file: OutgoingFile) -> str | None:
    if CAPABILITY_OF.get(file.kind, Capability.DOCUMENT) not in can:
        return _("This service carries no files of this kind.")
    types = limits.types_of.get(file.kind)
    if types is not None and file.content_type not in types and target(limits, file) is None:
        return _("This service does not carry files of the type %(type)s.") % {"type": file.content_type}
    most = limits.bytes_in(file.kind)
    if file.size > most:
        return _("Files up to %(limit)d MB go through this service; this one is larger.") % {
            "limit": most // (1024 * 1024)
        }
    return None
