"""Makes .venv hold what requirements/<base|dev>.txt pins. Standard library only: it runs before all else.

A stamp inside .venv says what it was made from. It is removed before anything is touched and written after
everything succeeded, so what an interrupted install left behind never passes as whole: it is made anew.
"""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "made-from.json"
LEVELS = ("base", "dev")  # each contains the one before it


def lock_file(level: str) -> Path:
    return ROOT / "requirements" / f"{level}.txt"


def wanted(level: str) -> dict[str, str]:
    return {
        "level": level,
        "lock": hashlib.sha256(lock_file(level).read_bytes()).hexdigest(),
        "place": str(VENV),  # an environment does not work from another place than it was made in
    }


def present() -> dict[str, str] | None:
    """What .venv was made from, or None when there is none, it is unfinished, or its Python is gone."""
    try:
        stamp = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return None
    return stamp if isinstance(stamp, dict) and (VENV / "bin" / "python").exists() else None


def is_ready(level: str) -> bool:
    found = present()
    if found is None or found.get("level") not in LEVELS[LEVELS.index(level) :]:
        return False
    return found == wanted(found["level"])


def run(*command: str | Path) -> None:
    environment = os.environ | {"UV_PYTHON_DOWNLOADS": "never", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    subprocess.run([str(part) for part in command], check=True, cwd=ROOT, env=environment)


def uv() -> str | None:
    """uv, when it is on PATH and runs: a version manager's shim may be there without one behind it."""
    program = shutil.which("uv")
    if program is None:
        return None
    works = subprocess.run([program, "--version"], capture_output=True, check=False).returncode == 0
    return program if works else None


def install_with_uv(program: str, lock: Path) -> None:
    python = VENV / "bin" / "python"
    if not python.exists():
        run(program, "venv", "--quiet", "--python", sys.executable, VENV)
    run(program, "pip", "sync", "--quiet", "--require-hashes", "--python", python, lock)


def install_with_pip(lock: Path) -> None:
    """A Python without ensurepip (Debian without python3-venv) installs with its own pip instead."""
    python = VENV / "bin" / "python"
    pip: list[str | Path] = [python, "-m", "pip"]
    if find_spec("ensurepip"):
        create = ["-m", "venv"]
    elif find_spec("pip"):
        create = ["-m", "venv", "--without-pip"]
        pip = [sys.executable, "-m", "pip", "--python", python]
    else:
        sys.exit("This Python has neither ensurepip nor pip. Install python3-venv (Debian, Ubuntu) or uv.")
    if not python.exists():
        run(sys.executable, *create, VENV)
    run(*pip, "install", "--quiet", "--require-hashes", "--requirement", lock)


def make(level: str) -> None:
    found = present()
    if found is None or found.get("place") != str(VENV):
        remove()
    elif found.get("level") == "dev":
        level = "dev"  # an environment for tests stays one
    print(f"Installing what requirements/{level}.txt pins …", file=sys.stderr, flush=True)
    # A whole one is brought up to date where it is: a server may be running from it.
    STAMP.unlink(missing_ok=True)
    program = uv()
    if program:
        install_with_uv(program, lock_file(level))
    else:
        install_with_pip(lock_file(level))
    draft = STAMP.with_suffix(".new")
    draft.write_text(json.dumps(wanted(level)))
    draft.replace(STAMP)


def remove() -> None:
    if VENV.is_symlink():
        VENV.unlink()
    elif VENV.exists():
        shutil.rmtree(VENV)


@contextmanager
def alone() -> Iterator[None]:
    """Of two commands at once, the second waits here and then finds the work done."""
    lock = os.open(ROOT / "requirements", os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def main(level: str) -> None:
    if is_ready(level):
        return
    try:
        with alone():
            if not is_ready(level):
                make(level)
    except subprocess.CalledProcessError as error:
        sys.exit(f"The environment could not be made: {error.cmd[0]} failed (its message is above).")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main(sys.argv[1])
