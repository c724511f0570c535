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


def _read(path: Path) -> dict[str, str]:
    return {str(name): str(value) for name, value in json.loads(path.read_text()).items()}


def _create(path: Path) -> None:
    """Whole or not at all: written aside (mkstemp makes it 0600), then linked if the name is still free."""
    made = {
        "SECRET_KEY": token_urlsafe(50),
        "CREDENTIALS_KEYS": base64.urlsafe_b64encode(os.urandom(32)).decode(),
    }
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=".secrets-")
    try:
        with os.fdopen(descriptor, "w") as file:
            json.dump(made, file)
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        return  # the other start was first
    finally:
        Path(draft).unlink()
