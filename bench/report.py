"""What was measured: a table for people, JSON for programs."""

import json
import os
import platform
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One figure, the median of `runs`. `at_least` or `at_most` is what the project wants of it."""

    topic: str
    name: str
    value: float
    unit: str = ""
    at_least: float | None = None
    at_most: float | None = None
    runs: list[float] = field(default_factory=list)

    @property
    def is_met(self) -> bool | None:
        """None where nothing is wanted."""
        if self.at_least is None and self.at_most is None:
            return None
        is_enough = self.at_least is None or self.value >= self.at_least
        return is_enough and (self.at_most is None or self.value <= self.at_most)

    @property
    def wish(self) -> str:
        if self.at_least is not None:
            return f"≥ {shown(self.at_least)}"
        return f"≤ {shown(self.at_most)}" if self.at_most is not None else ""


def of_runs(runs: Iterable[float], **facts: object) -> Row:
    values = list(runs)
    return Row(value=median(values), runs=values, **facts)  # type: ignore[arg-type]


@dataclass(slots=True)
class Report:
    """Rows are shown as they come: the whole takes minutes."""

    rows: list[Row] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, *rows: Row) -> None:
        self.rows.extend(rows)
        for row in rows:
            say(f"  {row.name}: {shown(row.value)} {row.unit}".rstrip())

    def note(self, text: str) -> None:
        self.notes.append(text)
        say(f"  ({text})")

    def table(self) -> str:
        lines = [("", "", "", "wanted", "")]
        topic = ""
        for row in self.rows:
            sign = {None: "", True: "yes", False: "NO"}[row.is_met]
            named = row.topic if row.topic != topic else ""
            lines.append((named, row.name, f"{shown(row.value)} {row.unit}".rstrip(), row.wish, sign))
            topic = row.topic
        widths = [max(len(line[column]) for line in lines) for column in range(5)]
        text = "\n".join(
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
            for line in lines
        )
        return "\n".join([text, "", *(f"· {note}" for note in self.notes)])

    def write(self, path: Path, *, quick: bool, machine: dict[str, object]) -> None:
        found = {
            "quick": quick,
            "machine": machine,
            "rows": [{**asdict(row), "is_met": row.is_met} for row in self.rows],
            "notes": self.notes,
        }
        path.write_text(json.dumps(found, ensure_ascii=False, indent=2) + "\n")


def machine() -> dict[str, object]:
    return {
        "cpus": len(os.sched_getaffinity(0)),
        "load_before": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "system": platform.system() + " " + platform.release(),
    }


def shown(value: float | None) -> str:
    if value is None:
        return ""
    if abs(value) >= 100 or value == int(value):
        return f"{value:.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
