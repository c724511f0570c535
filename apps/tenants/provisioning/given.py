"""Secrets as a file gives them: the value itself, `{env: NAME}` or `{file: PATH}`."""

import os
import re
from pathlib import Path
from typing import Any

MAX_BYTES = 64 * 1024
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def resolve(value: Any, *, folder: Path) -> str:
    """A relative path is looked up from `folder`. Raises ValueError, whose text never holds the value."""
    if isinstance(value, dict):
        value = _from_elsewhere(value, folder)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("Write the value itself, {env: NAME} or {file: PATH}.")
    text = str(value)
    if _UNSTORABLE.search(text):
        raise ValueError("It holds a character that cannot be stored.")
    if not text.strip():
        raise ValueError("It is empty.")
    return text


def _from_elsewhere(value: dict[str, Any], folder: Path) -> str:
    match value:
        case {"env": str(name), **others} if not others:
            return _of_environment(name)
        case {"file": str(path), **others} if not others:
            return _of_file(folder / path)
    raise ValueError("Write the value itself, {env: NAME} or {file: PATH}.")


def _of_environment(name: str) -> str:
    value = os.environ.get(name, "")
    if not value.strip():
        raise ValueError(
            f"The environment variable {name} is {'empty' if name in os.environ else 'not set'}."
        )
    return value


def _of_file(path: Path) -> str:
    """Without the line break that an editor leaves at its end."""
    try:
        if not path.is_file():
            raise ValueError(f"There is no file {path}.")
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        text = content.decode().rstrip("\r\n")
    except OSError as error:
        raise ValueError(f"The file {path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise ValueError(f"The file {path} is not a text in UTF-8.") from None
    if len(content) > MAX_BYTES or not text.strip():
        raise ValueError(f"The file {path} is {'too long' if text.strip() else 'empty'}.")
    return text
