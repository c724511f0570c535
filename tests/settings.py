"""The project's own settings, on data of the tests' own."""

import os

os.environ.setdefault("DATA_DIR", "var/test")
os.environ.setdefault("LOG_LEVEL", "WARNING")

from config.settings import *  # noqa: F403

# Its flush is theirs.
INSTALLED_APPS = [*INSTALLED_APPS, "tests.flushing"]  # noqa: F405

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # tests log in often

# An answer goes at once, unless a test is about undoing it.
UNDO_SECONDS = 0

# Files are taken from where they lie, so that no test depends on an earlier collection.
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}  # noqa: F405
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # noqa: F405
