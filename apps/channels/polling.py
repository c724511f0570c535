"""Messengers that are asked instead of calling: one thread per channel, each leased in the database.

A connector that can be asked offers `poll(opened, cursor) -> Polled`, which waits at most `LONGEST_WAIT` and
raises `core.errors`; and, where its settings may forbid it, `polls(config) -> bool`. What an answer holds and
the cursor behind it are stored in one transaction: a process killed at any line asks again from the same
place, and what it had stored is behind the cursor already.
"""

import threading
import time
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import Error as DatabaseUnusable
from django.db import connections, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from apps.channels.models import Channel, Poll
from apps.channels.receiving import store_event
from apps.core.errors import NotYet, OutsideError, RateLimited
from apps.core.processes.heart import Heart
from apps.core.processes.leaving import Leaving
from apps.core.secrets import Undecryptable
from apps.integrations.checking import note_failure, note_success
from apps.integrations.opening import config_of, open_connection
from apps.integrations.pacing import Turn
from apps.integrations.registry import connector, connectors

log = structlog.get_logger(__name__)

LONGEST_WAIT = 25  # seconds for which a connector's `poll` may wait for something to happen
ROUND = 1.0  # seconds between two looks at which channels there are
LEASE = timedelta(seconds=10)  # renewed with every look: so long after a kill another process takes over
MOST = 100  # readers in one process; the others are for another
LONGEST_PAUSE = 60.0
DATABASE_PAUSE = 2.0
BREATH = 1.0  # seconds after an answer that came at once and held nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """One answer: bodies for the connector's own `parse`, oldest first, and where to go on. JSON only."""

    cursor: Mapping[str, Any]
    bodies: tuple[bytes, ...] = ()


class Lost(Exception):
    """Another reader has the channel now, or nobody may read it any more."""


# --- the lease


def take(channel_id: int, token: str) -> bool:
    """Whether the channel is this token's from now on. By the database's clock: machines differ."""
    Poll.objects.bulk_create([Poll(channel_id=channel_id)], ignore_conflicts=True)
    free = Poll.objects.filter(Q(owner="") | Q(lease_until__lt=Now()), channel_id=channel_id)
    return free.update(owner=token, lease_until=Now() + LEASE) == 1


def renew(tokens: Iterable[str]) -> set[str]:
    """Those of the tokens that still hold their channel."""
    ours = Poll.objects.filter(owner__in=list(tokens))
    ours.update(lease_until=Now() + LEASE)
    return set(ours.values_list("owner", flat=True))


def release(tokens: Iterable[str]) -> None:
    Poll.objects.filter(owner__in=list(tokens)).update(owner="", lease_until=None)


# --- one step of one channel


def read_once(channel_id: int, token: str) -> float:
    """Ask once and store the answer; returns how many seconds to rest. Raises Lost."""
    poll = _leased(channel_id, token).select_related("channel__connection", "channel__tenant").first()
    if poll is None:
        raise Lost
    connection = poll.channel.connection
    began = time.monotonic()
    try:
        # What clients write is not held up by what we send; it is charged all the same.
        opened = open_connection(connection, turn=Turn(taken=True))
        connections.close_all()  # a long wait needs none of the database's few places
        polled: Polled = connector(connection.connector).poll(opened, _cursor_of(poll))
    except OutsideError as error:
        note_failure(connection, error)
        return _failed(poll, token, error)
    _keep(poll, token, polled)
    if poll.failures:
        note_success(connection)
    at_once = time.monotonic() - began < BREATH
    return BREATH if at_once and not polled.bodies else 0.0


def _leased(channel_id: int, token: str) -> Any:
    return Poll.objects.filter(channel_id=channel_id, owner=token)


def _cursor_of(poll: Poll) -> dict[str, Any]:
    """From the start where it cannot be opened: its key is gone, and it is no secret of a person's."""
    try:
        return dict(poll.cursor)
    except Undecryptable:
        return {}


def _keep(poll: Poll, token: str, polled: Polled) -> None:
    """All of it or nothing, and only while the channel is this token's."""
    channel = poll.channel
    with transaction.atomic():
        held = _leased(channel.pk, token).select_for_update().first()
        if held is None:
            raise Lost
        for body in polled.bodies:
            store_event(connector=channel.connection.connector, channel=channel, body=body, proof={})
        held.cursor, held.failures, held.read_at = dict(polled.cursor), 0, timezone.now()
        held.save(update_fields=["cursor", "failures", "read_at"])


def _failed(poll: Poll, token: str, error: OutsideError) -> float:
    if isinstance(error, NotYet):
        return min(max(error.after.total_seconds(), BREATH), LONGEST_PAUSE)
    failures = min(poll.failures + 1, 1000)
    _leased(poll.channel_id, token).update(failures=failures)
    log.warning("poll.failed", channel=poll.channel_id, code=error.code, failures=failures)
    if isinstance(error, RateLimited):
        return min(max(error.after.total_seconds(), BREATH), LONGEST_PAUSE)
    return pause_after(failures)


