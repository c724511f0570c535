"""The pages of a head of sales in a large organisation: a year of 200 000 calls, 50 managers, 14 criteria."""

import re
from datetime import date, timedelta
from urllib.parse import quote

from bench.desk import Desk, Pages
from bench.report import Report, Row, say
from bench.system import System
from bench.tabs import Operator
from tests.system.ledger import percentile

TOPIC = "heads"
TENANT = "large-calls"
# Milliseconds in the server for 95 of 100 pages.
WANTED = 150
REPORT, CALLS = "/admin/callanalysis/call/report/", "/admin/callanalysis/call/"

SESSION = f"""
from django.test import Client
from apps.tenants.membership import add_member
from apps.tenants.models import Member, Role, Tenant
tenant = Tenant.objects.get(slug="{TENANT}")
head = Member.objects.filter(tenant=tenant, role=Role.HEAD).first() or add_member(
    tenant=tenant, username="bench-head", role=Role.HEAD, name="Head")
client = Client()
client.force_login(head.user)
print("session", client.cookies["sessionid"].value, head.pk)
"""


def measure(report: Report, system: System, *, quick: bool) -> None:
    say(f"{TOPIC}: filling an organisation")
    size = ("--calls", "20000") if quick else ("--scale",)
    say(system.manage("demo_calls", "--tenant", TENANT, *size, patience=1800).strip())
    system.settle()
    session = re.search(r"session (\w+) (\d+)", system.manage("shell", "-c", SESSION))
    if session is None:
        raise RuntimeError("nobody could sign in")
    headers = {"Accept-Language": "ru", "Cookie": f"sessionid={session[1]}"}
    with system.web():
        head = Desk(system.port, Operator(member=int(session[2]), headers=headers))
        for pages in _pages(head):
            times = head.times(pages.addresses, rounds=3 if quick else 10)
            for share in (0.5, 0.95):
                report.add(
                    Row(
                        topic=TOPIC,
                        name=f"{pages.name}: p{share * 100:.0f}",
                        value=percentile(times, share),
                        unit="ms",
                        at_most=WANTED if share > 0.5 else None,
                    )
                )


def _pages(head: Desk) -> list[Pages]:
    _status, text = head.get(REPORT)
    manager, office, checklist = (
        re.findall(rf'name="{name}".*?</select>', text, re.DOTALL)[0].split('value="')[2].split('"')[0]
        for name in ("manager", "office", "checklist")
    )
    today = date.today()  # noqa: DTZ011 - a day more or less
    days = [f"period=custom&since={today - timedelta(days=ago)}&until={today}" for ago in (7, 30)]
    chosen = (f"office={office}", f"manager={manager}", f"checklist={checklist}", "funnel=f1")
    narrowed = (
        *(f"manager={manager}", f"office={office}", "funnel=f2", "outcome=failed", "outcome=broken"),
        *(
            "deal_stage=won",
            "stage__exact=done",
            "seconds_from=300",
            "checklist=any",
            f"critical={checklist}",
        ),
        *(f"mark={checklist}:failed:stage_8", f"received_at_from={today - timedelta(days=30)}"),
        f"received_at_from={today - timedelta(days=30)}&manager={manager}&known=talk",
    )
    _status, text = head.get(CALLS)
    calls = re.findall(r"/admin/callanalysis/call/(\d+)/change/", text)[:10]
    quarter = f"period=custom&since={today - timedelta(days=91)}&until={today}"
    return [
        Pages(name="report", addresses=tuple(f"{REPORT}?{one}" for one in days)),
        Pages(name="report of a quarter", addresses=(f"{REPORT}?{quarter}",)),
        Pages(name="report, narrowed", addresses=tuple(f"{REPORT}?{days[1]}&{one}" for one in chosen)),
        Pages(name="list of calls", addresses=(CALLS, f"{CALLS}?p=2", f"{CALLS}?o=-4")),
        Pages(name="list, narrowed", addresses=tuple(f"{CALLS}?{one}" for one in narrowed)),
        Pages(
            name="list, searched",
            addresses=tuple(f"{CALLS}?q={quote(one)}" for one in ("гарантия", "слованетнигде", "deal-123")),
        ),
        Pages(name="call", addresses=tuple(f"{CALLS}{one}/change/" for one in calls)),
    ]
