"""The database of the tests: the embedded server on data of their own, or the one of DATABASE_URL."""

from collections.abc import Iterator

import pytest
from django.conf import settings

from config import embedded


@pytest.fixture(scope="session")
def database_server() -> Iterator[None]:
    """Runs while tests need it. Without fsync: nobody misses their data after a power cut."""
    if not settings.EMBEDDED:
        yield
        return
    with embedded.running(settings.DATA_DIR, fsync=False):
        yield


@pytest.fixture(scope="session")
def django_db_modify_db_settings(database_server: None, django_db_modify_db_settings: None) -> None:
    """pytest-django's hook before it creates the test database."""
