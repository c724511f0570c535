"""The app of durable work, installed for one test module; and real processes that do its rows."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.contrib.admin import sites
from django.db import connection

from apps.core.models import State
from apps.core.work.registry import registered
from tests.core.workapp.models import Chore, Trace

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def workapp(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Its tables are there while a module runs that asks for them; nobody else sees the app."""
    site = admin.site
    apps.set_installed_apps([*settings.INSTALLED_APPS, "tests.core.workapp"])
    try:
        admin.site = sites.site = site  # unfold has just made another one, on which no page is registered
        registered.cache_clear()
        models = list(apps.get_app_config("workapp").get_models())
        with django_db_blocker.unblock(), connection.schema_editor() as editor:
            for model in models:
                editor.create_model(model)
        yield
        with django_db_blocker.unblock(), connection.schema_editor() as editor:
            for model in models:
                editor.delete_model(model)
    finally:
        apps.unset_installed_apps()
        registered.cache_clear()


class Running:
    """One `manage.py` process and all that descends from it."""

    def __init__(self, command: str, folder: Path, **environment: str) -> None:
        self.log = folder / f"{command}-{time.monotonic_ns()}.log"
        inherited = {
            "DJANGO_SETTINGS_MODULE": "tests.settings_work",
            "WORK_DATABASE": str(connection.settings_dict["NAME"]),
            "WORK_DIR": str(folder),
            "WORKERS": "2",
            "LOG_LEVEL": "INFO",
        }
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", command],
                cwd=ROOT,
                env=os.environ | inherited | environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self.process.pid

    def forks(self) -> list[int]:
        """The cluster's forks, in the order of their birth: sentinel, workers, monitor, pusher."""
        return self.named("sentinel")

    def named(self, name: str) -> list[int]:
        return sorted(pid for pid in descendants(self.pid) if _name(pid) == name)

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=40)

    def kill_all(self) -> None:
        """For the end of a test, however it ended: the supervisor first, then what it may have left."""
        left = descendants(self.pid)
        self.process.kill()
        self.process.wait(timeout=10)
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue


Start = Callable[..., Running]


@pytest.fixture(scope="module")
def crew_of_module(workapp: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    running = Running("worker", tmp_path_factory.mktemp("crew"), WORKERS="2")
    yield running
    running.kill_all()


@pytest.fixture
def crew(crew_of_module: Running, transactional_db: None) -> Running:
    """Two workers and their dispatcher, shared by tests that leave them well."""
    assert crew_of_module.process.poll() is None
    return crew_of_module


@pytest.fixture
def start(workapp: None, transactional_db: None, tmp_path: Path) -> Iterator[Start]:
    started: list[Running] = []

    def begin(command: str, **environment: str) -> Running:
        started.append(Running(command, tmp_path, **environment))
        return started[-1]

    yield begin
    for running in started:
        running.kill_all()


def eventually(truth: Callable[[], Any], *, within: float = 20.0, running: Running | None = None) -> Any:
    """Real processes are waited for, since their time is not ours to set."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if found := truth():
            return found
        time.sleep(0.02)
    rows = list(Chore.objects.values_list("pk", "does", "state", "attempts", "error_code", "due_at")[:50])
    log = running.log.read_text()[-6000:] if running else ""
    raise AssertionError(f"It did not come true. Rows: {rows}\n{log}")


def descendants(pid: int) -> list[int]:
    parents = {int(path.name): _parent(path) for path in Path("/proc").iterdir() if path.name.isdigit()}
    found, ahead = [], [pid]
    while ahead:
        parent = ahead.pop()
        children = [child for child, its_parent in parents.items() if its_parent == parent]
        found += children
        ahead += children
    return found


def is_alive(pid: int) -> bool:
    """A zombie is dead."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def _parent(path: Path) -> int | None:
    try:
        state, parent = (path / "stat").read_text().rpartition(")")[2].split()[:2]
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if state == "Z" else int(parent)


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def all_done(count: int) -> bool:
    return bool(Chore.objects.filter(state=State.DONE).count() == count)


def at_least_done(count: int) -> bool:
    return bool(Chore.objects.filter(state=State.DONE).count() >= count)


def is_renewed(running: Running, old: list[int]) -> bool:
    """A whole new cluster: sentinel, two workers, monitor, pusher."""
    return len(set(running.forks()) - set(old)) == 5


def was_lost(chore: Chore, times: int) -> bool:
    chore.refresh_from_db()
    return chore.attempts == times and chore.state != State.RUNNING and chore.error_code == "lost"


def none_alive(pids: list[int]) -> bool:
    return not any(is_alive(pid) for pid in pids)


def state_of(chore: Chore) -> tuple[str, str, int]:
    chore.refresh_from_db()
    return chore.state, chore.error_code, chore.done


def trace_of(chore: Chore) -> Trace | None:
    return Trace.objects.filter(chore_id=chore.pk).first()


def begun(chore: Chore, running: Running) -> Trace:
    found: Trace = eventually(lambda: trace_of(chore), running=running)
    return found


def warm(running: Running) -> None:
    """Until it has done something."""
    chore = Chore.objects.create()
    eventually(lambda: state_of(chore)[0] == State.DONE, within=40, running=running)
    Chore.objects.all().delete()
    Trace.objects.all().delete()
