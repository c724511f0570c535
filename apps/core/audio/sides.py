"""Whether the two channels of a recording are two voices, or twice the same."""

from operator import sub
from typing import BinaryIO

from apps.core.audio.decode import plane, resampled

RATE = 8000
# Every so many-th sample is enough. Of two voices all of the sound is a difference, of a copy next to none.
STEP = 32
ALIKE = 0.3


def are_two_voices(source: BinaryIO) -> bool:
    """Many telephone exchanges write the same mix into both: then left and right tell nobody apart.

    Raises Rejected as `convert` does.
    """
    apart = loud = 0
    for frame in resampled(source, rate=RATE, layout="stereo"):
        left, right = plane(frame, 0)[::STEP], plane(frame, 1)[::STEP]
        apart += sum(map(abs, map(sub, left, right)))
        loud += sum(map(abs, left)) + sum(map(abs, right))
    source.seek(0)
    return apart > ALIKE * loud
