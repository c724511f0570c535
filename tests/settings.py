"""The project's own settings, on data of the tests' own."""

import os

os.environ.setdefault("DATA_DIR", "var/test")
os.environ.setdefault("LOG_LEVEL", "WARNING")

from config.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # tests log in often
