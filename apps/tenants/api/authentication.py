"""A tenant's API key, as `X-API-Key`, as `Authorization: Bearer`, or as the query parameter `apiKey`."""

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from apps.tenants.keys import find_key, note_use
from apps.tenants.models import ApiKey


class ApiKeyAuthentication(BaseAuthentication):
    """`request.auth` becomes the ApiKey. A request without any key is left to the session."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, ApiKey] | None:
        value = _key_in(request)
        if value is None:
            return None
        key = find_key(value)
        if key is None:
            raise AuthenticationFailed(_("The API key is wrong or revoked."), code="invalid_api_key")
        note_use(key=key)
        return AnonymousUser(), key

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


def _key_in(request: Request) -> str | None:
    header = request.headers.get("X-API-Key")
    if header is not None:
        return header.strip()
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return token.strip()
    return request.query_params.get("apiKey")
