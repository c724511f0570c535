"""Conversations made of tones, and an ear that hears which tone sounds when: so that what is lost shows."""

import io
from array import array
from itertools import pairwise

from apps.core.audio.decode import blocks
from tests.sounds import call, silence, tone

RATE = 8000
STEP = RATE // 10
LOUD = 2000
MANAGER, CLIENT = 400.0, 800.0


def quiet(seconds: float) -> "array[int]":
    return silence(seconds, rate=RATE)


def beep(seconds: float, hertz: float) -> "array[int]":
    return tone(seconds, rate=RATE, hertz=hertz)


def talk(kind: str = "mp3", *, turns: int = 2, seconds: float = 2.0) -> bytes:
    """In stereo, by turns: the manager on the left first, the client on the right after."""
    manager, client, pause = beep(seconds, MANAGER), beep(seconds, CLIENT), quiet(seconds)
    return call(kind, [(manager, pause), (pause, client)] * turns)


def minutes(count: int) -> bytes:
    """One channel; in the middle of each minute three seconds of a tone of its own."""
    half = quiet(28.5)
    return call("mp3", [(part,) for n in range(count) for part in (half, beep(3, hertz_of(n)), half)])


def hertz_of(minute: int) -> float:
    return 300.0 + 20 * minute


def ear(content: bytes) -> list[tuple[float, float, str]]:
    """What sounds when: from, until, its pitch to the nearest 20 Hz."""
    samples = array("h")
    for block in blocks(io.BytesIO(content), rate=RATE):
        samples.extend(block)
    heard: list[tuple[float, float, str]] = []
    begin = None
    for at in range(0, len(samples) + STEP, STEP):
        is_loud = max(samples[at : at + STEP], default=0) > LOUD
        if is_loud and begin is None:
            begin = at
        elif not is_loud and begin is not None:
            heard.append((begin / RATE, at / RATE, _pitch(samples[begin:at])))
            begin = None
    return heard


def _pitch(samples: "array[int]") -> str:
    """By the middle of it: at the edges there is silence still."""
    middle = samples[len(samples) // 4 : 3 * len(samples) // 4] or samples
    crossings = sum(before < 0 <= after for before, after in pairwise(middle))
    return f"{round(crossings * RATE / len(middle) / 20) * 20} герц?"
