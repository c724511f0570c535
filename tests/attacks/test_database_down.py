"""The database of a running system dies: a messenger must hear that it should come again."""

import os
import signal
from pathlib import Path

import pytest

from tests.attacks import wire
from tests.attacks.conftest import SOON, Target, update
from tests.live import wait_until

pytestmark = pytest.mark.processes


def test_with_the_database_down_the_sender_is_told_to_come_again(target: Target) -> None:
    assert wire.post(target.shop.hook, update(1), headers=[target.secret]).status == 200
    (pidfile,) = Path(target.live.environment["DATA_DIR"]).rglob("postmaster.pid")
    os.kill(int(pidfile.read_text().split()[0]), signal.SIGQUIT)  # at once, as a crash would
    wait_until(lambda: not pidfile.exists(), seconds=20, what="the database is down")
    for number in range(2, 10):  # more than there are connections kept
        for hook in (target.shop.hook, target.address("/webhook/nosuch/incoming")):
            heard = wire.post(hook, update(number), headers=[target.secret])
            assert (heard.status, heard.seconds < SOON) == (503, True)
