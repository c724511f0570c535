"""A message on its way out: put into its chat's queue, tried once by one worker, and how far it got."""

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from functools import partial
from typing import Any

import structlog
from django.db import transaction
from django.utils import timezone, translation

from apps.channels.contract import Capability, FilledTemplate, OutgoingFile, Sent
from apps.channels.converting import prepare
from apps.channels.gate import SWITCHED_OFF, capabilities, refusal
from apps.channels.limits import limits_of
from apps.channels.models import Attempt, Channel, Delivery
from apps.channels.outgoing import file_of, message_of, since, template_of
from apps.channels.reached import OUT, advance, forward
from apps.channels.readchecks import expect_reading
from apps.channels.refreshing import refresh_templates
from apps.channels.templates import reads, stored
from apps.channels.turns import (
    make_wait,
    turn_in_dialogue,
    wait_for_turn,
    wait_out_pause,
    with_last_tries,
)
from apps.channels.uploading import hand_over, judged
from apps.core.errors import (
    AuthFailed,
    OutcomeUnknown,
    OutsideError,
    RateLimited,
    Rejected,
    Scope,
    Transient,
)
from apps.core.models import State
from apps.core.text import clean
from apps.core.work import Effect, find
from apps.core.work.trouble import replay
from apps.integrations.checking import note_failure, note_success
from apps.integrations.models import Connection, Health
from apps.integrations.opening import Opened, open_connection
from apps.integrations.registry import connector

__all__ = ["advance", "deliver", "queue_delivery", "repeatable", "resend", "since"]

log = structlog.get_logger(__name__)

WORK = "channels.Delivery"
REFUSED, LOST = "refused", "lost"
LANE = Delivery._meta.get_field("lane").max_length or 0


def queue_delivery(
    *,
    channel: Channel,
    external_chat_id: str,
    external_user_id: str,
    text: str = "",
    reply_to: str = "",
    file: OutgoingFile | None = None,
    template: FilledTemplate | None = None,
    buttons: Sequence[str] = (),
    key: uuid.UUID | None = None,
    by_human: bool = True,
    client_wrote_at: datetime | None = None,
    in_bulk: bool = False,
) -> Delivery:
    """One row for one message; the same `key` twice is the same message. Raises Rejected with a reason.

    A `template` is all of its message: the text is how it reads when filled. What goes `in_bulk` never stands
    before anything else on its connection, however much of it is queued.
    """
    text = clean(reads(template) if template else text, limit=None)
    reason = refusal(
        channel,
        text=text,
        file=file,
        template=template,
        buttons=buttons,
        quiet_for=since(client_wrote_at),
        by_human=by_human,
    )
    if reason:
        raise Rejected(reason, code=REFUSED)
    key = key or uuid.uuid4()
    delivery, _ = Delivery.objects.get_or_create(
        key=key,
        defaults={
            "tenant_id": channel.tenant_id,
            "channel": channel,
            "lane": lane_of(channel, external_chat_id),
            "external_chat_id": external_chat_id,
            "external_user_id": external_user_id,
            "text": text,
            "file": asdict(file) if file else {},
            "template": stored(template) if template else {},
            "buttons": list(buttons),
            "reply_to": reply_to,
            "by_human": by_human,
            "client_wrote_at": client_wrote_at,
            "in_bulk": in_bulk,
        },
    )
    if (delivery.channel_id, delivery.external_chat_id) != (channel.pk, external_chat_id):
        raise Rejected(code="key_taken")
    return delivery


def _refusal_of(delivery: Delivery) -> str | None:
    return refusal(
        delivery.channel,
        text=delivery.text,
        file=file_of(delivery),
        template=template_of(delivery),
        buttons=delivery.buttons,
        quiet_for=since(delivery.client_wrote_at),
        by_human=delivery.by_human,
    )


def lane_of(channel: Channel, external_chat_id: str) -> str:
    """The chat: what was written first arrives first. An id too long for the column is told by its digest."""
    lane = f"{channel.pk}:{external_chat_id}"
    if len(lane) <= LANE:
        return lane
    return f"{channel.pk}:{hashlib.sha256(external_chat_id.encode()).hexdigest()}"


def deliver(delivery: Delivery) -> Effect:
    """The work behind a delivery: one try. Its Attempt is committed before the vendor hears of it."""
    if delivery.reached in OUT:
        return partial(_confirmed, delivery)
    connection = delivery.channel.connection
    _check(delivery, connection)
    opened = _open(connection)
    if (file := file_of(delivery)) is not None:
        prepare(delivery, file, limits_of(connection))
        _ask_gate(delivery)  # what was converted may have grown
    wait_for_turn(delivery, opened)
    _hand_over(delivery, opened)
    attempt = _begin(delivery)
    if attempt is None:
        return partial(_confirmed, delivery)
    try:
        sent: Sent = connector(connection.connector).send(opened, message_of(delivery))
    except OutsideError as raised:
        error = judged(delivery, raised)
        _end(attempt, error, opened)
        _heed(connection, error)
        if delivery.template and isinstance(error, Rejected):
            # It may have been paused or withdrawn since: the next one is chosen from what there is now.
            refresh_templates(connection)
        if _is_out(delivery):
            return partial(_confirmed, delivery)
        raise error from None
    return partial(_record, delivery, attempt, sent, opened)


