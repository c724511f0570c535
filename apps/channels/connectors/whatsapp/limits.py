"""What each provider carries. All pass on to WhatsApp, and each has bounds of its own besides."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from apps.channels.connectors.whatsapp.spec import LIMITS, MB
from apps.channels.contract import Capability, Limits, MediaKind

_SOUNDS = frozenset({"audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"})
# What Meta's own API has alone.
_OF_META = frozenset({Capability.TEMPLATE, Capability.MARK_READ, Capability.BUTTONS})
# A first message has to be a template, which goes through Meta's own API alone.
_NO_REPLY = _OF_META | {Capability.REPLY, Capability.START}
_PICTURES = frozenset({"image/jpeg", "image/png"})

# Words go under pictures and films alone.
# https://www.twilio.com/docs/whatsapp/guidance-whatsapp-media-messages
TWILIO = Limits(
    text=1600,
    splits=True,
    caption=0,
    caption_of={MediaKind.IMAGE: 1024, MediaKind.VIDEO: 1024},
    file_bytes=16 * MB,
    bytes_of={MediaKind.IMAGE: 5 * MB},
    types_of={
        MediaKind.IMAGE: _PICTURES,
        MediaKind.VOICE: _SOUNDS,
        MediaKind.AUDIO: _SOUNDS,
        MediaKind.VIDEO: frozenset({"video/mp4"}),
    },
    window=timedelta(hours=24),
    per_dialogue=LIMITS.per_dialogue,
    without=_NO_REPLY,
)
# WhatsApp's own. https://docs.bird.com/api/channels-api/supported-channels/programmable-whatsapp
BIRD = replace(LIMITS, without=_NO_REPLY)
# https://green-api.com/en/docs/api/sending/SendFileByUrl/: it is WhatsApp Web, which has no window.
GREEN_API = Limits(
    text=4096,
    splits=True,
    caption=1024,
    caption_of={MediaKind.VOICE: 0, MediaKind.AUDIO: 0},
    file_bytes=100 * MB,
    without=_OF_META,
)

_OF: Mapping[str, Limits] = {"cloud": LIMITS, "twilio": TWILIO, "messagebird": BIRD, "green_api": GREEN_API}


def limits_of(settings: Mapping[str, Any]) -> Limits:
    return _OF.get(settings.get("provider", "cloud"), LIMITS)
