"""The processes of a running system, found by what they are, so that a test can kill one of them."""

import os
import signal
from pathlib import Path


def descendants(pid: int) -> list[int]:
    """Living ones, in the order of their birth."""
    parents = {int(path.name): _parent(path) for path in Path("/proc").iterdir() if path.name.isdigit()}
    found, ahead = [], [pid]
    while ahead:
        parent = ahead.pop()
        children = [child for child, its_parent in parents.items() if its_parent == parent]
        found += children
        ahead += children
    return sorted(found)


def commands(pid: int, name: str) -> list[int]:
    """Processes below this one that run `manage.py name`, the topmost of them first."""
    return [child for child in descendants(pid) if f"manage.py\0{name}\0" in _command(child)]


def named(pid: int, name: str) -> list[int]:
    """Processes below this one that call themselves so."""
    return [child for child in descendants(pid) if _name(child) == name]


def workers(pid: int, count: int) -> list[int]:
    """The queue's workers: the sentinel forks them first, then its monitor and its pusher."""
    return named(pid, "sentinel")[1 : 1 + count]


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


def kill_group(pid: int) -> None:
    os.killpg(os.getpgid(pid), signal.SIGKILL)


def _parent(path: Path) -> int | None:
    try:
        state, parent = (path / "stat").read_text().rpartition(")")[2].split()[:2]
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if state == "Z" else int(parent)


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except (FileNotFoundError, ProcessLookupError):
        return ""