def _hand_over(delivery: Delivery, opened: Opened[Any]) -> None:
    """Before the try whose outcome may be unknown; what fails here is a try as well, and a certain one."""
    try:
        hand_over(delivery, opened)
    except OutsideError as error:
        if error.code != LOST:
            ended = _ended(error, opened)
            Attempt.objects.create(delivery=delivery, number=delivery.attempts, **ended)
            _heed(opened.connection, error)
        raise


def _heed(connection: Connection, error: OutsideError) -> None:
    note_failure(connection, error)
    if isinstance(error, RateLimited) and error.scope is Scope.ACCOUNT:
        make_wait(connection, error.after)


def _check(delivery: Delivery, connection: Connection) -> None:
    """What a person has to mend parks it; a pause waits; the gate is asked again, for things change."""
    if not connection.is_active:
        raise AuthFailed(SWITCHED_OFF, code="disconnected")
    if connection.health == Health.NEEDS_RECONNECT:
        raise AuthFailed
    wait_out_pause(connection)
    _ask_gate(delivery)


def _ask_gate(delivery: Delivery) -> None:
    with translation.override("en"):
        reason = _refusal_of(delivery)
    if reason:
        raise Rejected(reason, code=REFUSED)


def _open(connection: Connection) -> Opened[Any]:
    try:
        return open_connection(connection)
    except OutsideError as error:
        note_failure(connection, error)
        raise


def _begin(delivery: Delivery) -> Attempt | None:
    """None where a status has told meanwhile that it is out already. Raises NotYet where its dialogue waits.

    Written under the row's lock and only while the row is still this worker's: one that slept through its
    lease must not send beside the one that took over.
    """
    with transaction.atomic():
        ours = Delivery.objects.select_for_update().filter(
            pk=delivery.pk, state=State.RUNNING, attempts=delivery.attempts
        )
        row = with_last_tries(ours, delivery).first()
        if row is None:
            raise Transient(code=LOST)
        if row.reached in OUT:
            return None
        turn_in_dialogue(delivery, getattr(row, "full_since", None))
        # A new try starts afresh: a failure told of an earlier one is not about this.
        ours.update(reached="", external_message_id="")
        return Attempt.objects.create(delivery=delivery, number=delivery.attempts)


def _is_out(delivery: Delivery) -> bool:
    return Delivery.objects.filter(pk=delivery.pk, reached__in=OUT).exists()


def _confirmed(delivery: Delivery) -> None:
    """The messenger itself told by a status that it has the message; an answer is not needed any more."""
    delivery.refresh_from_db(fields=["reached", "delivered_at", "read_at", "external_message_id", "sent_at"])
    delivery.sent_at = delivery.sent_at or timezone.now()
    delivery.save(update_fields=["sent_at"])


def _end(attempt: Attempt, error: OutsideError, opened: Opened[Any]) -> None:
    Attempt.objects.filter(pk=attempt.pk).update(**_ended(error, opened))


def _ended(error: OutsideError, opened: Opened[Any]) -> dict[str, Any]:
    # An unknown outcome keeps one name whatever its cause: `repeatable` rests on it.
    outcome = OutcomeUnknown.code if isinstance(error, OutcomeUnknown) else error.code
    return {"outcome": outcome, "finished_at": timezone.now(), "request_id": opened.turn.request_id}


def _record(delivery: Delivery, attempt: Attempt, sent: Sent, opened: Opened[Any]) -> None:
    """Runs in the transaction that makes the delivery done. A status that came before us is not undone."""
    now = timezone.now()
    delivery.refresh_from_db(fields=["reached", "delivered_at", "read_at"])
    delivery.external_message_id = clean(sent.external_message_id, limit=200)
    delivery.note = clean(sent.note, limit=300)
    delivery.sent_at = now
    forward(delivery, sent.reached, now)
    delivery.save(
        update_fields=["external_message_id", "note", "sent_at", "reached", "delivered_at", "read_at"]
    )
    attempt.outcome, attempt.finished_at = "sent", now
    attempt.request_id = clean(sent.request_id or opened.turn.request_id, limit=200)
    attempt.save(update_fields=["outcome", "finished_at", "request_id"])
    expect_reading(delivery)
    note_success(opened.connection)


def repeatable(delivery: Delivery) -> bool:
    """Whether a delivery whose worker vanished may run again: nothing had left, or the service knows our key.

    Only the try in hand counts. Earlier ones were answered, or a person has since decided to send again.
    """
    if Capability.IDEMPOTENT_SEND in capabilities(delivery.channel) or _is_out(delivery):
        return True
    return not delivery.tries.filter(number=delivery.attempts, outcome__in=("", OutcomeUnknown.code)).exists()


def resend(*, delivery: Delivery, by: object) -> bool:
    """A person's decision to try a failed or unknown one again. False where it has moved on meanwhile.

    Raises Rejected with the gate's reason, so that nobody waits for what can't go.
    """
    if reason := _refusal_of(delivery):
        raise Rejected(reason, code=REFUSED)
    with transaction.atomic():
        if not replay([delivery], work=find(WORK)):
            return False
        Delivery.objects.filter(pk=delivery.pk).update(note=f"↻ {by}"[:300])
    log.info("delivery.resent", delivery=delivery.pk)
    return True
