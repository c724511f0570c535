"""Workers killed at every stage of a call, and two that end at once: one transcript, paid for once."""

import subprocess
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from apps.ai.models import ModelCall
from apps.callanalysis import splitting
from apps.callanalysis.models import Call, CallOutcome, CallPart, Transcript
from apps.core.models import State
from apps.core.work.perform import run
from apps.core.work.recover import recover
from tests.callanalysis.conftest import FILE, Receive
from tests.callanalysis.tones import talk
from tests.channels.outbox import worker_process
from tests.live import wait_until
from tests.peers.openai import TRANSCRIPTIONS, OpenAIPeer
from tests.peers.server import Peer, Reply
from tests.work import drain

pytestmark = [
    pytest.mark.processes,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("listening"),
]

Begin = Callable[[Any], "subprocess.Popen[bytes]"]


@pytest.fixture
def begin() -> Iterator[Begin]:
    """A worker of its own process, doing one row; killed at the end where it still runs."""
    started: list[subprocess.Popen[bytes]] = []

    def start(row: Any) -> "subprocess.Popen[bytes]":
        started.append(worker_process(row))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def kill(process: "subprocess.Popen[bytes]", row: Any) -> None:
    """And its row is taken back, as once its lease has ended."""
    process.kill()
    process.wait()
    rows = type(row)._default_manager.filter(pk=row.pk)
    assert rows.get().state == State.RUNNING
    rows.update(lease_until=timezone.now() - timedelta(seconds=1))
    recover()
    assert rows.get().state == State.QUEUED
    rows.update(due_at=timezone.now())


def waiting_for_the_call() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # else a transaction sees what it saw at first
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND wait_event_type = 'Lock' AND query LIKE '%callanalysis_call%'"
        )
        return int(cursor.fetchone()[0])


def ended_well(made: Call, folder: Path, *, files: int = 1) -> None:
    drain()
    made.refresh_from_db()
    assert (made.state, made.outcome) == (State.DONE, CallOutcome.ANALYSED)
    assert [one["text"] for one in Transcript.objects.get().segments] == ["400 герц?", "800 герц?"] * 2
    lying = [path for path in folder.rglob("*") if path.is_file()]
    assert len(lying) == files
    assert any(path.name in str(made.file.name) for path in lying)


def test_killed_while_it_downloads(
    receive: Receive, crm: Peer, openai: OpenAIPeer, begin: Begin, folder: Path
) -> None:
    made = receive(talk())
    crm.script(FILE, [Reply(hang=True)])
    process = begin(made)
    crm.wait_for(1, timeout=60)
    kill(process, made)
    ended_well(made, folder)
    assert len(openai.heard) == 2


def test_killed_between_the_file_and_its_row(
    receive: Receive, crm: Peer, openai: OpenAIPeer, begin: Begin, folder: Path
) -> None:
    content = talk()
    made = receive(content)
    crm.script(FILE, [Reply(body=content, delay=1)])
    process = begin(made)
    crm.wait_for(1, timeout=60)
    with transaction.atomic():
        Call.objects.select_for_update().get(pk=made.pk)
        wait_until(waiting_for_the_call, seconds=60, what="the worker at its outcome")
        assert len([path for path in folder.rglob("*") if path.is_file()]) == 1
        process.kill()
        process.wait()
    kill(process, made)
    assert not CallPart.objects.exists()
    ended_well(made, folder, files=2)  # the one of nobody is swept: see `sweeping`
    assert len(openai.heard) == 2


def test_killed_while_it_listens_pays_for_no_side_twice(
    receive: Receive, openai: OpenAIPeer, begin: Begin, folder: Path
) -> None:
    made = receive(talk())
    run("callanalysis.Call", made.pk)
    part = CallPart.objects.get()
    openai.route(TRANSCRIPTIONS, hanging_after(openai, 1))
    process = begin(part)
    openai.wait_for(2, timeout=60)
    kill(process, part)
    assert CallPart.objects.get().heard["until"] == {"left": pytest.approx(8, abs=0.1)}
    openai.route(TRANSCRIPTIONS, openai._transcribe)
    ended_well(made, folder)
    assert len(openai.to(TRANSCRIPTIONS)) == 3  # the left, the right that hung, the right
    assert ModelCall.objects.filter(outcome="complete").count() == 2


def hanging_after(openai: OpenAIPeer, count: int) -> Callable[[Any], Reply]:
    def answer(request: Any) -> Reply:
        return Reply(hang=True) if len(openai.heard) >= count else openai._transcribe(request)

    return answer


def test_killed_before_the_transcript_is_written_asks_nobody_again(
    receive: Receive, openai: OpenAIPeer, begin: Begin, folder: Path
) -> None:
    made = receive(talk())
    run("callanalysis.Call", made.pk)
    part = CallPart.objects.get()
    with transaction.atomic():
        Call.objects.select_for_update().get(pk=made.pk)
        process = begin(part)
        wait_until(waiting_for_the_call, seconds=60, what="the worker at the call")
        process.kill()
        process.wait()
    assert not Transcript.objects.exists()
    kill(process, part)
    ended_well(made, folder)
    assert len(openai.heard) == 2


def test_two_parts_that_end_at_once_make_one_transcript(
    receive: Receive, openai: OpenAIPeer, begin: Begin, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(splitting, "PART_SECONDS", 6)
    made = receive(talk())
    run("callanalysis.Call", made.pk)
    parts = list(CallPart.objects.all())
    assert len(parts) == 2
    with transaction.atomic():
        Call.objects.select_for_update().get(pk=made.pk)
        processes = [begin(part) for part in parts]
        wait_until(lambda: waiting_for_the_call() == 2, seconds=90, what="both at the call")
    assert [process.wait(timeout=60) for process in processes] == [0, 0]
    assert Transcript.objects.count() == 1
    made.refresh_from_db()
    assert made.outcome == CallOutcome.ANALYSED
    assert len(made.transcript.segments) >= 4
    assert drain() == 0
