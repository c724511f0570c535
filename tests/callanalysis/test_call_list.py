"""The list of calls: narrowed, searched by what was said, counted no further than needed, and as a file."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.http import urlencode
from unfold.templatetags.unfold_list import result_headers

from apps.callanalysis import exporting, searching
from apps.callanalysis.models import Call, CallOutcome, Office, SalesManager, Stage, Transcript
from apps.core.tables.reading import read_table
from apps.tenants.bounded_paginator import BoundedPaginator
from tests.callanalysis.talks import talked

pytestmark = pytest.mark.django_db

CALLS = "/admin/callanalysis/call/"


@pytest.fixture
def client(boss, signed_in):
    return signed_in(boss)


@pytest.fixture
def people(tenant_a):
    return [SalesManager.objects.create(tenant=tenant_a, external_id=f"m{n}") for n in range(2)]


@pytest.fixture
def make(tenant_a, people):
    def create(external_id: str, said: str = "", **fields):
        values = {"sales_manager": people[0], "external_id": external_id, **fields}
        call = Call.objects.create(tenant=tenant_a, **values)
        if said:
            Transcript.objects.create(tenant=tenant_a, call=call, text=said, segments=[{"text": said}])
        return call

    return create


def found(client, query: str = "") -> list[str]:
    answer = client.get(f"{CALLS}?{query}")
    assert answer.status_code == 200, answer
    return sorted(call.external_id for call in answer.context["cl"].result_list)


# --- filters


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("outcome=failed", ["b"]),
        ("outcome=none", ["c"]),
        ("outcome=nonsense", ["a", "b", "c"]),
        ("stage__exact=transcribing", ["c"]),
        ("funnel=f1", ["a"]),
        ("deal_stage=won", ["b"]),
        ("seconds_from=60", ["b"]),
        ("seconds_to=59", ["a"]),
        ("seconds_from=30&seconds_to=90", ["a", "b"]),
        ("received_at_from=02.11.2026&received_at_to=02.11.2026", ["b"]),
        ("deal_id=d1", ["a", "b"]),
    ],
)
def test_the_list_is_narrowed(client, make, query, expected):
    day = datetime(2026, 11, 1, 12, tzinfo=ZoneInfo("Europe/Moscow"))
    make("a", outcome="analysed", stage="done", stage_id="f1", seconds=30, received_at=day, deal_id="d1")
    make(
        "b",
        outcome=CallOutcome.FAILED,
        deal_stage_id="won",
        seconds=90,
        received_at=day + timedelta(days=1),
        deal_id="d1",
    )
    make("c", stage=Stage.TRANSCRIBING, received_at=day + timedelta(days=2))
    assert found(client, query) == expected


def test_funnels_and_stages_are_offered_by_the_names_that_the_latest_call_gives(client, make, tenant_b):
    stranger = SalesManager.objects.create(tenant=tenant_b, external_id="x")
    Call.objects.create(tenant=tenant_b, sales_manager=stranger, external_id="x", stage_id="their funnel")
    earlier = timezone.now() - timedelta(days=1)
    make("a", stage_id="f1", stage_name="Старая", received_at=earlier)
    make("b", stage_id="f1", stage_name="Продажи", deal_stage_id="s1")
    make("c", stage_id="f2")
    with CaptureQueriesContext(
        connection,
    ) as queries:
        page = client.get(CALLS).content.decode()
    for text in ("Продажи", ">f2<", "s1"):
        assert text in page
    assert "Старая" not in page
    assert "their funnel" not in page
    assert sum("RECURSIVE" in one["sql"] for one in queries) == 2


# --- words


def test_words_are_found_in_any_form_and_ids_by_their_parts(client, make):
    make("call_12345_a", "Сколько стоит замена батареи?", deal_id="deal_777")
    make("call_67890_b", "Тёплый разговор")
    assert found(client, "q=батарею") == ["call_12345_a"]
    assert found(client, "q=замен батар") == ["call_12345_a"]
    assert found(client, "q=теплого") == ["call_67890_b"]
    assert found(client, "q=678") == ["call_67890_b"]
    assert found(client, "q=DEAL_77") == ["call_12345_a"]
    assert found(client, "q=экран") == []
    assert found(client, "q=%25") == []
    assert found(client, "q=--+%27") == []


@pytest.mark.parametrize("few", [0, 2000])
def test_what_is_said_in_every_call_is_found_as_well(client, make, few, monkeypatch):
    monkeypatch.setattr(searching, "FEW", few)
    for n in range(5):
        make(f"id_{n}", "Добрый день")
    make("id_9", "Алло")
    assert found(client, "q=добрый") == [f"id_{n}" for n in range(5)]
    assert len(found(client, "q=id_")) == 6
    monkeypatch.setattr(searching, "FREQUENT", 2)  # never: each is looked for by the index
    assert found(client, "q=добрый") == [f"id_{n}" for n in range(5)]


def test_nobody_finds_words_of_calls_that_are_not_theirs(make, anna, stranger, signed_in):
    make("secret", "Пароль от сейфа")
    assert found(signed_in(anna), "q=сейф") == []
    assert found(signed_in(stranger), "q=сейф") == []


# --- order and looks


@pytest.mark.parametrize(("order", "first"), [("0", "b"), ("-0", "a"), ("-1", "b"), ("-4", "b")])
def test_it_is_sorted_by_what_an_index_holds(client, make, order, first):
    make("a", seconds=30)
    make("b", seconds=90, received_at=timezone.now() - timedelta(days=1))
    answer = client.get(f"{CALLS}?o={order}")
    assert answer.context["cl"].result_list[0].external_id == first


@pytest.mark.parametrize("column", ["sales_manager", "deal_id", "stage", "shown_outcome"])
def test_and_by_nothing_for_which_all_calls_would_be_sorted(client, make, column):
    make("a")
    shown = client.get(CALLS).context["cl"].list_display
    answer = client.get(f"{CALLS}?o=-{shown.index(column)}")
    assert answer.context["cl"].queryset.query.order_by == ("-received_at", "-id")
    heads = zip(shown, result_headers(answer.context["cl"]), strict=True)
    assert {name for name, head in heads if head["sortable"]} == {
        "received_at",
        "external_id",
        "shown_length",
    }


def test_an_outcomes_badge_is_drawn_once_however_many_calls_have_it(client, make):
    def drawn() -> list[str]:
        answer = client.get(CALLS)
        return [one.name for one in answer.templates if one.name == "unfold/helpers/label.html"]

    make("a", outcome=CallOutcome.ANALYSED)
    assert "bg-green-100 text-green-700" in client.get(CALLS).content.decode()
    before = drawn()
    for n in range(3):
        make(f"b{n}", outcome=CallOutcome.ANALYSED)
    assert drawn() == before


# --- pages


def test_addresses_of_heads_and_calls_are_not_found_out_row_by_row(client, make, monkeypatch):
    heads = []

    def quoted(*given, **more):
        heads.append(given)
        return urlencode(*given, **more)

    monkeypatch.setattr("django.contrib.admin.views.main.urlencode", quoted)
    first = make("a", deal_id="d1")
    client.get(f"{CALLS}?deal_id=d1")
    once = len(heads)
    for name in "bcd":
        make(name, deal_id="d1")
    text = client.get(f"{CALLS}?deal_id=d1").content.decode()
    assert len(heads) == 2 * once
    assert f'href="{CALLS}{first.pk}/change/"' in text


def test_it_is_counted_no_further_than_anybody_leafs(client, make, monkeypatch):
    monkeypatch.setattr(BoundedPaginator, "most", 3)
    for n in range(3):
        make(f"c{n}")
    assert "Всего: 3" in client.get(CALLS).content.decode()
    make("c3")
    with CaptureQueriesContext(connection) as queries:
        page = client.get(CALLS).content.decode()
    assert "больше 3: сузьте" in page
    counts = [one["sql"] for one in queries if "COUNT(" in one["sql"] and "callanalysis_call" in one["sql"]]
    assert counts
    assert all("LIMIT 4" in sql for sql in counts)


# --- files


def test_what_is_chosen_is_taken_along_as_csv(client, make, tenant_a, people):
    talked(tenant_a, received_at=datetime(2026, 11, 2, 9, 30, tzinfo=ZoneInfo("Europe/Moscow")))
    office = Office.objects.create(tenant=tenant_a, external_id="o", title="Центр")
    office.managers.add(*SalesManager.objects.all())
    make("=evil", outcome=CallOutcome.FAILED, reason="Нет файла", stage_name="Воронка")
    answer = client.get(f"{CALLS}export/csv/?outcome=analysed")
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert len(lines) == 2
    first = lines[1].split(";")
    assert first[:5] == ["2026-11-02 09:30", "call_1", "Иванова Анна", "Центр", "deal_5678"]
    assert first[7:9] == ["16", "готово"]
    assert first[11:] == ["50", "3,0", "3,0", "0", "0", "4,0", "2"]
    assert "calls-" in answer["Content-Disposition"]
    whole = b"".join(client.get(f"{CALLS}export/csv/").streaming_content).decode()
    assert "'=evil" in whole
    assert "Нет файла" in whole
    assert "батарею" not in whole  # never what was said


def test_and_as_a_workbook_unless_it_would_be_too_large(client, make, monkeypatch):
    make("a")
    make("b")
    answer = client.get(f"{CALLS}export/xlsx/")
    book = b"".join(answer.streaming_content)
    rows = read_table(book, most_rows=10).rows
    assert [row[1] for row in rows] == ["ID в CRM", "b", "a"]
    monkeypatch.setattr(exporting, "MOST_IN_XLSX", 1)
    refused = client.get(f"{CALLS}export/xlsx/?funnel=", follow=True)
    assert "возьмите CSV" in refused.content.decode()
    assert client.get(f"{CALLS}export/pdf/").status_code == 404
    assert client.post(f"{CALLS}export/csv/").status_code == 405


def test_nobody_takes_along_calls_that_are_not_theirs(make, stranger, anna, signed_in):
    make("secret")
    for who in (stranger, anna):
        answer = signed_in(who).get(f"{CALLS}export/csv/")
        assert b"secret" not in b"".join(answer.streaming_content)
