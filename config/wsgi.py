"""The WSGI application that the web server loads, with all that its first request would wait for."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()


def _warm_up() -> None:
    """Routes, pages and connectors take seconds to import; a webhook is answered within two."""
    from apps.integrations.registry import connectors

    connectors()
    get_resolver().url_patterns  # noqa: B018 (read for its effect)


_warm_up()
# What was loaded stays for ever: to look through all of it for garbage took some page a tenth of a second.
gc.collect()
gc.freeze()
