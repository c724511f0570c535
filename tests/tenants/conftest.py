"""The cast, and pages that need no collected static files."""

import pytest

from tests.cast import *  # noqa: F403


@pytest.fixture(autouse=True)
def _plain_static_files(settings, tmp_path):
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.STATIC_ROOT = tmp_path
