"""A real browser beside a whole running system."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.chromium import chromium
from tests.live import Live, running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def live(database_server: None) -> Iterator[Live]:
    with running("browser") as system:
        yield system
