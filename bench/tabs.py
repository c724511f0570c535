"""Many open tabs of the desk, each asking as static/desk/live.js does, and what that costs the server."""

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

EVERY = 0.7
THREADS = 8
TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """`percent` of one core; `delays` in seconds, from a change to the answer that told it."""

    percent: float
    delays: list[float]


@dataclass(slots=True, kw_only=True)
class Tab:
    """A list with a view, or a conversation."""

    view: str = ""
    chat: int = 0
    member: int = 0
    pass_: str = ""
    at: float = 0.0
    stamp: str = ""
    shown: frozenset[int] = frozenset()
    lazy_since: float | None = None
    looked_at: float = 0.0
    # Of the changes that this one was told: when.
    told: list[tuple[int, float]] = field(default_factory=list)

    def look(self, ask: Any) -> None:
        address = f"/admin/desk/{self.chat}/live/" if self.chat else "/admin/desk/live/"
        query = {"stamp": self.stamp} | ({} if self.chat else {"view": self.view})
        status, text = ask(f"{address}?{urlencode(query)}")
        self.looked_at, self.lazy_since = time.monotonic(), None
        if status != 200:
            return
        if self.chat:
            found = json.loads(text)
            self.pass_, self.at, self.stamp = found["pass"], max(self.at, found["at"]), found["stamp"]
            return
        facts = dict(re.findall(r'data-(pass|at|stamp)="([^"]*)"', text[:2000]))
        self.pass_, self.at, self.stamp = facts["pass"], max(self.at, float(facts["at"])), facts["stamp"]
        self.shown = frozenset(map(int, re.findall(r'id="c(\d+)"', text)))

    def poll(self, ask: Any) -> None:
        query = {"pass": self.pass_, "since": repr(self.at), "of": self.chat}
        status, text = ask(f"/live/desk?{urlencode(query)}")
        if status == 200:
            found = json.loads(text)
            self.at = found["at"]
            changed = found["changed"]
            if changed is None or any(self.concerns(*one) for one in changed):
                self.look(ask)
                self.told += [(chat, time.monotonic()) for chat, _operator in changed or ()]
            else:
                self.lazy_since = self.lazy_since or time.monotonic()
        age = time.monotonic() - self.looked_at
        if age > 60 or (self.lazy_since is not None and age > 10):
            self.look(ask)

    def concerns(self, chat: int, operator: int) -> bool:
        if self.chat or chat in self.shown:
            return True
        return {"mine": operator == self.member, "free": operator == 0}.get(self.view, True)


def hold_open(
    system: System, web: int, desk: Any, *, member: int, tabs: int, seconds: float, pause: float | None
) -> Cost:
    """One of eight shows a conversation, most others one's own appeals. Every `pause` a client writes."""
    with system.database() as database:
        # Those that clients write in at any moment: open ones.
        chats = [
            row[0]
            for row in database.execute(
                "SELECT conversation_id FROM appeals_appeal WHERE status IN ('new', 'in_progress') LIMIT 200"
            )
        ]
        views = ["mine"] * 5 + ["free", "all"]
        opened = [
            Tab(chat=random.choice(chats)) if n % 8 == 0 else Tab(view=views[n % 7], member=member)
            for n in range(tabs)
        ]
        leaving = threading.Event()
        threads = [
            threading.Thread(target=_hold, args=(system.port, desk.headers, opened[n::THREADS], leaving))
            for n in range(THREADS)
        ]
        for thread in threads:
            thread.start()
        time.sleep(5)  # all have looked once, and the listening has begun
        began, spent, changed = time.monotonic(), _cpu(system, web), []
        while (left := began + seconds - time.monotonic()) > 0:
            if pause is None:
                time.sleep(left)
                continue
            chat = random.choice(chats)
            changed.append((chat, time.monotonic()))
            database.execute("UPDATE appeals_conversation SET revision = revision + 1 WHERE id = %s", [chat])
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


def _hold(port: int, headers: dict[str, str], tabs: list[Tab], leaving: threading.Event) -> None:
    connection = HTTPConnection("127.0.0.1", port, timeout=60)

    def ask(address: str) -> tuple[int, str]:
        connection.request("GET", address, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()

    for tab in tabs:
        tab.look(ask)
    due = [(time.monotonic() + EVERY * n / len(tabs), tab) for n, tab in enumerate(tabs)]
    while not leaving.is_set():
        at, tab = due.pop(0)
        if leaving.wait(max(0.0, at - time.monotonic())):
            return
        tab.poll(ask)
        due.append((max(at + EVERY, time.monotonic()), tab))


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
