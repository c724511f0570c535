"""The same sound in another format."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from apps.core.audio.decode import blocks
from apps.core.audio.encode import encoder
from apps.core.audio.formats import Format


@dataclass(frozen=True, slots=True, kw_only=True)
class Converted:
    """A whole file, at its beginning. It lives as long as the block, or the step, that made it.

    `peak` is its loudest sample, of 32768.
    """

    file: BinaryIO
    seconds: float
    format: Format
    peak: int


@contextmanager
def convert(source: BinaryIO, *, to: Format) -> Iterator[Converted]:
    """Raises Rejected: `not_audio`, `audio_too_long`, `audio_too_slow`."""
    with encoder(to) as made:
        for samples in blocks(source, rate=to.rate):
            made.write(samples)
        made.finish()
        yield Converted(file=made.file, seconds=made.seconds, format=to, peak=made.peak)