def pause_after(failures: int) -> float:
    """1, 2, 4 … seconds, at most a minute."""
    return float(min(2.0 ** min(max(failures - 1, 0), 10), LONGEST_PAUSE))


class Reader:
    """The thread of one channel. It ends by itself when it is told to, or when the channel is another's."""

    def __init__(self, channel_id: int, version: datetime) -> None:
        self.channel_id = channel_id
        self.token = uuid.uuid4().hex
        self._version = version
        self._failures = 0
        self._left = threading.Event()
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"poll-{channel_id}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def leave(self) -> None:
        self._left.set()
        self._wake.set()

    def settings_are_of(self, version: datetime) -> None:
        """New settings are tried at once, whatever pause the old ones had earned."""
        if version != self._version:
            self._version = version
            self._wake.set()

    def _run(self) -> None:
        while not self._left.is_set():
            pause = self._step()
            if pause:
                self._wake.wait(pause)
            self._wake.clear()

    def _step(self) -> float:
        try:
            pause = read_once(self.channel_id, self.token)
            self._failures = 0
            return pause
        except Lost:
            self._left.set()
            return 0.0
        except DatabaseUnusable:
            log.warning("poll.database_lost", channel=self.channel_id, exc_info=True)
            return DATABASE_PAUSE
        except Exception:  # our own fault with one channel: the others are read on
            log.exception("poll.internal_error", channel=self.channel_id)
            self._failures += 1
            return pause_after(self._failures)
        finally:
            connections.close_all()


# --- all of them


def wanted() -> dict[int, datetime]:
    """The channels to ask, each with the version of its settings."""
    slugs = [slug for slug, module in connectors().items() if hasattr(module, "poll")]
    rows = Channel.objects.filter(
        is_active=True, connection__is_active=True, connection__connector__in=slugs
    ).select_related("connection")
    return {row.pk: row.connection.updated_at for row in rows.order_by("pk") if _may_be_asked(row)}


def _may_be_asked(channel: Channel) -> bool:
    polls = getattr(connector(channel.connection.connector), "polls", None)
    try:
        config = config_of(channel.connection)
    except OutsideError:
        return False  # its card says so; asking would tell nobody more
    return polls is None or bool(polls(config))


class Poller:
    """Any number may run, on any number of machines: a channel is read by the one that holds its lease."""

    def __init__(self, *, heart: Heart, most: int = MOST) -> None:
        self._heart = heart
        self._most = most
        self._readers: dict[int, Reader] = {}
        self._failures = 0

    def run(self, leaving: Leaving) -> None:
        while not leaving:
            self._heart.beat()
            leaving.pause(self.round())
        self.stop()

    def round(self) -> float:
        """One look; returns how long to rest after it. A database that is away is waited for."""
        try:
            self._look()
        except DatabaseUnusable:
            self._failures += 1
            log.warning("poll.database_lost", failures=self._failures, exc_info=True)
            connections.close_all()
            return pause_after(self._failures) / 10
        self._failures = 0
        return ROUND

    def stop(self) -> None:
        """What is waited for is let go: the cursor stands before it. The next process begins at once."""
        for reader in self._readers.values():
            reader.leave()
        try:
            release(reader.token for reader in self._readers.values())
        except DatabaseUnusable:
            log.warning("poll.not_released", exc_info=True)

    def _look(self) -> None:
        found = wanted()
        self._drop(found)
        for channel_id, version in found.items():
            if reader := self._readers.get(channel_id):
                reader.settings_are_of(version)
            elif len(self._readers) < self._most:
                self._begin(channel_id, version)

    def _drop(self, found: Mapping[int, datetime]) -> None:
        held = renew([reader.token for reader in self._readers.values()])
        gone = {
            channel_id: reader
            for channel_id, reader in self._readers.items()
            if channel_id not in found or reader.token not in held or not reader.is_alive
        }
        for channel_id, reader in gone.items():
            reader.leave()
            del self._readers[channel_id]
            log.info("poll.left", channel=channel_id)
        release(reader.token for reader in gone.values())

    def _begin(self, channel_id: int, version: datetime) -> None:
        reader = Reader(channel_id, version)
        if take(channel_id, reader.token):
            self._readers[channel_id] = reader
            reader.start()
            log.info("poll.began", channel=channel_id)


def run_poller(heart: Heart) -> None:
    leaving = Leaving()
    # Vendors' own clients come with some connectors: on a busy machine they take seconds to import.
    loading = threading.Thread(target=connectors, daemon=True)
    loading.start()
    while loading.is_alive() and not leaving:
        heart.beat()
        loading.join(0.2)
    Poller(heart=heart).run(leaving)
