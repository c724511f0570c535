"""What the seconds of a conversation tell: who talks how much, who cuts in, who waits, who asks. No model."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from statistics import median
from typing import Any

Segment = dict[str, Any]
Span = tuple[float, float]

MANAGER, CLIENT = "manager", "client"
# A breath: what one says after it is the same stretch still.
BREATH = 2.0
# So long both have talked before it is an interruption, and not two who are merely quick.
TOGETHER = 0.5


def measure(segments: Sequence[Segment], *, seconds: float) -> dict[str, Any]:
    """By speaker in seconds and numbers; `talk_ratio` is the manager's share of all that both talked.

    What cannot be known is left out, never zero: who is who in one channel, patience where nobody answered.
    """
    speakers = sorted({one["speaker"] for one in segments})
    spans = {
        who: _merged((one["start"], one["end"]) for one in segments if one["speaker"] == who)
        for who in speakers
    }
    talked = _merged((one["start"], one["end"]) for one in segments)
    figures: dict[str, Any] = {"silence": _rounded(max(0.0, seconds - _length(talked)))}
    if "" not in speakers:
        figures |= {
            "talk": {who: _rounded(_length(spans[who])) for who in speakers},
            "longest_monologue": {who: _rounded(_monologue(who, spans)) for who in speakers},
            "questions": {who: _questions(segments, who) for who in speakers},
        }
    if spans.keys() == {MANAGER, CLIENT}:
        figures |= _of_both(spans[MANAGER], spans[CLIENT])
    return figures


def _of_both(manager: list[Span], client: list[Span]) -> dict[str, Any]:
    all_talk = _length(manager) + _length(client)
    figures: dict[str, Any] = {
        "talk_ratio": round(_length(manager) / all_talk, 3) if all_talk else None,
        "interruptions": {MANAGER: _cut_in(manager, client), CLIENT: _cut_in(client, manager)},
        "patience": _patience(manager, client),
    }
    return {name: value for name, value in figures.items() if value is not None}


def _merged(spans: Iterable[Span], *, gap: float = 0.0) -> list[Span]:
    """In order, those that touch or are no more than `gap` apart as one."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1] + gap:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _length(spans: Iterable[Span]) -> float:
    return sum(end - start for start, end in spans)


def _monologue(who: str, spans: dict[str, list[Span]]) -> float:
    """The longest stretch, over breaths in which nobody else has begun to talk."""
    others = [start for other, theirs in spans.items() if other != who for start, _ in theirs]
    longest, begin = 0.0, None
    for (start, end), following in pairwise([*spans[who], (float("inf"), float("inf"))]):
        begin = start if begin is None else begin
        longest = max(longest, end - begin)
        if following[0] - end > BREATH or any(end <= other < following[0] for other in others):
            begin = None
    return longest


def _cut_in(who: list[Span], other: list[Span]) -> int:
    """How often one began while the other was talking, and both went on."""
    return sum(
        any(theirs[0] < start and min(end, theirs[1]) - start >= TOGETHER for theirs in other)
        for start, end in who
    )


def _patience(manager: list[Span], client: list[Span]) -> float | None:
    """How long the manager usually waits after the client's last word before the answer, in seconds.

    Who was talking already has not waited: that is an interruption, and no patience of nought seconds.
    """
    waits = []
    for (_, end), following in pairwise([*_merged(client), (float("inf"), float("inf"))]):
        answer = next((start for start, _ in manager if end <= start < following[0]), None)
        if answer is not None and not any(start < end < until for start, until in manager):
            waits.append(answer - end)
    return _rounded(median(waits)) if waits else None


def _questions(segments: Sequence[Segment], who: str) -> int:
    return sum(one["text"].count("?") for one in segments if one["speaker"] == who)


def _rounded(seconds: float) -> float:
    return round(seconds, 1)
