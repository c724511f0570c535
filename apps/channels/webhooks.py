"""The door for messengers: verify, find the channel, store, answer. Nothing is read here."""

import json
import math
from typing import Any

import structlog
from django.conf import settings
from django.db import Error as DatabaseUnusable
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.views.decorators.csrf import csrf_exempt

from apps.channels import budget
from apps.channels.accounts import part_of, resolve_each
from apps.channels.contract import Reply, WebhookRequest
from apps.channels.models import Channel
from apps.channels.receiving import is_stored, proof_of, store_event
from apps.channels.resolving import Refused, Resolved, messenger, resolve
from apps.core.errors import AuthFailed

log = structlog.get_logger(__name__)

MAX_BODY = 5 * 1024 * 1024
# Control characters inside strings are passed: a client's words count for more than the letter of RFC 8259.
_JSON = json.JSONDecoder(strict=False)
_STORED = Reply()


class TooLarge(Exception):
    """The body is over MAX_BODY."""


class Malformed(Exception):
    """The body is not what this service sends: not JSON, or cut off."""


@csrf_exempt
def incoming(request: HttpRequest, connector: str, public_id: str = "") -> HttpResponse:
    """Everything that arrives at /webhook/…; see `interfaces.md` for the answers."""
    if request.method not in ("GET", "POST"):
        return HttpResponse(status=405, headers={"Allow": "GET, POST"})
    try:
        reply = _take(connector, _webhook_request(request, public_id))
    except Refused:
        log.info("webhook.refused", connector=connector[:50])
        return HttpResponse(status=403)
    except TooLarge:
        return HttpResponse(status=413)
    except (Malformed, UnreadablePostError):
        return HttpResponse(status=400)
    except budget.Spent as spent:
        return HttpResponse(status=429, headers={"Retry-After": math.ceil(spent.wait.total_seconds())})
    except (DatabaseUnusable, AuthFailed) as error:
        log.error("webhook.not_stored", connector=connector[:50], error=type(error).__name__)
        return HttpResponse(status=503, headers={"Retry-After": "5"})
    return HttpResponse(reply.body, status=reply.status, content_type=reply.content_type)


def _take(connector: str, request: WebhookRequest) -> Reply:
    module = messenger(connector)
    if request.method == "GET":
        return _handshake(module, request)
    if module is None:
        check_json(request.body)
        _store_unproven(connector, None, request, proof_of(request, header_names=()))
        return _STORED
    try:
        return _store_each(module, request, fresh=False)
    except IntegrityError:
        # The channel was deleted while this process still remembered it.
        return _store_each(module, request, fresh=True)


def _handshake(module: Any | None, request: WebhookRequest) -> Reply:
    """Raises Refused where nobody at the shared address knows the token that came."""
    if module is None:
        return Reply(status=404)
    resolved = resolve(module, request)
    if resolved.reply is None and resolved.channel is None and not request.public_id:
        raise Refused
    return resolved.reply or Reply(status=405 if resolved.channel else 404)


def _store_each(module: Any, request: WebhookRequest, *, fresh: bool) -> Reply:
    """One event for each account that the body names; most bodies are for one."""

    def check_body() -> None:
        if not (getattr(module, "FORM_BODIES", False) and is_form(request)):
            check_json(request.body)

    found = resolve_each(module, request, check_body=check_body, fresh=fresh)
    replies = [_store(module, request, resolved) for resolved in found]
    return replies[-1]


def _store(module: Any, request: WebhookRequest, resolved: Resolved) -> Reply:
    if resolved.reply is not None:
        return resolved.reply
    slug, channel = module.SPEC.slug, resolved.channel
    if resolved.proven:
        # Of a body for several accounts its own part alone: the others may be another organisation's.
        body = part_of(module, request.body, resolved.account)
        store_event(connector=slug, channel=channel, body=body, proof={})
    else:
        proof = proof_of(request, header_names=module.PROOF_HEADERS, account=resolved.account)
        _store_unproven(slug, channel, request, proof)
    accepted: Reply = getattr(module, "ACCEPTED", _STORED)
    return accepted


def _store_unproven(
    slug: str, channel: Channel | None, request: WebhookRequest, proof: dict[str, Any]
) -> None:
    """Within the budget; what is kept already is acknowledged whatever it holds, else it came for ever."""
    try:
        budget.charge(body=request.body)
    except budget.Spent:
        if not is_stored(connector=slug, channel=channel, body=request.body, proof=proof):
            raise
    store_event(connector=slug, channel=channel, body=request.body, proof=proof)


def is_form(request: WebhookRequest) -> bool:
    kind = request.headers.get("content-type", "").partition(";")[0]
    return kind.strip().lower() == "application/x-www-form-urlencoded"


def check_json(body: bytes) -> None:
    """Raises Malformed. Lone surrogates pass; so does whatever nests no deeper than can be followed."""
    try:
        _JSON.decode(body.decode("utf-8-sig", "surrogatepass"))
    except (ValueError, RecursionError):
        raise Malformed from None


def _webhook_request(request: HttpRequest, public_id: str) -> WebhookRequest:
    headers = {
        name[5:].replace("_", "-").lower(): value
        for name, value in request.META.items()
        if name.startswith("HTTP_")
    }
    headers["content-type"] = request.META.get("CONTENT_TYPE", "")
    return WebhookRequest(
        method=request.method or "",
        body=_body(request),
        headers=headers,
        query=request.GET.dict() if request.META.get("QUERY_STRING") else {},
        url=f"{settings.PUBLIC_URL}{request.get_full_path()}",
        public_id=public_id,
    )


def _body(request: HttpRequest) -> bytes:
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)  # also of what came in chunks: see core.bodies
    except ValueError:
        raise Malformed from None
    if length > MAX_BODY:
        raise TooLarge
    return request.body
