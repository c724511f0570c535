"""A waveform as paths of an SVG: the manager above, the client below; one voice to both sides alike."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from apps.callanalysis.measuring import CLIENT, MANAGER
from apps.callanalysis.models import AnalysisSettings, Side
from apps.core.audio.outline import HIGHEST

# Of the picture; what is silent is a thin line still.
MIDDLE, ROOM, THIN = 50, 48, 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Wave:
    """`who` names its colour; `width` is how many strokes there are."""

    who: str
    path: str
    width: int


def draw(peaks: Sequence[Sequence[int]], settings: AnalysisSettings) -> list[Wave]:
    if len(peaks) == 2:
        sides = (MANAGER, CLIENT) if settings.manager_side == Side.LEFT else (CLIENT, MANAGER)
        return [
            _wave(who, strokes, -1 if who == MANAGER else 1)
            for who, strokes in zip(sides, peaks, strict=True)
        ]
    return [_wave("both", strokes, direction) for strokes in peaks for direction in (-1, 1)]


def _wave(who: str, strokes: Sequence[int], direction: int) -> Wave:
    steps = "".join(f"V{MIDDLE + direction * height}h1" for height in _heights(strokes))
    return Wave(who=who, path=f"M0 {MIDDLE}{steps}V{MIDDLE}Z", width=len(strokes))


def _heights(strokes: Iterable[int]) -> Iterable[int]:
    return (max(THIN, stroke * ROOM // HIGHEST) for stroke in strokes)
