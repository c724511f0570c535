"""One thread a process listens to the database and remembers what has changed in the last minutes."""

import os
import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import TypeVar

import psycopg
import structlog
from django.db import connection

log = structlog.get_logger(__name__)

CHANNEL = "desk"
INSIDE = ":inside"
# Changes that are kept; a page that has slept through more looks for itself.
KEPT = 5000
# A pooler between us and the database may swallow what it tells: we tell ourselves, and must hear it.
PING_EVERY, DEAF_AFTER = 5.0, 15.0
AGAIN_AFTER = 1.0
NEVER = float("inf")
# Clocks of two machines, at most, in seconds.
SKEW = 0.2


@dataclass(frozen=True, slots=True)
class Change:
    """`at` in seconds since the epoch; `operator` is 0 where nobody has the appeal.

    `is_inside` where only the conversation's own page shows it: who looks, who types, how an answer fares.
    """

    at: float
    tenant: int
    conversation: int
    operator: int
    is_inside: bool = False


@dataclass(frozen=True, slots=True)
class Ring:
    """Something is new to a member, or is so no more; to everybody of the tenant where `member` is 0."""

    at: float
    tenant: int
    member: int


Heard = TypeVar("Heard", Change, Ring)


class Ear:
    """`since` and `now` are this machine's time in seconds: what a page got with its parts."""

    def __init__(self) -> None:
        self._changes: deque[Change] = deque(maxlen=KEPT)
        self._rings: deque[Ring] = deque(maxlen=KEPT)
        # Until it listens it has heard nothing: every moment lies before.
        self._heard_from, self._pinged_at = NEVER, 0.0
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._leaving = threading.Event()
        self._process = 0

    def changes(self, *, tenant: int, since: float) -> list[Change] | None:
        """None where this process can't tell: the page looks for itself."""
        found = self._since(self._changes, since)
        return None if found is None else [one for one in found if tenant in (0, one.tenant)]

    def rings(self, *, tenant: int, member: int, since: float) -> set[int] | None:
        """Of this member and of 0, those for whom the bell rang; None as above."""
        found = self._since(self._rings, since)
        if found is None:
            return None
        return {one.member for one in found if one.tenant == tenant and one.member in (0, member)}

    def note(self, payload: str) -> None:
        """«tenant:conversation:operator», with «:inside» behind it or not, or «bell:tenant:member»."""
        word, _colon, rest = payload.partition(":")
        if word == "ping":
            self._pinged_at = time.time()
        elif word == "bell":
            tenant, member = map(int, rest.split(":"))
            self._rings.append(Ring(time.time(), tenant, member))
        else:
            tenant, conversation, operator = map(int, payload.removesuffix(INSIDE).split(":"))
            is_inside = payload.endswith(INSIDE)
            self._changes.append(Change(time.time(), tenant, conversation, operator, is_inside))

    def stop(self) -> None:
        # Locked: a thread that somebody is about to start can't be waited for.
        with self._lock:
            if self._thread is not None:
                self._leaving.set()
                self._thread.join()
                self._thread = None

    def _since(self, heard: deque[Heard], since: float) -> list[Heard] | None:
        """The newest first."""
        self._listen()
        kept = heard.copy()
        complete_from = max(self._heard_from, kept[0].at if len(kept) == KEPT else 0.0)
        if time.time() - self._pinged_at > DEAF_AFTER or since < complete_from:
            return None
        found = []
        for one in reversed(kept):
            if one.at <= since - SKEW:
                break
            found.append(one)
        return found

    def _listen(self) -> None:
        """With the first question, for the web server forks before it serves."""
        if self._process == os.getpid() and self._thread is not None and self._thread.is_alive():
            return
        with self._lock:
            if self._process == os.getpid() and self._thread is not None and self._thread.is_alive():
                return
            self._process, self._heard_from = os.getpid(), NEVER
            self._leaving.clear()
            self._thread = threading.Thread(target=self._run, name="desk-ear", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        # As Django connects, with its certificates and whatever else its address names.
        parameters = connection.get_connection_params()
        while not self._leaving.is_set():
            try:
                with psycopg.connect(**parameters, autocommit=True) as database:
                    self._hear(database)
            except psycopg.OperationalError:
                log.warning("desk.ear_lost_database")
            self._heard_from = NEVER
            self._leaving.wait(AGAIN_AFTER)

    def _hear(self, database: psycopg.Connection) -> None:
        database.execute(f"LISTEN {CHANNEL}")
        self._changes.clear()
        self._rings.clear()
        self._heard_from = time.time()
        while not self._leaving.is_set():
            database.execute("SELECT pg_notify(%s, %s)", [CHANNEL, f"ping:{os.getpid()}"])
            until = time.monotonic() + PING_EVERY
            while not self._leaving.is_set() and (left := until - time.monotonic()) > 0:
                for told in database.notifies(timeout=min(left, 0.5)):
                    self.note(told.payload)


ear = Ear()
