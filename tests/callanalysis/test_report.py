"""The report of calls: every figure opens exactly its calls, and everybody sees their own alone."""

import csv
import io
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.callanalysis.correcting import correct_mark
from apps.callanalysis.figures.periods import span_of
from apps.callanalysis.models import (
    Call,
    Checklist,
    DayOfCalls,
    DayOfChecklists,
    DayOfCriteria,
    Office,
    SalesManager,
)
from apps.callanalysis.publishing import stage
from apps.core.tables import read_table
from apps.tenants.models import Member, Tenant
from tests.callanalysis.figured import DAY, NOON, add_up_days, manager, marked, office, received, spoken
from tests.callanalysis.judges import make_checklist

pytestmark = pytest.mark.django_db

REPORT = "/admin/callanalysis/call/report/"
MONTH = {"period": "custom", "since": "2026-11-01", "until": "2026-11-30"}


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(NOON + timedelta(hours=3), tick=False) as traveller:
        yield traveller


@pytest.fixture
def checklist(tenant_a: Tenant) -> Checklist:
    return make_checklist(tenant_a)


@pytest.fixture
def filled(tenant_a: Tenant, checklist: Checklist, head: Member) -> dict[str, SalesManager]:
    """Two offices, three managers; the third is in both, and has too few calls for a place."""
    people = {
        name: manager(tenant_a, f"m{n}", surname=name) for n, name in enumerate(("Анина", "Борин", "Верина"))
    }
    office(tenant_a, "o1", people["Анина"], people["Верина"], title="Центр")
    office(tenant_a, "o2", people["Борин"], people["Верина"], title="Север")
    other = make_checklist(tenant_a, name="Второй")
    for name, greeting, count in (("Анина", 1, 6), ("Борин", -1, 6), ("Верина", 1, 2)):
        for n in range(count):
            call = received(people[name], stage_id="f1" if n % 2 else "f2", at=NOON - n * DAY)
            card = marked(call, checklist, {"greeting": greeting, "price": 1, "upsell": None if n else -1})
            spoken(call, silence=10, talk_ratio=0.5 + 0.1 * greeting, longest_monologue={"manager": 20},
                   interruptions={"manager": 1, "client": 0})  # fmt: skip
            if n == 0:
                marked(call, other, {"greeting": -1})
                for stage, verdict, why in (("price", 1, ""), ("greeting", None, "Нет")):
                    mark = card.marks.get(stage_id=stage)
                    correct_mark(mark=mark, verdict=verdict, reason=why, member=head)
    for outcome in ("skipped", "silence", "voicemail", "failed", "unreadable", ""):
        received(people["Анина"], outcome=outcome)
    # The days before.
    for n in range(5):
        marked(received(people["Анина"], at=NOON - (30 + n) * DAY), checklist, {"greeting": -1, "price": 1})
    add_up_days(tenant_a)
    return people


def shown(client: Client, **query: Any) -> Any:
    answer = client.get(REPORT, MONTH | query)
    assert answer.status_code == 200, answer
    return answer.context


def opened(client: Client, address: str) -> int:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return int(answer.context["cl"].result_count)


def number(text: str) -> int:
    return int("".join(filter(str.isdigit, text)) or 0)


# --- every figure opens its calls


def promised(board: Any) -> Iterator[tuple[str, int]]:
    """All addresses of the page, with how many calls the figure says are there."""
    yield from ((tile.href, number(tile.value)) for tile in board["tiles"] if tile.key != "average")
    # An average is of as many calls as stand beside it.
    for _line, (average, *counts) in (*board["managers"], *board["offices"]):
        yield from of_counts([average, *counts], [counts[0], *counts])
    for _one, (share, *counts) in (*board["worst"], *board["checked"]):
        yield from of_counts([share, *counts], [counts[0], *counts])
    for _line, figures in board["talk"]:
        yield from of_counts([figures[0], *figures[4:]], [figures[4], figures[4], figures[6], figures[6]])
    heat = board["board"].heat
    for (line, _figures), (_name, row) in zip(board["managers"], heat.rows, strict=True):
        for one, cell in zip(heat.criteria, row, strict=True):
            if cell.level:
                yield cell.href, one.by_manager[line.pk].judged
    for bar in (*board["calls_chart"].bars, *board["score_chart"].bars):
        yield from ((segment.href, number(segment.title.split(":")[-1])) for segment in bar.segments)


def of_counts(figures: list[Any], counted: list[Any]) -> Iterator[tuple[str, int]]:
    for figure, count in zip(figures, counted, strict=True):
        if figure.href:
            yield figure.href, number(count.text)


