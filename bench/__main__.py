"""`bin/bench [--quick] [--out bench.json] [--only intake …]`: one table, and JSON."""

import argparse
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from bench import appeals, batches, calls, desk, heads, intake, starting
from bench.report import Report, machine, say
from bench.system import ROOT, System, running

WORKERS = 2
NAMES = ("intake", "appeals", "batches", "calls", "desk", "heads", "start")


def main() -> int:
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    report, facts = Report(), machine()
    report.note(", ".join(f"{name} {value}" for name, value in facts.items()))
    base = Path(os.environ.get("DATA_DIR") or ROOT / "var").absolute()
    port = _free_port()
    if set(options.only) - {"start"}:
        _on_one_server(report, options, base, port)
    if "start" in options.only:
        starting.measure(report, base=base, port=port, quick=options.quick)
    say("\n" + report.table())
    report.write(options.out, quick=options.quick, machine=facts)
    say(f"\nWritten: {options.out}")
    return 0


def _on_one_server(report: Report, options: argparse.Namespace, base: Path, port: int) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        running(base, port=port, workers=WORKERS) as system,
    ):
        measures = _measures(report, system, Path(folder), quick=options.quick)
        for name in NAMES:
            if name in options.only and name in measures:
                measures[name]()


def _measures(report: Report, system: System, folder: Path, *, quick: bool) -> dict[str, Callable[[], None]]:
    return {
        "intake": partial(intake.measure, report, system, folder=folder, quick=quick),
        "appeals": partial(appeals.measure, report, system, folder=folder, quick=quick, workers=WORKERS),
        "batches": partial(batches.measure, report, system, folder=folder, quick=quick, workers=WORKERS),
        "calls": partial(calls.measure, report, system, folder=folder, quick=quick, workers=WORKERS),
        "desk": partial(desk.measure, report, system, quick=quick),
        "heads": partial(heads.measure, report, system, quick=quick),
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bin/bench", description="The benchmarks: one table, and JSON.")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter runs")
    parser.add_argument("--out", type=Path, default=Path("bench.json"), help="where the JSON goes")
    parser.add_argument("--only", nargs="+", choices=NAMES, default=NAMES, help="some of them")
    return parser.parse_args()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
