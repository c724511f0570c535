"""A page asks what is new since it last looked: hundreds of times a second, so before Django sees it."""

import json
import time
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

from django.core.signing import BadSignature
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from apps.appeals.live.hearing import Change, ear
from apps.appeals.live.passes import bearer_of

NO_CHAT = -1
HEADERS = {
    "Content-Type": "application/json",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """As WSGI: see `settings.ASIDE`."""
    if environ["REQUEST_METHOD"] != "GET":
        status, body = HTTPStatus.METHOD_NOT_ALLOWED, b""
    else:
        status, body = answer(environ.get("QUERY_STRING", ""))
    start_response(f"{status.value} {status.phrase}", list(HEADERS.items()))
    return [body]


@require_GET
def changes(request: HttpRequest) -> HttpResponse:
    """The same for servers that know no `ASIDE`: Django's own, and that of tests."""
    status, body = answer(request.META.get("QUERY_STRING", ""))
    return HttpResponse(body, status=status, headers=HEADERS)


def answer(query: str) -> tuple[HTTPStatus, bytes]:
    """204 where nothing is; {"at": …, "changed": [[conversation, operator, when], …]} of what has changed
    since, with `changed` null where the page should look for itself; 403 where the pass is not good (any
    more). A change of just now is told twice (`hearing.SKEW`): the same `when` is the same change.

    `pass` and `since` (seconds) come from the page; with `of` only that conversation is asked about, and
    with -1 none. With `bell` (seconds) it is asked, too, whether the bell rang since then for this member
    (their number) or for all (0): `rings`, null as above.
    """
    asked = {name: values[-1] for name, values in parse_qs(query).items()}
    try:
        tenant, member = bearer_of(asked.get("pass", ""))
        since, of = float(asked.get("since", "")), int(asked.get("of", "0"))
        bell = float(asked["bell"]) if "bell" in asked else None
    except BadSignature:
        return HTTPStatus.FORBIDDEN, b""
    except ValueError:
        return HTTPStatus.BAD_REQUEST, b""
    now = time.time()
    found = _changes(tenant, since, of)
    rings = ear.rings(tenant=tenant, member=member, since=bell) if bell is not None else set()
    if found == [] and rings == set():
        return HTTPStatus.NO_CONTENT, b""
    told = None if found is None else _latest(found)
    body = {"at": now, "changed": told, "rings": None if rings is None else sorted(rings)}
    return HTTPStatus.OK, json.dumps(body).encode()


def _latest(found: list[Change]) -> list[tuple[int, int, float]]:
    """Of each conversation and operator the newest, which comes first."""
    when: dict[tuple[int, int], float] = {}
    for one in found:
        when.setdefault((one.conversation, one.operator), one.at)
    return [(*who, at) for who, at in sorted(when.items())]


def _changes(tenant: int, since: float, of: int) -> list[Change] | None:
    if of == NO_CHAT:
        return []
    found = ear.changes(tenant=tenant, since=since)
    if found is None:
        return None
    return [one for one in found if (one.conversation == of if of else not one.is_inside)]