@pytest.mark.parametrize("narrowed", ["", "checklist", "office", "manager", "funnel"])
def test_every_figure_opens_exactly_its_calls(
    filled: dict[str, SalesManager], checklist: Checklist, boss: Member, signed_in: Any, narrowed: str
) -> None:
    client = signed_in(boss)
    chosen = {
        "": "", "checklist": checklist.pk, "funnel": "f1",
        "office": Office.objects.get(title="Центр").pk, "manager": filled["Борин"].pk,
    }  # fmt: skip
    found = set(promised(shown(client, **({narrowed: chosen[narrowed]} if narrowed else {}))))
    assert len(found) > 20
    assert {(href, opened(client, href)) for href, _count in found} == found


def test_averages_places_and_changes(filled: Any, checklist: Checklist, boss: Member, signed_in: Any) -> None:
    board = shown(signed_in(boss), checklist=checklist.pk)
    lines = {line.name: (line, figures) for line, figures in board["managers"]}
    assert list(lines) == ["Анина", "Борин", "Верина"]
    best, figures = lines["Анина"]
    # Five calls of 100 %, and one of price 3 of 4: its greeting is neither won nor lost, its upsell failed.
    assert round(best.score.average or 0, 2) == round((5 * 100 + 75) / 6, 2)
    assert (best.place, best.place_before, lines["Верина"][0].place) == (1, 1, None)
    assert figures[0].change == "+20,8"
    assert figures[0].tone == "good"
    assert [figure.text for figure in figures[1:]] == ["6", "1", "12", "6", "1", "2", "2", "1"]
    offices = {line.name: line for line, _figures in board["offices"]}
    assert offices["Центр"].score.calls == 8
    assert offices["Север"].score.calls == 8
    assert board["board"].whole.score.calls == 14  # nobody twice


def test_what_could_not_be_judged_is_neither_missed_nor_fulfilled(
    filled: Any, checklist: Checklist, boss: Member, signed_in: Any
) -> None:
    board = shown(signed_in(boss), checklist=checklist.pk)
    found = {one.stage_id: one.marks for one, _figures in board["worst"]}
    assert (found["upsell"].failed, found["upsell"].judged, found["upsell"].not_proven) == (3, 3, 11)
    assert (found["greeting"].failed, found["greeting"].judged, found["greeting"].cannot_judge) == (5, 11, 3)
    # The upsell was judged three times: too few to be called the worst.
    assert [one.stage_id for one, _figures in board["worst"]] == ["greeting", "price", "upsell"]
    checked = {one.stage_id: (one.marks.checked, one.marks.agreed) for one, _figures in board["checked"]}
    assert checked == {"greeting": (3, 0), "price": (3, 3)}


# --- who sees what


def test_a_manager_sees_themselves_alone(
    filled: dict[str, SalesManager], anna: Member, signed_in: Any
) -> None:
    SalesManager.objects.filter(pk=filled["Борин"].pk).update(member=anna)
    client = signed_in(anna)
    answer = client.get(
        REPORT, MONTH | {"manager": filled["Анина"].pk, "office": Office.objects.get(title="Центр").pk}
    )
    text = answer.content.decode()
    assert [line.name for line, _figures in answer.context["managers"]] in ([], ["Борин"])
    assert [line.name for line, _figures in shown(client)["managers"]] == ["Борин"]
    assert "Анина" not in text
    assert "Верина" not in client.get(REPORT, MONTH).content.decode()
    lines = client.get(f"{REPORT}managers/csv/", MONTH).content.decode()
    assert "Анина" not in lines
    # The organisation's average names nobody; its calls do not open.
    assert all(not figure.href for figure in shown(client)["everybody"])


def test_a_head_sees_their_offices(filled: dict[str, SalesManager], head: Member, signed_in: Any) -> None:
    leader = manager(head.tenant, "leader", member=head)
    Office.objects.get(title="Север").leaders.add(leader)
    board = shown(signed_in(head))
    assert {line.name for line, _figures in board["managers"]} == {"Борин", "Верина"}
    assert [line.name for line, _figures in board["offices"]] == ["Север"]
    assert board["board"].whole.calls.received == 8
    foreign = Office.objects.get(title="Центр").pk
    assert shown(signed_in(head), office=foreign)["choice"].office is None


