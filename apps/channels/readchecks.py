"""Whether clients have read what we sent, at services that tell it only when they are asked.

A connector that is to be asked offers `read_times` (see `contract`). One row for a chat is looked at soon
after we wrote there, then ever more rarely, until all is read or too old to matter. It is a courtesy: it has
a small share of the account's rate, of which it leaves the last to what people wait for, and what the service
refuses ends it with a line in the log.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial

import structlog
from django.db.models import Q
from django.utils import timezone

from apps.channels.contract import Reached
from apps.channels.models import Channel, Delivery, ReadCheck
from apps.channels.reached import advance
from apps.channels.resolving import takes_messages
from apps.core import bucket
from apps.core.errors import AuthFailed, NotYet, OutsideError, RateLimited, Transient
from apps.core.models import State
from apps.core.work import Effect, find
from apps.core.work.spacing import space_out
from apps.integrations.checking import NEED_A_PERSON, note_failure
from apps.integrations.opening import open_connection
from apps.integrations.pacing import Turn, hold_while_paused
from apps.integrations.registry import UnknownConnector, connector

log = structlog.get_logger(__name__)

WORK = "channels.ReadCheck"
# Who has not read it by then is asked about no more.
PATIENCE = timedelta(days=3)
SOONEST, LATEST = timedelta(seconds=30), timedelta(hours=6)
# Questions about one account, over all its chats; the last of a burst are for what was just sent.
A_MINUTE, BURST, SPARE = 12, 4, 2
JUST_SENT = timedelta(minutes=5)
# How often a connection that waits for a person is looked at again, without asking the service.
STOPPED = timedelta(hours=1)
# One answer of the service tells of no more.
MOST = 100
# Within the lease, whatever time-outs the connector wants.
WITHIN = 60.0
AGAIN = {"state": State.QUEUED, "failures": 0, "rung_at": None, "error_code": "", "error_text": ""}


def must_be_asked(channel: Channel) -> bool:
    try:
        return hasattr(connector(channel.connection.connector), "read_times")
    except UnknownConnector:
        return False


def expect_reading(delivery: Delivery) -> None:
    """In the transaction that notes it as sent. Costs nothing where the service tells by itself."""
    if not (must_be_asked(delivery.channel) and delivery.external_message_id):
        return
    now = timezone.now()
    row, is_new = ReadCheck.objects.select_for_update(of=("self",)).get_or_create(
        channel_id=delivery.channel_id,
        external_chat_id=delivery.external_chat_id,
        defaults={"tenant_id": delivery.tenant_id, "sent_at": now, "due_at": now + SOONEST},
    )
    if is_new:
        return
    ReadCheck.objects.filter(pk=row.pk).update(sent_at=now, **_rearmed(row, now + SOONEST))


def _rearmed(row: ReadCheck, soon: datetime) -> dict[str, object]:
    """One that runs at this moment sees by its `sent_at` that more has gone: see `_again` and `settled`."""
    if row.state == State.RUNNING:
        return {}
    if row.state == State.QUEUED:
        return {"due_at": min(row.due_at, soon)}
    return {**AGAIN, "due_at": soon}


def look(row: ReadCheck) -> Effect | None:
    """The work behind it: one question about one chat, and when the next one is due."""
    unread = _unread(row)
    connection = row.channel.connection
    if not unread or not must_be_asked(row.channel):
        return None
    if not takes_messages(row.channel) or connection.health in NEED_A_PERSON:
        raise NotYet(after=STOPPED)
    try:
        times = _ask(row, newest=max(unread.values()))
    except NotYet as error:
        _make_others_wait(row, error.after)
        raise
    except OutsideError as error:
        return _not_told(row, error)
    for external_message_id in unread.keys() & times.keys():
        advance(
            channel=row.channel,
            external_message_id=external_message_id,
            reached=Reached.READ,
            at=times[external_message_id],
        )
    return partial(_again, row)


def _unread(row: ReadCheck) -> dict[str, datetime]:
    """Ours in this chat that are not known to be read: by the service's ids, when each was sent."""
    rows = Delivery.objects.filter(
        channel_id=row.channel_id,
        external_chat_id=row.external_chat_id,
        reached=Reached.SENT,
        sent_at__gt=timezone.now() - PATIENCE,
    ).exclude(external_message_id="")
    found = rows.order_by("-pk").values_list("external_message_id", "sent_at")[:MOST]
    return {external_message_id: at for external_message_id, at in found if at is not None}


def _ask(row: ReadCheck, *, newest: datetime) -> Mapping[str, datetime]:
    connection = row.channel.connection
    hold_while_paused(connection)
    is_fresh = timezone.now() - newest < JUST_SENT
    wait = bucket.take(
        f"readchecks:{connection.pk}", rate=A_MINUTE / 60, burst=BURST, spare=0 if is_fresh else SPARE
    )
    if wait:
        raise NotYet(after=wait)
    # Its turn is that of what goes in bulk.
    opened = open_connection(connection, within=WITHIN, turn=Turn())
    times: Mapping[str, datetime] = connector(connection.connector).read_times(
        opened, external_chat_id=row.external_chat_id
    )
    return times


def _make_others_wait(row: ReadCheck, after: timedelta) -> None:
    """What is due of this channel comes due one by one: else each is claimed only to learn that it waits."""
    apart = timedelta(minutes=1) / A_MINUTE
    among = Q(channel=row.channel_id)
    space_out(find(WORK), among, order_by=("-sent_at", "pk"), begin=after + apart, apart=apart)


def _not_told(row: ReadCheck, error: OutsideError) -> Effect | None:
    """A lost right to read says nothing of the right to send: only a dead key and a limit are told of."""
    if isinstance(error, AuthFailed | RateLimited):
        note_failure(row.channel.connection, error)
    if isinstance(error, RateLimited):
        raise error
    if isinstance(error, AuthFailed):
        raise NotYet(after=STOPPED)
    if isinstance(error, Transient):
        return partial(_again, row, at_least=error.after or SOONEST)
    log.warning("readcheck.refused", readcheck=row.pk, code=error.code)
    return None


def _again(row: ReadCheck, at_least: timedelta = SOONEST) -> None:
    """In the outcome's transaction: queued until all is read. The older what is unread, the later."""
    now, asked_until = timezone.now(), row.sent_at
    row.refresh_from_db(fields=["sent_at"])
    row.asked_at = now
    if unread := _unread(row):
        row.state = State.QUEUED
        went_meanwhile = row.sent_at != asked_until
        pause = SOONEST if went_meanwhile else pause_after(now - max(unread.values()))
        row.due_at = now + max(pause, at_least)
    row.save(update_fields=["asked_at", "state", "due_at"])


def pause_after(age: timedelta) -> timedelta:
    """Half as long again as it has waited already."""
    return min(max(age / 2, SOONEST), LATEST)


def settled(row: ReadCheck) -> None:
    """In the outcome's transaction, under the row's lock: what went while it ran is looked at soon."""
    newer = ReadCheck.objects.filter(pk=row.pk).exclude(sent_at=row.sent_at)
    newer.update(**AGAIN, due_at=timezone.now() + SOONEST)
