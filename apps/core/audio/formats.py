"""The formats that sound is written in: speech, so one channel of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """`name` is what people call it; `rate` is in Hz, `bit_rate` in bits a second."""

    name: str
    content_type: str
    suffix: str
    container: str
    codec: str
    rate: int
    bit_rate: int
    muxer: Mapping[str, str] = field(default_factory=dict)
    encoder: Mapping[str, str] = field(default_factory=dict)


# What the strictest messenger asks of a voice message: 16 kHz and 16 kbit/s. All take it.
OGG = Format(
    name="OGG",
    content_type="audio/ogg",
    suffix=".ogg",
    container="ogg",
    codec="libopus",
    rate=16000,
    bit_rate=16000,
    encoder={"application": "voip", "compression_level": "5"},
)
# The index first: a player need not read the end before the beginning.
M4A = Format(
    name="M4A",
    content_type="audio/mp4",
    suffix=".m4a",
    container="ipod",
    codec="aac",
    rate=44100,
    bit_rate=64000,
    muxer={"movflags": "+faststart"},
)
MP3 = Format(
    name="MP3",
    content_type="audio/mpeg",
    suffix=".mp3",
    container="mp3",
    codec="libmp3lame",
    rate=44100,
    bit_rate=64000,
)
# By content type, the one to be preferred first.
BY_TYPE: Mapping[str, Format] = {made.content_type: made for made in (OGG, M4A, MP3)}