def test_nobody_sees_another_organisations(
    filled: Any, checklist: Checklist, stranger: Member, signed_in: Any
) -> None:
    client = signed_in(stranger)
    answer = client.get(REPORT, MONTH | {"checklist": checklist.pk, "tenant": checklist.tenant_id})
    assert answer.context["nothing"]
    assert "Анина" not in answer.content.decode()
    received(manager(stranger.tenant, "x"))
    add_up_days(stranger.tenant)
    board = shown(client, checklist=checklist.pk, manager=filled["Анина"].pk)
    assert board["board"].whole.calls.received == 1
    assert "Анина" not in client.get(f"{REPORT}managers/csv/", MONTH).content.decode()
    mark = f"/admin/callanalysis/call/?mark={checklist.pk}:failed:greeting"
    assert "Приветствие" not in client.get(mark).content.decode()


def test_a_superuser_chooses_whose_it_is_and_links_stay_there(
    filled: Any, tenant_a: Tenant, tenant_b: Tenant, root: Any, signed_in: Any
) -> None:
    Tenant.objects.filter(pk=tenant_a.pk).update(timezone="Asia/Vladivostok")
    add_up_days(tenant_a)
    received(manager(tenant_b, "x"), at=NOON)
    client = signed_in(root)
    assert "Beta Phones" in client.get(REPORT).content.decode()
    board = shown(client, tenant=tenant_a.pk)
    for tile in board["tiles"]:
        if tile.key != "average":
            assert opened(client, tile.href) == number(tile.value), tile.key


def test_who_is_nobody_in_the_crm_is_told_so(filled: Any, anna: Member, signed_in: Any) -> None:
    assert "не связано" in signed_in(anna).get(REPORT).content.decode()


def test_without_calls_it_says_what_will_be_here(boss: Member, signed_in: Any) -> None:
    assert "Звонков пока нет" in signed_in(boss).get(REPORT).content.decode()


def test_days_still_being_added_up_are_told_of(filled: Any, boss: Member, signed_in: Any) -> None:
    assert not shown(signed_in(boss))["is_behind"]
    received(filled["Анина"], at=NOON - 3 * DAY)
    assert shown(signed_in(boss))["is_behind"]


# --- periods


@pytest.mark.parametrize(
    ("name", "now", "expected"),
    [
        ("week", "2026-11-26", ("2026-11-23", "2026-11-26", "2026-11-16", "2026-11-19")),
        ("month", "2026-11-26", ("2026-11-01", "2026-11-26", "2026-10-01", "2026-10-26")),
        ("month", "2026-01-10", ("2026-01-01", "2026-01-10", "2025-12-01", "2025-12-10")),
        ("quarter", "2026-11-26", ("2026-10-01", "2026-11-26", "2026-07-01", "2026-08-26")),
        ("month", "2026-03-31", ("2026-03-01", "2026-03-31", "2026-02-01", "2026-02-28")),
        ("nonsense", "2026-11-26", ("2026-11-01", "2026-11-26", "2026-10-01", "2026-10-26")),
    ],
)
def test_a_period_stands_beside_as_many_days_before(name: str, now: str, expected: tuple[str, ...]) -> None:
    zone = ZoneInfo("Europe/Moscow")
    span = span_of({"period": name}, now=datetime.fromisoformat(f"{now}T12:00+03:00"), zone=zone)
    days = (span.first, span.last, span.before_first, span.before_last)
    assert tuple(map(str, days)) == expected


def test_chosen_days_stand_beside_those_right_before_them() -> None:
    asked = {"period": "custom", "since": "2026-11-10", "until": "2026-11-12"}
    span = span_of(asked, now=NOON, zone=ZoneInfo("Europe/Moscow"))
    assert (str(span.before_first), str(span.before_last)) == ("2026-11-07", "2026-11-09")
    backwards = {"period": "custom", "since": "2026-11-12", "until": "2026-11-10"}
    assert span_of(backwards, now=NOON, zone=ZoneInfo("Europe/Moscow")).name == "month"


@pytest.mark.parametrize(
    ("since", "until", "weeks", "days"),
    [
        ("2026-10-05", "2026-10-18", ("10-05", "10-12"), ()),
        ("2026-10-03", "2026-10-13", ("10-05",), ("10-03", "10-04", "10-12", "10-13")),
        ("2026-10-06", "2026-10-12", (), tuple(f"10-{day:02}" for day in range(6, 13))),
        # Of a week that lasts no days can be left.
        ("2026-11-15", "2026-11-24", ("11-16", "11-23"), ("11-15",)),
        ("2026-11-24", "2026-11-25", (), tuple(f"11-{day}" for day in range(24, 30))),
    ],
)
def test_days_are_as_many_whole_weeks_as_are_in_them(
    since: str, until: str, weeks: tuple[str, ...], days: tuple[str, ...]
) -> None:
    asked = {"period": "custom", "since": since, "until": until}
    parts = span_of(asked, now=NOON, zone=ZoneInfo("Europe/Moscow")).parts
    assert ([f"{one:%m-%d}" for one in parts.weeks], [f"{one:%m-%d}" for one in parts.days]) == (
        list(weeks), list(days),
    )  # fmt: skip


