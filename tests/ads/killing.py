"""Workers of their own processes, killed with -9 at every single request of an upload."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Hashable, Iterator
from datetime import timedelta
from queue import Queue

import pytest
from django.conf import settings
from django.utils import timezone

from apps.ads.models import Export
from apps.core.models import UNSETTLED, Bucket, State
from apps.core.work.recover import recover
from tests.channels.outbox import worker_environment
from tests.peers.server import Peer, Received, Reply

SECONDS = 120.0
# Far more than any upload has requests: one that never ends is a fault.
MOST = 60
# Forks a worker for each row that it is told of: a start of Django for each would take minutes.
FORKING = """
import os, sys, django
from django.conf import settings
settings.DATABASES['default'].update(NAME=os.environ['TEST_DATABASE'])
django.setup()
from apps.core.work.perform import run
from apps.core.work.registry import registered
from apps.integrations.registry import connectors
registered(), connectors()
for line in sys.stdin:
    label, pk = line.split()
    child = os.fork()
    if not child:
        try:
            run(label, int(pk))
        finally:
            os._exit(0)
    print('began', child, flush=True)
    os.waitpid(child, 0)
    print('ended', child, flush=True)
"""


class Workers:
    """One at a time. What becomes of it is told in `news`: ("began", pid), ("asked", 0), ("ended", pid)."""

    def __init__(self) -> None:
        self.news: Queue[tuple[str, int]] = Queue()
        self._process = subprocess.Popen(
            [sys.executable, "-c", FORKING],
            env=worker_environment(),
            cwd=settings.BASE_DIR,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._reading = threading.Thread(target=self._read)
        self._reading.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            what, _space, pid = line.partition(" ")
            self.news.put((what, int(pid)))

    def begin(self, export: Export) -> int:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{export._meta.label} {export.pk}\n")
        self._process.stdin.flush()
        return self.wait_for("began")[1]

    def wait_for(self, *wanted: str) -> tuple[str, int]:
        while True:
            found = self.news.get(timeout=SECONDS)
            if found[0] in wanted:
                return found

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()
        self._reading.join()
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            stream.close()


@pytest.fixture(scope="module")
def workers(django_db_setup: None) -> Iterator[Workers]:
    made = Workers()
    yield made
    made.stop()


class Hanging:
    """Stands before a peer: the first request of each kind is taken, or is not, and never answered.

    Of one kind are requests that ask the same, after as many answers to the same: a repeat is answered.
    """

    def __init__(self, peer: Peer, workers: Workers, *, taken: bool) -> None:
        self._usual, self._workers, self._taken = peer._server.answer, workers, taken
        self._hung: set[Hashable] = set()
        self._answered: Counter[Hashable] = Counter()
        peer._server.answer = self.answer

    def answer(self, request: Received) -> Reply:
        asked = _asked(request)
        kind = (asked, self._answered[asked])
        if kind in self._hung:
            self._answered[asked] += 1
            return self._usual(request)
        self._hung.add(kind)
        if self._taken:
            self._usual(request)
        self._workers.news.put(("asked", 0))
        return Reply(hang=True)


def _asked(request: Received) -> Hashable:
    body = request.body
    if "multipart" in str(request.headers["Content-Type"]):
        parts = {name: part.content.decode() for name, part in request.multipart.items()}
        body = json.dumps(parts, sort_keys=True).encode()
    return (request.method, request.path, json.dumps(request.query, sort_keys=True), body)


def killed_everywhere(export: Export, peer: Peer, workers: Workers, *, taken: bool) -> int:
    """Until the upload is over; how often a worker was killed."""
    usual, killed = peer._server.answer, 0
    Hanging(peer, workers, taken=taken)
    for _ in range(MOST):
        rows = Export.objects.filter(pk=export.pk)
        # As if there were hours between: what waits is due, and the account's pace is kept.
        rows.filter(state=State.QUEUED).update(due_at=timezone.now(), failures=0)
        Bucket.objects.update(updated_at=timezone.now() - timedelta(minutes=2))
        pid = workers.begin(export)
        what, _pid = workers.wait_for("asked", "ended")
        if what == "asked":
            kill(pid, workers)
            killed += 1
            assert rows.get().state == State.RUNNING
            rows.update(lease_until=timezone.now() - timedelta(seconds=1))
            recover()
        if rows.get().state not in UNSETTLED:
            peer._server.answer = usual
            return killed
    raise AssertionError(f"the upload never ends: {rows.get().stage}")


def kill(pid: int, workers: Workers) -> None:
    os.kill(pid, signal.SIGKILL)
    workers.wait_for("ended")
