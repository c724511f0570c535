"""For processes that a test of durable work starts: its own database, and the app whose rows they do."""

import os
from pathlib import Path

from tests.settings import *  # noqa: F403
from tests.settings import DATABASES, INSTALLED_APPS

EMBEDDED = False  # the test keeps the server running
INSTALLED_APPS = [*INSTALLED_APPS, "tests.core.workapp"]
DATABASES["default"]["NAME"] = os.environ["WORK_DATABASE"]
DATA_DIR = Path(os.environ["WORK_DIR"])
