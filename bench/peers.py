"""The Anthropic API in a process of its own, answering at once; it ends with its stdin."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, cast

from bench.system import ROOT
from tests.peers.anthropic import AnthropicPeer


def main() -> None:
    with AnthropicPeer() as peer:
        sys.stdout.write(peer.url + "\n")
        sys.stdout.flush()
        sys.stdin.read()


@contextmanager
def anthropic() -> Iterator[str]:
    """Its address."""
    with subprocess.Popen(
        [sys.executable, "-m", "bench.peers"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield cast(IO[str], process.stdout).readline().strip()
        # Leaving closes its stdin, and waits for it.


if __name__ == "__main__":
    main()
