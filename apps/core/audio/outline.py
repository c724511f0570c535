"""How loud a recording is when, to be drawn, and whether its two channels are two voices: in one reading."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from operator import sub
from typing import BinaryIO

from apps.core.audio.decode import plane, resampled

RATE = 8000
# Every so many-th sample is enough. Of two voices all of the sound is a difference, of a copy next to none.
STEP = 32
ALIKE = 0.3
# So many strokes a drawing has at most, each of 0 … 255, the loudest of all the highest.
STROKES, HIGHEST = 600, 255
LOUD = 32768


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """`peaks` of each channel, or of one where the channels are twice the same: many telephone exchanges
    write the same mix into both, and then left and right tell nobody apart.
    """

    are_two_voices: bool
    peaks: list[list[int]]


def outline(source: BinaryIO, *, seconds: float, channels: int) -> Outline:
    """`seconds` and `channels` as `probe` found them. Raises Rejected as `convert` does."""
    count = 2 if channels == 2 else 1
    stretch = max(1, -(-int(seconds * RATE) // STROKES))
    held, peaks = [array("h") for _ in range(count)], [array("h") for _ in range(count)]
    apart = loud = rest = 0
    for frame in resampled(source, rate=RATE, layout="stereo" if count == 2 else "mono"):
        planes = [plane(frame, number) for number in range(count)]
        if count == 2:
            left, right = planes[0][::STEP], planes[1][::STEP]
            apart += sum(map(abs, map(sub, left, right)))
            loud += sum(map(abs, left)) + sum(map(abs, right))
        for samples, kept in zip(planes, held, strict=True):
            kept.extend(samples)
        rest = _strike(held, peaks, stretch)
    if rest:
        _strike(held, peaks, rest)
    source.seek(0)
    are_two_voices = count == 2 and apart > ALIKE * loud
    return Outline(are_two_voices=are_two_voices, peaks=_drawn(peaks if are_two_voices else peaks[:1]))


def _strike(held: Sequence["array[int]"], peaks: Sequence["array[int]"], stretch: int) -> int:
    """Takes whole stretches off what is held; how many samples are left."""
    whole = len(held[0]) // stretch * stretch
    for samples, strokes in zip(held, peaks, strict=True):
        for start in range(0, whole, stretch):
            part = samples[start : start + stretch]
            strokes.append(min(LOUD - 1, max(max(part), -min(part))))
        del samples[:whole]
    return len(held[0])


def _drawn(peaks: Sequence["array[int]"]) -> list[list[int]]:
    """By the loudest of both: who is quieter is drawn lower. Silence stays silence."""
    loudest = max((max(strokes, default=0) for strokes in peaks), default=0) or 1
    return [[stroke * HIGHEST // loudest for stroke in strokes] for strokes in peaks]
