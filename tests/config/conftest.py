"""A data folder of its own for an embedded server, and nothing left of it afterwards."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from config import embedded
from config.embedded.home import find_home


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Below a 0700 folder, as pytest makes them: root's server must cope with that."""
    folder = tmp_path_factory.mktemp("installation") / "var"
    yield folder
    embedded.stop(folder)
    home = find_home(folder)
    for leftover in (home.path, home.sockets):
        shutil.rmtree(leftover, ignore_errors=True)
