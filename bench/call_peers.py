"""Recordings, an AI that listens, one that judges and a receiver, answering at once; ends with its stdin."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO, cast

from bench.system import ROOT
from tests.peers.anthropic import AnthropicPeer
from tests.peers.openai import OpenAIPeer
from tests.peers.receiver import Receiver
from tests.peers.server import Peer, Reply
from tests.sounds import sound
from tests.system.call_shops import SECRET, answering

SECONDS = 2.0
# In stereo at 44.1 kHz, 16 bits: a recording of ten minutes.
LARGE, SECOND = 100 * 1024 * 1024 - 4096, 4 * 44_100


def large_wav() -> bytes:
    """A tone over and over, with a header that tells its length."""
    tone = b"".join(
        (9000 if at % 100 < 50 else -9000).to_bytes(2, "little", signed=True) * 2 for at in range(44_100)
    )
    data = (tone * (LARGE // SECOND + 1))[: LARGE // 4 * 4]
    form = b"fmt " + (16).to_bytes(4, "little") + b"\x01\x00\x02\x00"
    form += (44_100).to_bytes(4, "little") + SECOND.to_bytes(4, "little") + b"\x04\x00\x10\x00"
    body = b"WAVE" + form + b"data" + len(data).to_bytes(4, "little") + data
    return b"RIFF" + len(body).to_bytes(4, "little") + body


def main() -> None:
    small, large = sound("wav", SECONDS), large_wav()
    with Peer() as crm, OpenAIPeer() as openai, AnthropicPeer() as anthropic, Receiver(SECRET) as receiver:
        crm.route("GET /rec/{name}", lambda request: Reply(body=small))
        crm.route("GET /large/rec/{name}", lambda request: Reply(body=large))
        answering(openai, anthropic)
        found = {"recordings": crm.url, "hook": receiver.hook}
        found |= {"openai": openai.url, "anthropic": anthropic.url}
        sys.stdout.write(json.dumps(found) + "\n")
        sys.stdout.flush()
        sys.stdin.read()


@contextmanager
def call_peers() -> Iterator[Mapping[str, str]]:
    """Their addresses."""
    with subprocess.Popen(
        [sys.executable, "-m", "bench.call_peers"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield json.loads(cast(IO[str], process.stdout).readline())
        # Leaving closes its stdin, and waits for it.


if __name__ == "__main__":
    main()
