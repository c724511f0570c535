"""Samples into a file of one of our own formats."""

import tempfile
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import Any, BinaryIO, cast

from apps.core.audio.formats import Format


class Encoder:
    """Takes samples as `decode.blocks` gives them. `file` is whole once `finish` was called.

    `peak` is the loudest of the samples, of 32768.
    """

    def __init__(self, file: BinaryIO, path: str, to: Format) -> None:
        import av

        self.file, self.samples, self.peak = file, 0, 0
        self._format = to
        self._container = av.open(path, "w", format=to.container, options=dict(to.muxer))
        stream: Any = self._container.add_stream(to.codec, rate=to.rate, options=dict(to.encoder))
        stream.layout, stream.bit_rate = "mono", to.bit_rate
        self._stream = stream

    @property
    def seconds(self) -> float:
        return self.samples / self._format.rate

    def write(self, samples: "array[int]") -> None:
        if samples:
            self._mux(self._frame(samples))
            self.samples += len(samples)
            self.peak = max(self.peak, max(samples), -min(samples))

    def finish(self) -> None:
        self._mux(None)
        self._container.close()
        self.file.seek(0)

    def close(self) -> None:
        self._container.close()

    def _mux(self, frame: Any) -> None:
        for packet in self._stream.encode(frame):
            self._container.mux(packet)

    def _frame(self, samples: "array[int]") -> Any:
        from av import AudioFrame

        frame = AudioFrame(format="s16", layout="mono", samples=len(samples), align=True)
        frame.planes[0].update(samples.tobytes())
        frame.sample_rate, frame.pts = self._format.rate, self.samples
        frame.time_base = Fraction(1, self._format.rate)
        return frame


@contextmanager
def encoder(to: Format) -> Iterator[Encoder]:
    """On disk, not in memory; gone at the block's end."""
    with tempfile.NamedTemporaryFile(suffix=to.suffix) as file:
        made = Encoder(cast(BinaryIO, file), file.name, to)
        try:
            yield made
        finally:
            made.close()
