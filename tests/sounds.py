"""Real files of sound and pictures, small and made on the spot: tones, noise and silence."""

import io
import math
import random
from array import array
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import av
from PIL import Image

# Suffix → container, codec, rate.
KINDS = {
    "ogg": ("ogg", "libopus", 48000),
    "m4a": ("ipod", "aac", 44100),
    "mp3": ("mp3", "libmp3lame", 44100),
    "wav": ("wav", "pcm_s16le", 16000),
    "flac": ("flac", "flac", 16000),
    "webm": ("webm", "libopus", 48000),
    "amr": ("amr", "libopencore_amrnb", 8000),
    # What Avito hands out.
    "mp4": ("mp4", "libopus", 48000),
}


def tone(seconds: float, *, rate: int, hertz: float = 440.0, level: float = 0.4) -> "array[int]":
    step, loud = 2 * math.pi * hertz / rate, level * 32767
    return array("h", (int(loud * math.sin(step * at)) for at in range(int(seconds * rate))))


def silence(seconds: float, *, rate: int) -> "array[int]":
    return array("h", bytes(2 * int(seconds * rate)))


def noise(seconds: float, *, rate: int) -> "array[int]":
    chance = random.Random(1)  # the same noise every time
    return array("h", (chance.randint(-8000, 8000) for _ in range(int(seconds * rate))))


def sound(kind: str = "ogg", seconds: float = 1.0) -> bytes:
    """A tone as a file of this kind."""
    return written(kind, [tone(seconds, rate=KINDS[kind][2])])


def written(kind: str, parts: Iterable["array[int]"]) -> bytes:
    container_name, codec, rate = KINDS[kind]
    out, samples = io.BytesIO(), array("h")
    for part in parts:
        samples.extend(part)
    with av.open(out, "w", format=container_name) as container:
        stream: Any = container.add_stream(codec, rate=rate, options={})
        stream.layout = "mono"
        for start in range(0, len(samples), 4096):
            block = samples[start : start + 4096]
            frame = av.AudioFrame(format="s16", layout="mono", samples=len(block))
            frame.planes[0].update(block.tobytes())
            frame.sample_rate, frame.pts, frame.time_base = rate, start, Fraction(1, rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return out.getvalue()


def call(kind: str, blocks: Iterable[tuple["array[int]", ...]], *, rate: int = 8000) -> bytes:
    """A conversation of any length: block after block, each with one array for each channel."""
    container_name, codec, _ = KINDS[kind]
    out, at = io.BytesIO(), 0
    with av.open(out, "w", format=container_name) as container:
        stream: Any = container.add_stream(codec, rate=rate, options={})
        for block in blocks:
            layout = "mono" if len(block) == 1 else "stereo"
            if not at:
                stream.layout = layout
            frame = av.AudioFrame(format="s16p", layout=layout, samples=len(block[0]), align=True)
            for plane, samples in zip(frame.planes, block, strict=True):
                plane.update(samples.tobytes().ljust(plane.buffer_size, b"\0"))
            frame.sample_rate, frame.pts, frame.time_base = rate, at, Fraction(1, rate)
            at += len(block[0])
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return out.getvalue()


def repeated(block: "array[int]", times: int, *, rate: int = 8000) -> bytes:
    """An OGG of hours, encoded once: the same minute over and over."""
    out, frames, packets = io.BytesIO(), 0, []
    with av.open(out, "w", format="ogg") as container:
        stream: Any = container.add_stream("libopus", rate=rate, options={"frame_duration": "60"})
        stream.layout = "mono"
        frame = av.AudioFrame(format="s16", layout="mono", samples=len(block), align=True)
        frame.planes[0].update(block.tobytes())
        frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
        packets = [*stream.encode(frame), *stream.encode(None)]
        frames = sum(packet.duration for packet in packets)
        for turn in range(times):
            for packet in packets:
                copy = av.Packet(bytes(packet))
                copy.pts = copy.dts = packet.pts + turn * frames
                copy.duration, copy.time_base, copy.stream = packet.duration, packet.time_base, stream
                container.mux_one(copy)
    return out.getvalue()


def picture(
    kind: str = "JPEG", size: tuple[int, int] = (40, 30), *, mode: str = "RGB", **options: Any
) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, (200, 30, 30, 90) if mode == "RGBA" else "red").save(out, kind, **options)
    return out.getvalue()
