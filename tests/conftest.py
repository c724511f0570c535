"""What every test has: a database, no network beyond this machine, and the default language."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.core.cache import caches
from django.utils import translation

pytest_plugins = [
    "tests.database",
    "tests.network",
    "tests.cast",
    "tests.certificates",
    "tests.serving",
    "tests.s3",
]


@pytest.fixture(autouse=True)
def _default_language() -> Iterator[None]:
    """A page that another test read in English leaves its thread English."""
    with translation.override(settings.LANGUAGE_CODE):
        yield


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    """A process remembers channels, and counts of conversations: those of the test before are no more."""
    from apps.appeals.desk import counting
    from apps.channels import resolving

    resolving.forget()
    counting.forget()
    caches["rows"].clear()
