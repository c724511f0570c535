"""A long call in parts of at most 45 minutes, cut where it is quiet.

A part is from which second until which: nothing is encoded anew and no second file is kept, so that no word
is lost or doubled where one part ends and the next begins.
"""

from typing import BinaryIO

from apps.core.audio import Sound, quiet_spans

PART_SECONDS = 45 * 60


def spans(file: BinaryIO, sound: Sound) -> list[tuple[float, float]]:
    """From which second until which. Raises Rejected as `core.audio.split` does."""
    if sound.seconds <= PART_SECONDS:
        return [(0.0, sound.seconds)]
    return quiet_spans(file, part_seconds=PART_SECONDS)
