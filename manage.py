#!/usr/bin/env python
"""Django's command line. Without DATABASE_URL the embedded PostgreSQL runs while a command works."""

import os
import sys
from contextlib import AbstractContextManager, nullcontext

WITHOUT_DATABASE = {
    "check",
    "collectstatic",
    "compilemessages",
    "diffsettings",
    "findstatic",
    "help",
    "makemessages",
    "version",
}


def database(command: str) -> AbstractContextManager[None]:
    from django.conf import settings

    from config import embedded

    if command.lstrip("-") in WITHOUT_DATABASE or not settings.EMBEDDED:
        return nullcontext()
    return embedded.running(settings.DATA_DIR)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line

    from config.embedded import EmbeddedError

    try:
        with database(sys.argv[1] if len(sys.argv) > 1 else "help"):
            execute_from_command_line(sys.argv)
    except EmbeddedError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
