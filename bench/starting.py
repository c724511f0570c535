"""`bin/start` on new data and again on the same: seconds until it says that it is ready."""

import signal
import subprocess
import time
from pathlib import Path
from typing import IO, cast

from bench.report import Report, of_runs, say
from bench.system import ROOT, end, environment, fresh_data

TOPIC = "bin/start"
WANTED_WARM = 10


def measure(report: Report, *, base: Path, port: int, quick: bool) -> None:
    colds, warms = [], []
    say(f"{TOPIC}: new data, then the same data again")
    for _ in range(1 if quick else 3):
        with fresh_data(base) as data:
            colds.append(_start(data, port))
            warms.append(_start(data, port))
    report.add(
        of_runs(colds, topic=TOPIC, name="on new data, packages installed", unit="s"),
        of_runs(warms, topic=TOPIC, name="again", unit="s", at_most=WANTED_WARM),
    )


def _start(data: Path, port: int) -> float:
    began = time.monotonic()
    printed = []
    with subprocess.Popen(
        [str(ROOT / "bin" / "start")],
        cwd=ROOT,
        env=environment(data, port),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        for line in cast(IO[str], process.stdout):
            printed.append(line)
            if line.startswith("Ready in"):
                took = time.monotonic() - began
                break
        else:
            raise RuntimeError("bin/start ended before it was ready:\n" + "".join(printed))
        end(process, signal.SIGINT)
    return took
