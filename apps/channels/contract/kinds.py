"""What a messenger can do, and the kinds of files."""

from enum import StrEnum


class Capability(StrEnum):
    """What a messenger can do. What is not listed is refused before anything is sent."""

    TEXT = "text"
    IMAGE = "image"
    VOICE = "voice"
    AUDIO = "audio"
    VIDEO = "video"
    DOCUMENT = "document"
    REPLY = "reply"
    DELIVERED = "delivered"
    READ = "read"
    # Short answers under a message, for the client to press: see `Limits.buttons`.
    BUTTONS = "buttons"
    # Approved templates, which may go when nothing else may: the connector offers `templates`.
    TEMPLATE = "template"
    # Whoever has a phone can be written to first: the connector offers `client_by_phone`.
    START = "start"
    # The client can be shown that we have read: the connector offers `mark_read`.
    MARK_READ = "mark_read"
    # Each side sees while the other is typing (`channels.presence`).
    TYPING = "typing"
    # The service itself recognises a repeated send by our key, so that a lost answer may be asked for again.
    IDEMPOTENT_SEND = "idempotent_send"


class MediaKind(StrEnum):
    IMAGE = "image"
    VOICE = "voice"
    AUDIO = "audio"
    VIDEO = "video"
    DOCUMENT = "document"
    STICKER = "sticker"


# What is listened to; the same container may hold pictures.
SOUNDS = frozenset({MediaKind.VOICE, MediaKind.AUDIO})
