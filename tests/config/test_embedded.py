"""The embedded PostgreSQL as its users meet it: real servers, real kills."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from config import embedded
from config.embedded.home import find_home
from config.embedded.server import is_alive

ROOT = Path(__file__).resolve().parents[2]
USER_OF_IT = """
import sys
from pathlib import Path
from config import embedded
with embedded.running(Path(sys.argv[1]), fsync=False):
    print("ready", flush=True)
    sys.stdin.read()
"""


def eventually(condition: Callable[[], bool], *, seconds: float = 20) -> bool:
    deadline, pause = time.monotonic() + seconds, threading.Event()
    while not condition() and time.monotonic() < deadline:
        pause.wait(0.02)
    return condition()


def users(data_dir: Path, *, number: int) -> "list[subprocess.Popen[str]]":
    """Other processes, started at once, that have the server running until their standard input is closed."""
    command = [sys.executable, "-c", USER_OF_IT, str(data_dir)]
    pipe = subprocess.PIPE
    processes = [
        subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) for _ in range(number)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    return processes


def let_go(process: "subprocess.Popen[str]") -> None:
    process.communicate(timeout=30)


def ask(data_dir: Path, query: str) -> object:
    with psycopg.connect(embedded.database_url(data_dir), autocommit=True) as connection:
        row = connection.execute(query.encode()).fetchone()
    return row[0] if row else None


def answers(data_dir: Path) -> bool:
    try:
        return ask(data_dir, "SELECT 1") == 1
    except psycopg.OperationalError:
        return False


def postmaster(data_dir: Path) -> int:
    return int((find_home(data_dir).data / "postmaster.pid").read_text().split()[0])


def test_the_address_is_known_beforehand_and_leads_to_a_database_that_knows_russian(data_dir: Path) -> None:
    url = embedded.database_url(data_dir)
    with embedded.running(data_dir, fsync=False):
        assert embedded.database_url(data_dir) == url
        assert ask(data_dir, "SELECT lower('ПРИВЕТ') = 'привет' AND 'Ж' ILIKE 'ж'") is True
        assert ask(data_dir, "SELECT to_tsvector('russian', 'Замените батареи') @@ 'батар'::tsquery") is True
        assert ask(data_dir, "SELECT count(*) FROM pg_available_extensions WHERE name = 'pg_trgm'") == 1


def test_nobody_but_its_owner_may_enter_the_sockets_and_the_data(data_dir: Path) -> None:
    with embedded.running(data_dir, fsync=False):
        home = find_home(data_dir)
        assert ask(data_dir, "SHOW listen_addresses") == ""
        for folder in (home.path, home.sockets):
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700
            assert folder.stat().st_uid == home.account.uid


def test_folders_above_the_data_keep_their_modes(data_dir: Path) -> None:
    closed = data_dir.parent
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    with embedded.running(data_dir, fsync=False):
        assert stat.S_IMODE(closed.stat().st_mode) == 0o700


def test_two_that_start_at_once_share_one_server_and_the_last_one_out_stops_it(data_dir: Path) -> None:
    first, second = users(data_dir, number=2)
    assert answers(data_dir)
    let_go(first)
    assert answers(data_dir)
    let_go(second)
    assert not is_alive(data_dir)


def test_it_stops_when_its_only_user_was_killed(data_dir: Path) -> None:
    (user,) = users(data_dir, number=1)
    user.kill()
    user.communicate()
    assert eventually(lambda: not is_alive(data_dir))


def test_killed_in_the_middle_it_comes_back_with_what_was_committed(data_dir: Path) -> None:
    with embedded.running(data_dir, fsync=False):
        with psycopg.connect(embedded.database_url(data_dir)) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        killed = postmaster(data_dir)
        os.kill(killed, signal.SIGKILL)
        assert eventually(lambda: answers(data_dir) and postmaster(data_dir) != killed)
        assert ask(data_dir, "SELECT answer FROM kept") == 42


def test_a_stale_process_number_that_is_a_strangers_now_does_not_keep_it_from_starting(
    data_dir: Path,
) -> None:
    with embedded.running(data_dir, fsync=False):
        home = find_home(data_dir)
    stranger = str(os.getpid())
    (home.data / "postmaster.pid").write_text(
        f"{stranger}\n{home.data}\n1\n5432\n{home.sockets}\n\n0 0\nready\n"
    )
    (home.sockets / ".s.PGSQL.5432.lock").write_text(f"{stranger}\n")
    with embedded.running(data_dir, fsync=False):
        assert answers(data_dir)


def test_starting_what_runs_already_says_so(data_dir: Path) -> None:
    with embedded.running(data_dir, fsync=False):
        assert embedded.ensure_running(data_dir, fsync=False) is False


def test_an_installation_deep_in_the_tree_still_gets_a_short_socket_path() -> None:
    deep = Path("/srv") / "/".join(["a-rather-long-folder-name"] * 20) / "var"
    socket = embedded.database_url(deep).partition("host=")[2] + "/.s.PGSQL.5432"
    assert len(socket) < 100
    assert embedded.database_url(deep) != embedded.database_url(deep / "another")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can hand a folder to another account")
def test_a_socket_folder_that_somebody_else_made_is_refused(tmp_path: Path) -> None:
    sockets = find_home(tmp_path).sockets
    sockets.mkdir(mode=0o777)
    os.chown(sockets, 12345, 12345)
    try:
        with pytest.raises(embedded.EmbeddedError, match="belongs to another account"):
            embedded.ensure_running(tmp_path, fsync=False)
    finally:
        sockets.rmdir()
        shutil.rmtree(find_home(tmp_path).path)
