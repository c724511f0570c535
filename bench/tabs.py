"""Many open tabs of the desk, each asking as static/desk/live.js does, and what that costs the server."""

import heapq
import json
import os
import random
import re
import threading
import time
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from bench.system import System
from tests.system.processes import descendants

# As static/desk/live.js and bell.js have them, in seconds: how often a page asks, and one that is hidden; how
# long what is no page's own matter waits; after how long a page looks all the same: a list, and a
# conversation, which tells so that somebody is there.
EVERY, HIDDEN, LAZY = 0.7, 60.0, 30.0
LIST_LOOKS, CHAT_LOOKS = 300.0, 20.0
THREADS = 8
WRITES = """
    UPDATE appeals_conversation
    SET revision = revision + 1, last_inbound_at = now(), last_message_at = now()
    WHERE id = %s
"""
TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """`percent` of one core; `delays` in seconds, from a change to the answer that told it."""

    percent: float
    delays: list[float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    member: int
    headers: dict[str, str]


@dataclass(slots=True, kw_only=True)
class Tab:
    """A list with a view, or a conversation; `leads` where it hears of the operator's bell, too."""

    operator: Operator
    view: str = ""
    chat: int = 0
    is_hidden: bool = False
    leads: bool = False
    pass_: str = ""
    at: float = 0.0
    bell: float = 0.0
    stamp: str = ""
    shown: frozenset[int] = frozenset()
    known: set[tuple[Any, ...]] = field(default_factory=set)
    lazy_since: float | None = None
    asks_at: float | None = None
    looked_at: float = 0.0
    # Of the changes that this one was told: when.
    told: list[tuple[int, float]] = field(default_factory=list)

    @property
    def pace(self) -> float:
        return HIDDEN if self.is_hidden else EVERY

    def look(self, ask: Any) -> None:
        address = f"/admin/desk/{self.chat}/live/" if self.chat else "/admin/desk/live/"
        query = {"stamp": self.stamp} | ({"looking": "1"} if self.chat else {"view": self.view})
        status, text = ask(self, f"{address}?{urlencode(query)}")
        self.looked_at, self.lazy_since = time.monotonic(), None
        if status != 200:
            return
        if self.chat:
            found = json.loads(text)
            if "stamp" in found:  # else it only tells who is there
                self.pass_, self.at, self.stamp = found["pass"], max(self.at, found["at"]), found["stamp"]
            return
        facts = dict(re.findall(r'data-(pass|at|stamp)="([^"]*)"', text[:2000]))
        self.pass_, self.at, self.stamp = facts["pass"], max(self.at, float(facts["at"])), facts["stamp"]
        self.shown = frozenset(map(int, re.findall(r'id="c(\d+)"', text)))

    def poll(self, ask: Any) -> None:
        query: dict[str, object] = {"pass": self.pass_, "since": repr(self.at), "of": self.chat}
        if self.leads:
            query["bell"] = repr(self.bell or self.at)
        status, text = ask(self, f"/live/desk?{urlencode(query)}")
        if status == 200:
            self._hear(json.loads(text), ask)
        if self.asks_at is not None and time.monotonic() >= self.asks_at:
            self.asks_at = None
            ask(self, f"/admin/desk/notifications/told/?member={self.operator.member}")
        full = CHAT_LOOKS if self.chat else LIST_LOOKS
        age = time.monotonic() - self.looked_at
        if not self.is_hidden and (age > full or (self.lazy_since is not None and age > LAZY)):
            self.look(ask)

    def _hear(self, found: dict[str, Any], ask: Any) -> None:
        now = time.monotonic()
        self.at, told, rings = found["at"], found["changed"], found["rings"]
        changed = None if told is None else [one for one in told if tuple(one) not in self.known]
        self.known = {tuple(one) for one in told or ()}
        if rings:
            self.bell = found["at"]
            soon = now + (1 if self.operator.member in rings else LAZY)
            self.asks_at = min(self.asks_at or soon, soon)
        if not self.is_hidden and (changed is None or any(self._concerns(*one[:2]) for one in changed)):
            self.look(ask)
            self.told += [(chat, time.monotonic()) for chat, _operator, _at in changed or ()]
        elif changed:
            self.lazy_since = self.lazy_since or now

    def _concerns(self, chat: int, operator: int) -> bool:
        if self.chat or chat in self.shown:
            return True
        return {"mine": operator == self.operator.member, "free": operator == 0}.get(self.view, True)


def all_seen(operators: list[Operator], chats: list[int], count: int) -> list[Tab]:
    """The dearest: as if every tab had a screen. One of eight shows a conversation, most others one's own."""
    views = ["mine"] * 5 + ["free", "all"]
    return [
        Tab(operator=operators[n % len(operators)], leads=n < len(operators), chat=random.choice(chats))
        if n % 8 == 0
        else Tab(operator=operators[n % len(operators)], leads=n < len(operators), view=views[n % 7])
        for n in range(count)
    ]


def one_of_four_seen(operators: list[Operator], chats: list[int], count: int) -> list[Tab]:
    """As people work: one tab before the eyes, a conversation or a list, and three behind it."""
    views = ["mine", "", "mine", "", "mine", "free", "", "all"]
    tabs = []
    for n in range(count // 4):
        operator, view = operators[n % len(operators)], views[n % len(views)]
        tabs.append(Tab(operator=operator, leads=True, view=view, chat=0 if view else random.choice(chats)))
        tabs.append(Tab(operator=operator, is_hidden=True, view="mine"))
        tabs += [Tab(operator=operator, is_hidden=True, chat=random.choice(chats)) for _ in range(2)]
    return tabs


def open_chats(system: System) -> list[int]:
    """Those that clients write in at any moment."""
    with system.database() as database:
        rows = database.execute(
            "SELECT conversation_id FROM appeals_appeal WHERE status IN ('new', 'in_progress') LIMIT 200"
        )
        return [row[0] for row in rows]


def hold_open(
    system: System, web: int, opened: list[Tab], *, chats: list[int], seconds: float, pause: float | None
) -> Cost:
    """Every `pause` a client writes in one of `chats`, in each once: it is plain what a tab was told of."""
    leaving, looked = threading.Event(), threading.Barrier(THREADS + 1)
    threads = [
        threading.Thread(target=_hold, args=(system.port, opened[n::THREADS], looked, leaving))
        for n in range(THREADS)
    ]
    for thread in threads:
        thread.start()
    looked.wait(timeout=120)
    time.sleep(5)  # the listening has begun, and what was asked in between is answered
    with system.database() as database:
        writing = random.sample(chats, len(chats))
        began, spent, changed = time.monotonic(), _cpu(system, web), []
        while (left := began + seconds - time.monotonic()) > 0:
            if pause is None:
                time.sleep(left)
                continue
            chat = writing.pop()
            changed.append((chat, time.monotonic()))
            database.execute(WRITES, [chat])
            time.sleep(min(pause, left))
        percent = (_cpu(system, web) - spent) / (time.monotonic() - began) * 100
    leaving.set()
    for thread in threads:
        thread.join()
    told = [one for tab in opened for one in tab.told]
    delays = [
        at - wrote for chat, at in told for other, wrote in changed if other == chat and 0 < at - wrote < 60
    ]
    return Cost(percent=percent, delays=delays)


def _hold(port: int, tabs: list[Tab], looked: threading.Barrier, leaving: threading.Event) -> None:
    connection = HTTPConnection("127.0.0.1", port, timeout=60)

    def ask(tab: Tab, address: str) -> tuple[int, str]:
        connection.request("GET", address, headers=tab.operator.headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()

    for tab in tabs:
        tab.look(ask)
    looked.wait(timeout=120)
    # They were opened at different times.
    due = [(time.monotonic() + tab.pace * n / len(tabs), n) for n, tab in enumerate(tabs)]
    heapq.heapify(due)
    while not leaving.is_set():
        at, n = due[0]
        if leaving.wait(max(0.0, at - time.monotonic())):
            return
        tabs[n].poll(ask)
        heapq.heapreplace(due, (max(at + tabs[n].pace, time.monotonic()), n))


def _cpu(system: System, web: int) -> float:
    """Seconds so far, of the web server's processes and the database's."""
    postmaster = next(system.data.rglob("postmaster.pid")).read_text().split()[0]
    pids = [web, *descendants(web), int(postmaster), *descendants(int(postmaster))]
    return sum(_spent(pid) for pid in pids)


def _spent(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    # utime and stime, and of children that have ended
    return sum(map(int, fields[11:15])) / TICK
