"""The number guard: each price, date, time and phone in an AI's text rests on somebody's word, or is marked.

Pure functions over texts; what the texts are is found by `appeals.proving`. `spelled` turns words for numbers
into digits, `prices`, `dates`, `times` and `phones` find figures in them, `finding` puts these together, and
`judging` compares what a text says with what its sources say.
"""

from apps.appeals.guarding.figures import Figure, Kind, Value
from apps.appeals.guarding.finding import find_figures
from apps.appeals.guarding.judging import Finding, Source, SourceKind, judge

__all__ = ["Figure", "Finding", "Kind", "Source", "SourceKind", "Value", "find_figures", "judge"]
