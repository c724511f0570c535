"""What is really in a file of sound, frame by frame: what its header promises is never believed."""

import time
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from django.utils.translation import gettext_lazy as _

from apps.core.errors import Rejected

# A playlist would make FFmpeg open other files and addresses: only what holds its sound itself is read.
CONTAINERS = "ogg,mp3,wav,mov,matroska,flac,aac,amr,caf,aiff"
MOST_CHANNELS, MOST_RATE = 8, 384_000
# A few kilobytes can decode to days; and what takes more of the processor keeps it from everybody else.
MOST_SECONDS = 4 * 3600
MOST_WORK = 150.0


def not_audio() -> Rejected:
    return Rejected(_("There is no sound in this file that could be read."), code="not_audio")


def too_long() -> Rejected:
    return Rejected(_("The recording is longer than four hours."), code="audio_too_long")


@contextmanager
def opened(source: BinaryIO) -> Iterator[tuple[Any, Any]]:
    """The container and its first stream of sound. Raises Rejected where there is none."""
    import av

    source.seek(0)
    try:
        container = av.open(
            source,
            mode="r",  # else it goes by the file's own, and a temporary copy may be written to as well
            metadata_errors="replace",
            options={"format_whitelist": CONTAINERS, "protocol_whitelist": "none"},
        )
    except av.error.FFmpegError:
        raise not_audio() from None
    with container:
        stream = next(iter(container.streams.audio), None)
        if stream is None or stream.codec_context is None:
            raise not_audio()
        if stream.codec_context.channels > MOST_CHANNELS or stream.codec_context.sample_rate > MOST_RATE:
            raise not_audio()
        yield container, stream


def frames(container: Any, stream: Any) -> Iterator[Any]:
    """Broken packets are left out, as players do. Raises Rejected for nothing at all and for too much."""
    import av

    until, seconds = time.thread_time() + MOST_WORK, 0.0
    try:
        for packet in container.demux(stream):
            if time.thread_time() > until:
                raise Rejected(_("The recording takes too long to be read."), code="audio_too_slow")
            for frame in _decoded(packet):
                seconds += frame.samples / frame.sample_rate if frame.sample_rate else 0
                if seconds > MOST_SECONDS:
                    raise too_long()
                yield frame
    except av.error.FFmpegError:
        pass  # it ends in the middle: what came before it is what there is
    if not seconds:
        raise not_audio()


def _decoded(packet: Any) -> list[Any]:
    import av

    try:
        return list(packet.decode())
    except av.error.FFmpegError:
        return []


def blocks(
    source: BinaryIO, *, rate: int, side: int | None = None, span: tuple[float, float] | None = None
) -> Iterator["array[int]"]:
    """All of it as 16-bit samples of one channel at `rate`, in blocks of a moment each.

    With `side`, 0 or 1, the left or right of two channels alone; `span` is from which second until which.
    """
    layout = "mono" if side is None else "stereo"
    sound = (plane(made, side or 0) for made in resampled(source, rate=rate, layout=layout))
    return sound if span is None else _within(sound, round(span[0] * rate), round(span[1] * rate))


def resampled(source: BinaryIO, *, rate: int, layout: str) -> Iterator[Any]:
    """The sound as frames of 16-bit samples, each channel in a plane of its own."""
    with opened(source) as (container, stream):
        resampler, shape = None, None
        for frame in frames(container, stream):
            now = (frame.format.name, frame.layout.name, frame.sample_rate)
            if now != shape:  # also in the middle: what follows another header may be of another kind
                yield from _made_of(resampler, None)
                resampler, shape = _resampler(rate, layout), now
            frame.pts = None
            yield from _made_of(resampler, frame)
        yield from _made_of(resampler, None)


def plane(frame: Any, number: int) -> "array[int]":
    # A plane is padded beyond its samples.
    return array("h", bytes(frame.planes[number])[: frame.samples * 2])


def _within(sound: Iterator["array[int]"], first: int, last: int) -> Iterator["array[int]"]:
    at = 0
    for samples in sound:
        if at + len(samples) > first:
            yield samples[max(0, first - at) : last - at]
        at += len(samples)
        if at >= last:
            return


def _resampler(rate: int, layout: str) -> Any:
    from av import AudioResampler

    return AudioResampler(format="s16p", layout=layout, rate=rate)


def _made_of(resampler: Any, frame: Any) -> list[Any]:
    return resampler.resample(frame) if resampler is not None else []
