"""The operators' desk in a large organisation: how long its pages take, and what open tabs cost."""

import re
import time
from dataclasses import dataclass
from http.client import HTTPConnection
from urllib.parse import quote

from bench.report import Report, Row, say
from bench.system import System
from bench.tabs import Operator, all_seen, hold_open, one_of_four_seen, open_chats
from tests.system.ledger import percentile

TOPIC = "desk"
TENANT = "large"
# Milliseconds in the server for 95 of 100 pages; of one core, for all tabs together.
WANTED_PAGE, WANTED_TABS, WANTED_DELAY = 100, 15, 1000
TABS = 200

SESSIONS = """
from django.test import Client
from apps.tenants.models import Member
for member in Member.objects.filter(tenant__slug="large").order_by("pk")[:50]:
    client = Client()
    client.force_login(member.user)
    print("session", client.cookies["sessionid"].value, member.pk)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    name: str
    addresses: tuple[str, ...]


def measure(report: Report, system: System, *, quick: bool) -> None:
    say(f"{TOPIC}: filling an organisation")
    size = ("--messages", "50000", "--appeals", "5000") if quick else ("--scale",)
    system.manage("demo_data", "--tenant", TENANT, *size, patience=1800)
    system.settle()
    people = operators(system)
    with system.web() as pid:
        desk = Desk(system.port, people[3])
        for pages in _pages(desk):
            times = desk.times(pages.addresses, rounds=5 if quick else 20)
            report.add(
                Row(
                    topic=TOPIC,
                    name=f"{pages.name}: p95",
                    value=percentile(times, 0.95),
                    unit="ms",
                    at_most=WANTED_PAGE,
                )
            )
        chats = open_chats(system)
        for name, tabs, pause in (
            ("all seen, nothing new", all_seen, None),
            ("one of four seen, 20 messages a minute", one_of_four_seen, 3.0),
        ):
            seconds = 10 if quick else 40
            opened = tabs(people, chats, TABS)
            cost = hold_open(system, pid, opened, chats=chats, seconds=seconds, pause=pause)
            report.add(
                Row(
                    topic=TOPIC,
                    name=f"{TABS} open tabs, {name}: of one core, web and database",
                    value=cost.percent,
                    unit="%",
                    at_most=WANTED_TABS,
                )
            )
            if cost.delays:
                delay = percentile(sorted(cost.delays), 0.95) * 1000
                report.add(
                    Row(topic=TOPIC, name="seen after, p95", value=delay, unit="ms", at_most=WANTED_DELAY)
                )


def operators(system: System) -> list[Operator]:
    """Signed in."""
    found = re.findall(r"session (\w+) (\d+)", system.manage("shell", "-c", SESSIONS))
    headers = {"Accept-Language": "ru"}
    return [
        Operator(member=int(member), headers=headers | {"Cookie": f"sessionid={session}"})
        for session, member in found
    ]


class Desk:
    """A signed-in browser's requests over one connection."""

    def __init__(self, port: int, operator: Operator) -> None:
        self.connection = HTTPConnection("127.0.0.1", port, timeout=60)
        self.headers = operator.headers

    def get(self, address: str) -> tuple[int, str]:
        self.connection.request("GET", address, headers=self.headers)
        answer = self.connection.getresponse()
        return answer.status, answer.read().decode()

    def times(self, addresses: tuple[str, ...], *, rounds: int) -> list[float]:
        """Milliseconds, sorted. The first round is not counted: it warms what a day's work keeps warm."""
        took = []
        for number in range(rounds + 1):
            for address in addresses:
                began = time.perf_counter()
                status, _text = self.get(address)
                if status != 200:
                    raise RuntimeError(f"{address}: {status}")
                if number:
                    took.append((time.perf_counter() - began) * 1000)
        return sorted(took)


def _pages(desk: Desk) -> list[Pages]:
    _status, text = desk.get("/admin/desk/")
    chats = re.findall(r'id="c(\d+)"', text)[:10]
    channel, tag = (
        re.search(rf'name="{name}".*?value="(\d+)"', text, re.DOTALL)[1]  # type: ignore[index]
        for name in ("channel", "tag")
    )
    filters = (
        *("unread=1", "failed=1", f"channel={channel}&status=rejected", f"tag={tag}", "device=iPhone+14"),
        *("operator=none&status=closed", "since=2026-01-01&until=2026-02-01", "view=mine&unread=1"),
    )
    words = ("экран", "батарея срочно", "Анна", "Galaxy S23", "+79001", "55555", "слованетнигде")
    return [
        Pages(
            name="list",
            addresses=("/admin/desk/", *(f"/admin/desk/?view={one}" for one in ("mine", "free", "waiting"))),
        ),
        Pages(name="filters", addresses=tuple(f"/admin/desk/?{one}" for one in filters)),
        Pages(name="search", addresses=tuple(f"/admin/desk/?q={quote(one)}" for one in words)),
        Pages(name="conversation", addresses=tuple(f"/admin/desk/{one}/" for one in chats)),
    ]
