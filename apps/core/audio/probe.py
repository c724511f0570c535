"""What a file of sound is, by decoding it: lengths and rates in headers are wrong or made up."""

from dataclasses import dataclass
from typing import BinaryIO

from apps.core.audio.decode import frames, opened

MICROSECONDS = 1_000_000
# As FFmpeg calls its demuxers, and as people do.
NAMES = {"mov": "mp4", "matroska": "webm"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """`container` and `codec` in lower case: ogg, mp3, wav, mp4, webm … and opus, aac, mp3, amr_nb …

    `claimed` is how long it says it is, where it does.
    """

    container: str
    codec: str
    rate: int
    channels: int
    seconds: float
    claimed: float | None


def probe(source: BinaryIO) -> Sound:
    """Reads all of it, some hundred times faster than it plays. Raises Rejected as `convert` does."""
    with opened(source) as (container, stream):
        name = container.format.name.partition(",")[0]
        claimed = container.duration and container.duration / MICROSECONDS
        codec = stream.codec_context.codec.canonical_name
        seconds, rate, channels = 0.0, 0, 0
        for frame in frames(container, stream):
            seconds += frame.samples / frame.sample_rate
            rate, channels = frame.sample_rate, frame.layout.nb_channels
    source.seek(0)
    return Sound(
        container=NAMES.get(name, name),
        codec=codec,
        rate=rate,
        channels=channels,
        # Summed frame by frame: without the last digits 24 s would be 23.999….
        seconds=round(seconds, 3),
        claimed=claimed,
    )
