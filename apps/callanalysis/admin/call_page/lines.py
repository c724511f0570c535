"""What was said, line by line, with its seconds and its speaker's name."""

from dataclasses import dataclass
from typing import Any

from apps.appeals.masking import masked_lines
from apps.callanalysis.models import Transcript
from apps.callanalysis.wording import clock, speaker_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    start: float
    end: float
    clock: str
    speaker: str
    name: str
    text: str


def lines_of(transcript: Transcript | None, phones: Any) -> list[Line]:
    """`phones` as in `appeals.masking`."""
    segments: list[dict[str, Any]] = transcript.segments if transcript else []
    said = masked_lines([one["text"] for one in segments], phones)
    return [
        Line(
            start=one["start"],
            end=one["end"],
            clock=clock(one["start"]),
            speaker=str(one.get("speaker", "")),
            name=speaker_name(str(one.get("speaker", ""))),
            text=text,
        )
        for one, text in zip(segments, said, strict=True)
    ]
