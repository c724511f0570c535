"""Workers killed with -9 while a notification is on its way: it comes, and the device shows it once."""

import subprocess
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from apps.core.models import State
from apps.core.work.recover import recover
from apps.integrations.models import Connection
from apps.push.devices import add_phone
from apps.push.models import Outcome, Push
from apps.push.trying import try_out
from apps.tenants.models import Member
from tests.channels.outbox import worker_process
from tests.live import wait_until
from tests.peers import fcm
from tests.peers.fcm import FcmPeer
from tests.peers.server import Received, Reply
from tests.work import drain

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]

Started = list["subprocess.Popen[bytes]"]


@pytest.fixture
def started() -> Iterator[Started]:
    processes: Started = []
    yield processes
    for process in processes:
        process.kill()
        process.wait()


@pytest.mark.parametrize("taken", [True, False], ids=["taken there", "not taken there"])
def test_killed_while_it_is_sent(
    firebase: Connection, google: FcmPeer, anna: Member, started: Started, taken: bool
) -> None:
    device, _new = add_phone(member=anna, registration_id="anna-phone", name="")
    push = try_out(device)
    came: list[bool] = []

    def once(request: Received) -> Reply:
        google.route(fcm.SEND, google._send)
        if taken:
            google._send(request)
        came.append(True)
        return Reply(hang=True)

    google.route(fcm.SEND, once)
    started.append(worker_process(push))
    wait_until(lambda: bool(came), seconds=120, what="the notification to be sent")
    started[0].kill()
    started[0].wait()
    rows = Push.objects.filter(pk=push.pk)
    assert rows.get().state == State.RUNNING
    rows.update(lease_until=timezone.now() - timedelta(seconds=1))
    recover()
    drain()
    push = rows.get()
    assert (push.state, push.outcome) == (State.DONE, Outcome.SENT)
    assert len(google.sent) == 1 + taken
    assert {one["android"]["collapse_key"] for one in google.sent} == {push.thread}
