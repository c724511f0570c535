"""/healthz and /readyz: whether this process lives, and whether the whole is fit to be sent work."""

from functools import cache
from typing import Any

import structlog
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from apps.core.models import StorageCheck
from apps.core.work.trouble import oldest_due

log = structlog.get_logger(__name__)

LATE = 60.0  # seconds that due work may wait for a worker


@never_cache
@require_safe
def alive(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok", content_type="text/plain")


@never_cache
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    figures = _figures()
    fit = figures["database"] and figures["migrations_missing"] == 0 and figures["oldest_due_seconds"] < LATE
    return JsonResponse({"ready": fit, **figures}, status=200 if fit else 503)


def _figures() -> dict[str, Any]:
    """What is not known, because something before it failed, is None."""
    figures: dict[str, Any] = {
        "database": False,
        "migrations_missing": None,
        "oldest_due_seconds": None,
        "storage": None,
    }
    try:
        connection.ensure_connection()
        missing = _migrations_missing()
        figures |= {"database": True, "migrations_missing": missing}
        if missing == 0:
            figures["oldest_due_seconds"] = waiting_seconds()
            figures["storage"] = _storage()
    except Error:
        log.warning("ready.database_lost", exc_info=True)
        connection.close()
        figures["database"] = False
    return figures


def _storage() -> str | None:
    """What the last look at it found. Its outage makes nobody unready: files wait, and messages go on."""
    row = StorageCheck.objects.first()
    return None if row is None else row.code or "ok"


def waiting_seconds() -> float:
    since = oldest_due()
    return 0.0 if since is None else round((timezone.now() - since).total_seconds(), 3)


def _migrations_missing() -> int:
    return 0 if _all_applied() else _count_missing()


def _count_missing() -> int:
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


class _Behind(Exception):
    """Not to be remembered: a migration may be under way."""


def _all_applied() -> bool:
    try:
        return _applied_once()
    except _Behind:
        return False


@cache
def _applied_once() -> bool:
    """Applied migrations stay applied, and reading them all takes a while: asked until it is so."""
    if _count_missing():
        raise _Behind
    return True
