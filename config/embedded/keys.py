"""The secrets of an embedded installation: made once, kept beside its data, readable by its owner alone."""

import base64
import json
import os
import tempfile
from pathlib import Path
from secrets import token_urlsafe

from config.embedded.locks import make_data_dir

FILE = "secrets.json"


def secrets(data_dir: Path) -> dict[str, str]:
    """SECRET_KEY and CREDENTIALS_KEYS of this data folder; two first starts at once get the same ones."""
    path = data_dir / FILE
    try:
        return _read(path)
    except FileNotFoundError:
        make_data_dir(data_dir)
        _create(path)
        return _read(path)


def write_files(data_dir: Path) -> None:
    """Each in a file of its own name, for NAME_FILE: where PostgreSQL is not ours but the keys may be."""
    for name, value in secrets(data_dir).items():
        _write_once(data_dir / name, value)


def _read(path: Path) -> dict[str, str]:
    return {str(name): str(value) for name, value in json.loads(path.read_text()).items()}


def _create(path: Path) -> None:
    fernet_key = base64.urlsafe_b64encode(os.urandom(32)).decode()
    _write_once(path, json.dumps({"SECRET_KEY": token_urlsafe(50), "CREDENTIALS_KEYS": fernet_key}))


def _write_once(path: Path, text: str) -> None:
    """Whole or not at all: written aside (mkstemp makes it 0600), then linked if the name is still free."""
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=".draft-")
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        return  # another was first, or it is there since long
    finally:
        Path(draft).unlink()
