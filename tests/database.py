"""The database of the tests: the embedded server on data of their own, or the one of DATABASE_URL."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from apps.appeals.live.hearing import ear
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


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The server notices a moment later that a killed process is gone: until then nothing can be dropped.

    Whatever of ours is still connected after that is a leak, and the drop says so.
    """
    yield
    ear.stop()
    with django_db_blocker.unblock():
        try:
            _wait_until_alone()
        finally:
            # After a browser's tests this may be another connection than the one that drops the database.
            connection.close()


def _wait_until_alone() -> None:
    with connection.cursor() as cursor:
        for _look in range(100):
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
            if cursor.fetchone()[0] <= 1:
                return
            time.sleep(0.1)
