"""Storing what arrived, word for word, before anything reads it: one statement, soon answered."""

import json
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Any

from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from apps.channels.contract import WebhookRequest
from apps.channels.models import Backfill, Channel, InboundEvent, Outcome
from apps.core.models import State

# A column that the model gains and this statement lacks shows in the first test that stores anything.
_STORE = """
INSERT INTO channels_inboundevent AS event
    (connector, channel_id, tenant_id, event_key, body, proof, received_at, due_at,
     lane, backfill_id, state, attempts, failures, error_code, error_text, deliveries, outcome, reason)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 'queued', 0, 0, '', '', 1, '', '')
ON CONFLICT (event_key) DO UPDATE SET deliveries = event.deliveries + 1
RETURNING id, deliveries
"""
_PROOF: Any = InboundEvent._meta.get_field("proof")
_LONGEST_SLUG = 50


def store_event(*, connector: str, channel: Channel | None, body: bytes, proof: Mapping[str, Any]) -> int:
    """Returns the event's id: a new one, or that of the same event when it was delivered before.

    `proof` is empty where the sender was verified already. It is part of the key: a forged copy of a body,
    kept because its account is not known yet, must not take the place of the true one.
    """
    values = _values(connector, channel, body, proof)
    try:
        return _execute(values)[0]
    except (OperationalError, InterfaceError):
        if connection.in_atomic_block or connection.is_usable():
            raise
    # The kept connection was dead. Had the statement got through, the event now counts as delivered twice.
    connection.close()
    return _execute(values)[0]


def store_older(*, backfill: Backfill, body: bytes) -> bool:
    """Of a channel's history; whether it is new. In the backfill's own transaction.

    One lane: the newest of a chat comes first, and what comes first is read first.
    """
    channel = backfill.channel
    values = _values(channel.connection.connector, channel, body, {})
    values[-2:] = [f"backfill:{backfill.pk}", backfill.pk]
    return _execute(values)[1] == 1


def _values(connector: str, channel: Channel | None, body: bytes, proof: Mapping[str, Any]) -> list[Any]:
    now = timezone.now()
    return [
        connector[:_LONGEST_SLUG],
        channel.pk if channel else None,
        channel.tenant_id if channel else None,
        _key(connector, channel, body, proof),
        body,
        _PROOF.get_db_prep_save(dict(proof), connection),
        now,
        now,
        "",
        None,
    ]


def is_stored(*, connector: str, channel: Channel | None, body: bytes, proof: Mapping[str, Any]) -> bool:
    return InboundEvent.objects.filter(event_key=_key(connector, channel, body, proof)).exists()


def _execute(values: list[Any]) -> tuple[int, int]:
    """The event's id, and how often it has come by now."""
    # Django would first ask a kept connection whether it lives, which costs as much as storing does.
    connection.health_check_done = True  # type: ignore[attr-defined]
    with connection.cursor() as cursor:
        cursor.execute(_STORE, values)
        pk, deliveries = cursor.fetchone()
        return int(pk), int(deliveries)


def _key(connector: str, channel: Channel | None, body: bytes, proof: Mapping[str, Any]) -> str:
    proven_by = json.dumps(proof, sort_keys=True) if proof else ""
    origin = f"{connector}\0{channel.pk if channel else ''}\0{proven_by}\0"
    digest = blake2b(origin.encode("utf-8", "surrogatepass"), digest_size=32)
    digest.update(body)
    return digest.hexdigest()


def proof_of(request: WebhookRequest, *, header_names: Iterable[str], account: str = "") -> dict[str, Any]:
    """What must be kept with an unverified event, so that it can be verified later. Never empty.

    `account`: the one it is kept for, of those that the body names.
    """
    kept = {name: request.headers[name] for name in header_names if name in request.headers}
    proof: dict[str, Any] = {"headers": kept, "query": dict(request.query), "url": request.url}
    known = {"public_id": request.public_id, "account": account}
    return proof | {name: value for name, value in known.items() if value}


def request_of(event: InboundEvent) -> WebhookRequest:
    """The request as it came, as far as it was kept."""
    return WebhookRequest(
        method="POST",
        body=bytes(event.body),
        headers=event.proof.get("headers", {}),
        query=event.proof.get("query", {}),
        url=event.proof.get("url", ""),
        public_id=event.proof.get("public_id", "") if event.channel_id else "",
    )


def read_again(event_ids: Iterable[int]) -> int:
    """Put settled events up for reading again; today's code and channels decide. Returns how many.

    What became a message stays one: a message is known by its own id further up.
    """
    settled = [State.DONE, State.FAILED, State.UNKNOWN]
    stuck = [Outcome.UNROUTED, Outcome.FAILED, Outcome.IGNORED, ""]
    rows = InboundEvent.objects.filter(pk__in=list(event_ids), state__in=settled, outcome__in=stuck)
    return rows.update(
        state=State.QUEUED,
        due_at=timezone.now(),
        failures=0,
        lease_until=None,
        rung_at=None,
        error_code="",
        error_text="",
        outcome="",
        reason="",
    )
