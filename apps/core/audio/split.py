"""A long recording in parts, cut where it is quiet: each sample is in one part, and in one alone."""

from array import array
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from apps.core.audio.convert import Converted
from apps.core.audio.decode import blocks
from apps.core.audio.encode import encoder
from apps.core.audio.formats import Format

# How long before a part's limit a quiet moment is looked for, and how long such a moment is.
WINDOW_SECONDS, MOMENT_SECONDS = 30, 0.1
# Enough to hear where it is quiet.
LOW = 8000


def split(
    source: BinaryIO,
    *,
    to: Format,
    part_seconds: int,
    side: int | None = None,
    span: tuple[float, float] | None = None,
) -> Iterator[Converted]:
    """Parts of at most `part_seconds` each; a part's file lives until the next is asked for.

    The same sound is always cut in the same places. `side` and `span` as in `decode.blocks`. Raises Rejected
    as `convert` does.
    """
    samples_of = blocks(source, rate=to.rate, side=side, span=span)
    sound = cut(samples_of, most=part_seconds * to.rate, rate=to.rate)
    is_over = False
    while not is_over:
        with encoder(to) as made:
            is_over = True
            for samples, ends in sound:
                made.write(samples)
                if ends:
                    is_over = False
                    break
            if not made.samples:
                return
            made.finish()
            yield Converted(file=made.file, seconds=made.seconds, format=to, peak=made.peak)


def quiet_spans(source: BinaryIO, *, part_seconds: int) -> list[tuple[float, float]]:
    """Where `split` would cut it: from which second until which each part is. Nothing is written."""
    found, begin, at = [], 0, 0
    for samples, ends in cut(blocks(source, rate=LOW), most=part_seconds * LOW, rate=LOW):
        at += len(samples)
        if ends:
            found.append((begin / LOW, at / LOW))
            begin = at
    return [*found, (begin / LOW, at / LOW)] if at > begin else found


def cut(sound: Iterable["array[int]"], *, most: int, rate: int) -> Iterator[tuple["array[int]", bool]]:
    """The same samples, and after which of them a part ends. Holds no more than the window."""
    window = min(WINDOW_SECONDS * rate, most // 2)
    held, written = array("h"), 0
    for samples in sound:
        held.extend(samples)
        while written + len(held) > most:
            at = _quietest(held, first=max(0, most - window - written), last=most - written, rate=rate)
            yield held[:at], True
            held, written = held[at:], 0
        if (sure := min(len(held), most - window - written)) > 0:
            yield held[:sure], False
            held, written = held[sure:], written + sure
    yield held, False


def _quietest(samples: "array[int]", *, first: int, last: int, rate: int) -> int:
    """The middle of the moment with the least sound between the two places."""
    moment = max(2, int(MOMENT_SECONDS * rate))
    # Of moments that are alike the last one.
    starts = reversed(range(first, max(first + 1, last - moment + 1), moment // 2))
    quietest = min(starts, key=lambda start: sum(map(abs, samples[start : start + moment])))
    return min(max(1, quietest + moment // 2), last)