def test_whole_weeks_are_not_read_day_by_day(filled: Any, boss: Member, signed_in: Any) -> None:
    asked = {"since": "2026-11-02", "until": "2026-11-29"}
    before = shown(signed_in(boss), **asked)["board"]
    for model in (DayOfCalls, DayOfChecklists, DayOfCriteria):
        model.objects.filter(is_week=False).delete()
    after = shown(signed_in(boss), **asked)["board"]
    assert before.whole.calls.received > 10
    assert (after.whole, after.criteria) == (before.whole, before.criteria)


# --- files


def test_each_table_is_taken_along_as_csv_in_the_readers_language(
    filled: Any, checklist: Checklist, boss: Member, signed_in: Any
) -> None:
    client = signed_in(boss)
    query = MONTH | {"checklist": checklist.pk}
    answer = client.get(f"{REPORT}managers/csv/", query)
    assert 'filename="calls-managers-2026-11-01-2026-11-30.csv"' in answer["Content-Disposition"]
    first, *rest = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";")
    assert first[:3] == ["менеджер", "место", "среднее, %"]
    assert rest[1] == ["Анина", "1", "95,8", "20,8", "6", "1", "12", "6", "1", "2", "2", "1"]
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    english = client.get(f"{REPORT}managers/csv/", query)
    assert english.content.decode("utf-8-sig").startswith("manager;place;")
    for table in ("offices", "criteria", "heat", "talk"):
        assert len(client.get(f"{REPORT}{table}/csv/", query).content.decode().splitlines()) > 2, table
    for wrong in ("nonsense/csv", "managers/pdf", "managers/xlsx"):
        assert client.get(f"{REPORT}{wrong}/").status_code == 404


def test_all_of_it_is_a_workbook_and_nothing_in_it_becomes_a_formula(
    filled: Any, boss: Member, signed_in: Any, tenant_a: Tenant
) -> None:
    SalesManager.objects.filter(surname="Анина").update(surname="=1+1")
    Checklist.objects.filter(name="Второй").update(name="@evil")
    client = signed_in(boss)
    book = client.get(f"{REPORT}all/xlsx/", MONTH).content
    rows = read_table(book, most_rows=20).rows
    assert "=1+1" in [row[0] for row in rows]
    assert b"<f>" not in book
    assert "'=1+1" in client.get(f"{REPORT}managers/csv/", MONTH).content.decode()
    assert "'@evil" in client.get(f"{REPORT}criteria/csv/", MONTH).content.decode()


def test_a_criterion_that_is_called_like_a_formula_heads_no_formula(
    tenant_a: Tenant, boss: Member, signed_in: Any
) -> None:
    evil = make_checklist(tenant_a, stage(id="a", name="=cmd()", criterion="x"))
    marked(received(manager(tenant_a, "m")), evil, {"a": 1})
    add_up_days(tenant_a)
    head = signed_in(boss).get(f"{REPORT}heat/csv/", MONTH).content.decode().splitlines()[0]
    assert "'=cmd()" in head


# --- how much it asks


def test_a_chart_adds_up_no_more_than_it_shows(filled: Any, boss: Member, signed_in: Any) -> None:
    client = signed_in(boss)
    with CaptureQueriesContext(connection) as queries:
        client.get(REPORT, MONTH)
    assert sum("talk_ratio" in one["sql"] for one in queries) == 1


def test_queries_do_not_grow_with_managers_or_criteria(
    filled: Any, tenant_a: Tenant, boss: Member, signed_in: Any
) -> None:
    client = signed_in(boss)
    client.get(REPORT, MONTH)

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(REPORT, MONTH)
        return len(queries)

    before = asked()
    for n in range(6):
        who = manager(tenant_a, f"new{n}")
        office(tenant_a, f"new{n}", who)
        marked(received(who), make_checklist(tenant_a, name=f"Новый {n}"), {"greeting": 1, "price": -1})
    add_up_days(tenant_a)
    assert asked() == before
    assert before <= 20
    assert Call.objects.count() > 20
