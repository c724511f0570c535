"""Every API error in one envelope: {"status": "error", "code", "message", "errors": {field: [texts]}}."""

import math
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied, SuspiciousOperation, ValidationError
from django.http import Http404
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import set_rollback

from apps.core.errors import AuthFailed, ConfigInvalid, OutsideError, RateLimited, Rejected, Unsupported

log = structlog.get_logger(__name__)

INVALID = _("Some fields are wrong.")
INTERNAL = _("Our own error. It is logged.")
# Not «page not found»: who asks has a program before them.
ABSENT = _("There is no such thing in this organisation.")
# Ours is the request in between: the caller's own key is fine, so that 401 would send them looking in vain.
OUTSIDE = {AuthFailed: status.HTTP_409_CONFLICT} | dict.fromkeys(
    (Rejected, ConfigInvalid, Unsupported), status.HTTP_400_BAD_REQUEST
)


def answer(error: Exception, context: dict[str, Any]) -> Response:
    """Django REST framework's exception handler."""
    set_rollback()
    if isinstance(error, OutsideError):
        return _outside(error)
    if isinstance(error, Http404):
        error = exceptions.NotFound(ABSENT)
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    elif isinstance(error, SuspiciousOperation):  # a form of too many fields, or too large
        error = exceptions.ParseError()
    elif isinstance(error, ValidationError):
        error = exceptions.ValidationError(getattr(error, "message_dict", error.messages))
    if isinstance(error, exceptions.APIException):
        return _ours(error)
    # The view's name, never the address: a key may stand in its query.
    log.error("api.internal_error", view=type(context.get("view")).__name__, exc_info=error)
    return envelope(status=500, code="internal", message=INTERNAL)


def envelope(
    *,
    status: int,
    code: str,
    message: Any,
    errors: dict[str, list[str]] | None = None,
    headers: dict[str, str] | None = None,
    **more: Any,
) -> Response:
    body = {"status": "error", "code": code, "message": str(message), "errors": errors or {}, **more}
    return Response(body, status=status, headers=headers)


def _ours(error: exceptions.APIException) -> Response:
    headers: dict[str, str] = {}
    if isinstance(error, exceptions.ValidationError):
        return envelope(
            status=error.status_code, code="invalid", message=INVALID, errors=flatten(error.detail)
        )
    wait, challenge = getattr(error, "wait", None), getattr(error, "auth_header", None)
    if wait is not None:
        headers["Retry-After"] = str(math.ceil(wait))
    if challenge:
        headers["WWW-Authenticate"] = challenge
    code = getattr(error.detail, "code", None) or error.default_code
    return envelope(status=error.status_code, code=code, message=error.detail, headers=headers)


def _outside(error: OutsideError) -> Response:
    if isinstance(error, RateLimited):
        after = {"Retry-After": str(math.ceil(error.after.total_seconds()))}
        return envelope(status=429, code=error.code, message=error.public, headers=after)
    field = getattr(error, "field", "")
    known = next(
        (code for kind, code in OUTSIDE.items() if isinstance(error, kind)), status.HTTP_502_BAD_GATEWAY
    )
    errors = {field: [str(error.public)]} if field else None
    return envelope(status=known, code=error.code, message=error.public, errors=errors)


def flatten(detail: Any, path: str = "") -> dict[str, list[str]]:
    """Nested errors by their path, `stages.0.name`; what belongs to no field stands under `""`."""
    if isinstance(detail, dict):
        parts = [(_joined(path, str(name)), value) for name, value in detail.items()]
    elif isinstance(detail, (list, tuple)) and any(isinstance(one, (dict, list)) for one in detail):
        parts = [(_joined(path, str(number)), value) for number, value in enumerate(detail) if value]
    else:
        texts = detail if isinstance(detail, (list, tuple)) else [detail]
        return {path: [str(text) for text in texts]}
    found: dict[str, list[str]] = {}
    for name, value in parts:
        found |= flatten(value, name)
    return found


def _joined(path: str, name: str) -> str:
    name = "" if name == "non_field_errors" else name
    return ".".join(part for part in (path, name) if part)
