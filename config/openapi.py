"""How the API of calls describes itself: OpenAPI 3.1, as `apps.callanalysis.api.description` asks for it."""

from pathlib import Path
from typing import Any

import drf_spectacular_sidecar
from django.utils.translation import gettext_lazy as _

SETTINGS: dict[str, Any] = {
    "OAS_VERSION": "3.1.1",
    "TITLE": _("BatteryCRM: calls"),
    "DESCRIPTION": _(
        "Calls from a CRM. Every method asks for an API key, at most 60 requests a minute with each; "
        "errors are all of one kind."
    ),
    "VERSION": "1",
    "SERVERS": [{"url": "/api/v1"}],
    "SERVE_INCLUDE_SCHEMA": False,
    # The same fields come as JSON and as a form.
    "COMPONENT_SPLIT_REQUEST": False,
    # Each list of values stands where it is used, under no made-up name.
    "POSTPROCESSING_HOOKS": ["apps.callanalysis.api.description.plain"],
    # It would describe every API of the project; the one that is described has a test.
    "ENABLE_DJANGO_DEPLOY_CHECK": False,
}

# Of the two viewers in that package the one that needs nothing from elsewhere: the other asks for fonts.
VIEWER = (
    "swagger-ui",
    Path(drf_spectacular_sidecar.__file__).parent / "static/drf_spectacular_sidecar/swagger-ui-dist",
)
