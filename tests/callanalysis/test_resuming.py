"""A recording's download goes on where it broke off, within one try and from try to try."""

from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from apps.callanalysis import fetching, resuming, sweeping
from apps.callanalysis.models import Call, Stage
from apps.core.files.storing import store, stored
from apps.core.models import State
from apps.core.work.perform import run
from tests.callanalysis.conftest import FILE, Receive
from tests.peers.ranges import TAGGED, breaking, rest, whole
from tests.peers.server import Peer, Reply
from tests.sounds import sound
from tests.work import drain

pytestmark = pytest.mark.django_db

CONTENT = sound("wav", 3.0)
HALF = len(CONTENT) // 2


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resuming, "LEAST", 1000)


def again(made: Call) -> Call:
    Call.objects.filter(pk=made.pk).update(due_at=timezone.now())
    drain()
    made.refresh_from_db()
    return made


def lying(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file()]


def came_whole(made: Call, folder: Path) -> None:
    assert (made.state, made.stage, made.partial) == (State.DONE, Stage.TRANSCRIBING, {})
    with stored(str(made.file.name)) as file:
        assert file.read() == CONTENT
    assert lying(folder) == [Path(str(made.file.name)).name]


def test_within_one_try(receive: Receive, crm: Peer, folder: Path) -> None:
    crm.route(FILE, breaking(CONTENT, TAGGED, [1000, HALF]))
    made = again(receive())
    assert (made.attempts, made.failures) == (1, 0)
    came_whole(made, folder)


def test_from_try_to_try(receive: Receive, crm: Peer, folder: Path) -> None:
    crm.script(FILE, [whole(CONTENT, TAGGED, until=HALF), Reply(close=True)])
    made = again(receive())
    assert (made.state, made.partial["size"], made.partial["validator"]) == (State.QUEUED, HALF, '"v1"')
    (former,) = lying(folder)
    crm.script(FILE, [rest(CONTENT, TAGGED, start=HALF, until=HALF + 5000), Reply(close=True)])
    again(made)
    assert made.partial["size"] == HALF + 5000
    assert len(lying(folder)) == 1
    assert former not in lying(folder)
    crm.route(FILE, breaking(CONTENT, TAGGED, []))
    came_whole(again(made), folder)
    assert crm.requests[-1].headers["Range"] == f"bytes={HALF + 5000}-"


def test_a_file_that_was_replaced_meanwhile_is_fetched_whole(
    receive: Receive, crm: Peer, folder: Path
) -> None:
    other = {"ETag": '"v2"'}
    crm.script(FILE, [whole(b"x" * len(CONTENT), TAGGED, until=HALF), Reply(close=True)])
    made = again(receive())
    crm.route(FILE, lambda request: whole(CONTENT, other))
    came_whole(again(made), folder)


def test_what_was_swept_meanwhile_is_fetched_anew(
    receive: Receive, crm: Peer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crm.script(FILE, [whole(CONTENT, TAGGED, until=HALF), Reply(close=True)])
    made = again(receive())
    monkeypatch.setattr(sweeping, "ORPHAN_DAYS", range(2))
    sweeping.sweep()
    assert lying(folder) == []
    crm.route(FILE, breaking(CONTENT, TAGGED, []))
    came_whole(again(made), folder)
    assert crm.requests[-1].headers["Range"] is None


def test_a_short_beginning_is_not_kept(
    receive: Receive, crm: Peer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resuming, "LEAST", HALF + 1)
    crm.script(FILE, [whole(CONTENT, TAGGED, until=HALF), Reply(close=True)])
    made = again(receive())
    assert (made.state, made.partial) == (State.QUEUED, {})
    assert not folder.exists()


def test_a_worker_that_slept_through_its_lease_leaves_nothing(
    receive: Receive, crm: Peer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = receive()

    def slowly(path: str, content: Any) -> str:
        Call.objects.filter(pk=made.pk).update(attempts=7)
        return store(path, content)

    monkeypatch.setattr(resuming, "store", slowly)
    crm.script(FILE, [whole(CONTENT, TAGGED, until=HALF), Reply(close=True)])
    run("callanalysis.Call", made.pk)
    made.refresh_from_db()
    assert made.partial == {}
    assert lying(folder) == []


def test_the_limit_holds_over_all_tries(receive: Receive, crm: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "MAX_BYTES", HALF + 100)
    crm.script(FILE, [Reply(raw=whole(CONTENT[: HALF + 50], TAGGED, until=HALF).raw), Reply(close=True)])
    made = again(receive())
    assert made.partial["size"] == HALF
    grown = CONTENT[: HALF + 50] + bytes(100)
    crm.route(FILE, lambda request: whole(grown, {"ETag": '"v2"'}))
    assert again(made).error_code == "too_large"
