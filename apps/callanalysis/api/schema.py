"""The reference of the API, for machines and in a viewer that asks nobody but us."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.renderers import JSONRenderer

from apps.callanalysis.api.serializers import ErrorSerializer

ERRORS: dict[int, Any] = dict.fromkeys((400, 401, 413, 415, 429), ErrorSerializer)


class KeyInThreePlaces(OpenApiAuthenticationExtension):
    target_class = "apps.tenants.api.authentication.ApiKeyAuthentication"
    name = ["query", "header", "bearer"]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, str]]:
        return [
            {"type": "apiKey", "in": "query", "name": "apiKey"},
            {"type": "apiKey", "in": "header", "name": "X-API-Key"},
            {"type": "http", "scheme": "bearer"},
        ]

    def get_security_requirement(self, auto_schema: Any) -> list[dict[str, list[str]]]:
        return [{name: []} for name in self.name]


class OpenApi(SpectacularAPIView):
    """Open to anybody: it says what the methods are, and nothing of whose they are."""

    authentication_classes = ()
    permission_classes = ()
    renderer_classes = (JSONRenderer,)


class Reference(SpectacularSwaggerSplitView):
    authentication_classes = ()
    permission_classes = ()
    url_name = "calls_openapi"
