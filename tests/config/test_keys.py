"""The secrets of an embedded installation."""

import stat
import subprocess
import sys
from pathlib import Path

from cryptography.fernet import Fernet

from config import embedded

ROOT = Path(__file__).resolve().parents[2]
RACER = """
import json, sys
from pathlib import Path
from config import embedded
sys.stdin.read()
print(json.dumps(embedded.secrets(Path(sys.argv[1])), sort_keys=True))
"""


def test_first_starts_at_once_agree_on_the_secrets(tmp_path: Path) -> None:
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", RACER, str(tmp_path / "var")],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(6)
    ]
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.close()  # go
    made = set()
    for racer in racers:
        assert racer.stdout is not None
        made.add(racer.stdout.read())
        racer.stdout.close()
        assert racer.wait() == 0
    assert len(made) == 1
    assert [path.name for path in (tmp_path / "var").iterdir()] == ["secrets.json"]


def test_secrets_are_kept_readable_by_their_owner_alone_and_fit_their_use(tmp_path: Path) -> None:
    made = embedded.secrets(tmp_path)
    assert embedded.secrets(tmp_path) == made
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600
    assert len(made["SECRET_KEY"]) >= 50
    Fernet(made["CREDENTIALS_KEYS"])


def test_two_installations_never_share_a_secret(tmp_path: Path) -> None:
    one, other = embedded.secrets(tmp_path / "one"), embedded.secrets(tmp_path / "other")
    assert set(one.values()).isdisjoint(other.values())


def test_keys_can_be_had_as_files_that_stay_the_same(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "config.embedded", str(tmp_path)]
    for _ in range(2):
        subprocess.run(command, cwd=ROOT, check=True)
        made = embedded.secrets(tmp_path)
        assert {name: (tmp_path / name).read_text() for name in made} == made
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in tmp_path.iterdir())
