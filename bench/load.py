"""Closed-loop load on one webhook: every connection sends the next update as soon as it has its answer."""

import json
import shutil
import subprocess
import time
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from urllib.parse import urlsplit

from bench.generator import generate
from tests.system.ledger import percentile
from tests.system.shops import Shop

SCRIPT = Path(__file__).parent / "wrk.lua"
PROCESSES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """`errors`: answers that were no 200, and requests that got none. Milliseconds."""

    requests: int
    seconds: float
    errors: int
    p50: float
    p99: float
    longest: float

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds


def generator_name() -> str:
    if wrk():
        return "wrk"
    return f"the built-in generator in {PROCESSES} processes (wrk, when installed, takes less of the machine)"


def wrk() -> str | None:
    return shutil.which("wrk")


def load(shop: Shop, *, connections: int, seconds: int) -> Load:
    program = wrk()
    if program:
        return _with_wrk(program, shop, connections, seconds)
    return _built_in(shop, connections, seconds)


def _with_wrk(program: str, shop: Shop, connections: int, seconds: int) -> Load:
    threads = ["-t", "1", "-c", str(connections), "-d", f"{seconds}s", "--timeout", "10s"]
    # Update ids go on from run to run.
    values = [shop.secret, str(time.time_ns() // 1000 % 10**12)]
    done = subprocess.run(
        [program, *threads, "-s", str(SCRIPT), shop.hook, "--", *values],
        capture_output=True,
        text=True,
        check=True,
        timeout=seconds + 60,
    )
    found = json.loads(done.stdout.splitlines()[-1])
    return Load(
        requests=found["requests"] - found["refused"],
        seconds=found["microseconds"] / 1e6,
        errors=found["refused"] + found["broken"],
        p50=found["p50"] / 1000,
        p99=found["p99"] / 1000,
        longest=found["max"] / 1000,
    )


def _built_in(shop: Shop, connections: int, seconds: int) -> Load:
    address = urlsplit(shop.hook)
    share = connections // PROCESSES
    lots = [
        (address.hostname, address.port, address.path, shop.secret, share, seconds, number)
        for number in range(PROCESSES)
    ]
    with get_context("spawn").Pool(PROCESSES) as pool:
        results = pool.starmap(generate, lots)
    took = sorted(value for times, _errors in results for value in times)
    if not took:
        raise RuntimeError("no request was answered")
    return Load(
        requests=len(took),
        seconds=seconds,
        errors=sum(errors for _times, errors in results),
        p50=percentile(took, 0.5) * 1000,
        p99=percentile(took, 0.99) * 1000,
        longest=took[-1] * 1000,
    )
