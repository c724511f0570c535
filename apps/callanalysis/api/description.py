"""`GET /openapi.json`, and `/docs/`, where a browser shows it: with nothing from anywhere else.

Both ask for a key, as every method does, or for an administrator's session.
"""

from functools import lru_cache
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

ROUTES = "apps.callanalysis.api.urls"


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """One of three ways is enough."""

    target_class = "apps.tenants.api.authentication.ApiKeyAuthentication"
    name = ["header", "bearer", "query"]

    def get_security_requirement(self, auto_schema: Any) -> list[dict[str, list[Any]]]:
        return [{name: []} for name in self.name]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, Any]]:
        return [
            {"type": "apiKey", "in": "header", "name": "X-API-Key"},
            {"type": "http", "scheme": "bearer"},
            {"type": "apiKey", "in": "query", "name": "apiKey"},
        ]


FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
NOTHING = {"type": "string", "maxLength": 0}


def plain(result: dict[str, Any], **_generated: Any) -> dict[str, Any]:
    """After the generator: a text that may be empty is said to be so by its pattern alone, and in a form all
    is text.
    """
    bodies: dict[str, Any] = result["components"]["schemas"]
    for schema in bodies.values():
        for name, one in schema.get("properties", {}).items():
            if NOTHING in one.get("oneOf", ()):
                schema["properties"][name] = one["oneOf"][0]
    for methods in result["paths"].values():
        for method in methods.values():
            content = method.get("requestBody", {}).get("content", {})
            for kind in content.keys() & set(FORMS):
                content[kind]["schema"] = _as_form(bodies[_name(content[kind]["schema"])])
    return result


def _name(schema: dict[str, str]) -> str:
    return schema["$ref"].rpartition("/")[2]


def _as_form(schema: dict[str, Any]) -> dict[str, Any]:
    """Limits of a number say nothing of a text."""
    texts = {name: {**one, "type": "string"} for name, one in schema["properties"].items()}
    for one in texts.values():
        one.pop("minimum", None)
        one.pop("maximum", None)
    return {**schema, "properties": texts}


class Description(APIView):
    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        return Response(description(get_language() or ""))


class Viewer(APIView):
    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponse:
        context = {"description": description(get_language() or "")}
        return render(request, "callanalysis/api_docs.html", context)


@lru_cache(maxsize=4)
def description(language: str) -> dict[str, Any]:
    """In the language in force, which the cache only tells apart."""
    generator: Any = SchemaGenerator
    made: dict[str, Any] = generator(urlconf=ROUTES).get_schema(request=None, public=True)
    return made
