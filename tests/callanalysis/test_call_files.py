"""A workbook of more calls than anybody waits for: ordered, made in the background, fetched by one alone."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.appeals.bulk import exporting as bulk_exporting
from apps.appeals.models import BulkAction
from apps.callanalysis import exporting
from apps.callanalysis.admin import list_files
from apps.callanalysis.models import Call, CallOutcome, Office, SalesManager
from apps.core.models import State
from apps.core.tables.reading import read_table
from apps.tenants.membership import add_member
from apps.tenants.models import Member, Phones, Role, Tenant
from tests.work import drain

pytestmark = pytest.mark.django_db

CALLS = "/admin/callanalysis/call/"
XLSX, FILES = f"{CALLS}export/xlsx/", f"{CALLS}files/"
SignedIn = Callable[[Member], Client]


@pytest.fixture
def people(tenant_a: Tenant) -> list[SalesManager]:
    return [SalesManager.objects.create(tenant=tenant_a, external_id=f"m{n}") for n in range(2)]


@pytest.fixture
def calls(tenant_a: Tenant, people: list[SalesManager], monkeypatch: pytest.MonkeyPatch) -> list[Call]:
    """Five, which are too many; two of them failed; the last is another manager's."""
    monkeypatch.setattr(exporting, "MOST_IN_XLSX", 1)
    monkeypatch.setattr(bulk_exporting, "CHUNK", 2)
    return [
        Call.objects.create(
            tenant=tenant_a,
            sales_manager=people[n == 4],
            external_id=f"c{n}-79123456789",
            outcome=CallOutcome.FAILED if n < 2 else CallOutcome.ANALYSED,
        )
        for n in range(5)
    ]


def fetched(client: Client, bulk: BulkAction) -> list[str]:
    """The ids in it."""
    answer: Any = client.get(f"{FILES}{bulk.pk}/")
    assert answer.status_code == 200
    assert "attachment" in answer["Content-Disposition"]
    rows = read_table(b"".join(answer.streaming_content), most_rows=100).rows
    assert rows[0][1] == "ID в CRM"
    return sorted(str(row[1]) for row in rows[1:])


def test_it_holds_what_the_filters_held_and_says_how_far_it_is(
    calls: list[Call], head: Member, signed_in: SignedIn
) -> None:
    client = signed_in(head)
    answer = client.post(f"{XLSX}?outcome=failed")
    assert answer["Location"] == f"{CALLS}?outcome=failed"
    page = client.get(answer["Location"]).content.decode()
    assert "data-unfinished" in page
    assert "создаётся в фоне" in page
    bulk = BulkAction.objects.get()
    BulkAction.objects.update(total=5, params={**bulk.params, "made": 2})
    told = client.get(FILES).content.decode()
    assert "2 из 5" in told
    assert '<progress max="5" value="2"' in told
    BulkAction.objects.update(total=0, params=bulk.params)
    drain()
    told = client.get(FILES).content.decode()
    assert "data-unfinished" not in told
    assert "с 2 звонками готова" in told
    bulk.refresh_from_db()
    assert (bulk.total, bulk.made, bulk.state) == (2, 2, State.DONE)
    assert fetched(client, bulk) == ["c0-79123456789", "c1-79123456789"]


def test_ordered_twice_while_it_is_made_it_is_one(
    calls: list[Call], head: Member, signed_in: SignedIn
) -> None:
    client = signed_in(head)
    client.post(XLSX)
    client.post(XLSX)
    client.post(f"{XLSX}?outcome=failed")
    assert BulkAction.objects.count() == 2
    drain()
    client.post(XLSX)
    assert BulkAction.objects.count() == 3


def test_it_holds_no_call_and_no_phone_that_its_reader_does_not_see_by_then(
    calls: list[Call], people: list[SalesManager], head: Member, tenant_a: Tenant, signed_in: SignedIn
) -> None:
    client = signed_in(head)
    client.post(XLSX)
    office = Office.objects.create(tenant=tenant_a, external_id="n", title="Север")
    office.leaders.add(SalesManager.objects.create(tenant=tenant_a, external_id="h", member=head))
    office.managers.add(people[0])
    Tenant.objects.update(heads_phones=Phones.HIDDEN)
    drain()
    assert fetched(client, BulkAction.objects.get()) == [f"c{n}-+7 912 •••-••-89" for n in range(4)]


def test_nobody_else_fetches_it_and_it_does_not_stay(
    calls: list[Call], head: Member, boss: Member, stranger: Member, signed_in: SignedIn
) -> None:
    signed_in(head).post(XLSX)
    bulk = BulkAction.objects.get()
    assert signed_in(head).get(f"{FILES}{bulk.pk}/").status_code == 404  # it is not ready
    drain()
    assert "готова" in signed_in(head).get(CALLS).content.decode()
    for other in (boss, stranger):
        assert signed_in(other).get(f"{FILES}{bulk.pk}/").status_code == 404
        assert "готова" not in signed_in(other).get(CALLS).content.decode()
    # Nor does it stand at the desk, where files are of appeals.
    assert "готов" not in signed_in(head).get("/admin/desk/live/").content.decode()
    assert signed_in(head).get(f"/admin/desk/bulk/{bulk.pk}/file/").status_code == 404
    place = str(BulkAction.objects.get().file.name)
    assert default_storage.exists(place)
    BulkAction.objects.update(created_at=timezone.now() - bulk_exporting.KEPT_FOR * 1.01)
    bulk_exporting.sweep()
    assert not default_storage.exists(place)
    assert signed_in(head).get(f"{FILES}{bulk.pk}/").status_code == 404


def test_few_calls_come_at_once_and_nothing_is_ordered(
    calls: list[Call], head: Member, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "MOST_IN_XLSX", 5)
    answer: Any = signed_in(head).post(XLSX)
    assert len(read_table(b"".join(answer.streaming_content), most_rows=100).rows) == 6
    assert not BulkAction.objects.exists()


def test_whoever_is_no_employee_is_told_to_narrow(calls: list[Call], admin_client: Client) -> None:
    answer = admin_client.post(XLSX, follow=True)
    assert "возьмите CSV" in answer.content.decode()
    assert not BulkAction.objects.exists()


def test_one_that_failed_says_so(calls: list[Call], head: Member, signed_in: SignedIn) -> None:
    signed_in(head).post(XLSX)
    BulkAction.objects.update(state=State.FAILED)
    told = signed_in(head).get(FILES).content.decode()
    assert "остановилось с ошибкой" in told
    assert "data-unfinished" not in told


def test_more_calls_cost_no_query_more(
    calls: list[Call], head: Member, tenant_a: Tenant, people: list[SalesManager], signed_in: SignedIn
) -> None:
    signed_in(head).post(XLSX)

    def queries() -> tuple[int, int]:
        with CaptureQueriesContext(connection) as found:
            rows = list(list_files.made_in_background(BulkAction.objects.get()).rows)
        return len(rows), len(found)

    rows, before = queries()
    Call.objects.bulk_create(
        Call(tenant=tenant_a, sales_manager=people[0], external_id=f"more-{n}", task_id=f"t{n}")
        for n in range(30)
    )
    assert queries() == (rows + 30, before)


def test_a_member_of_two_organisations_gets_those_of_the_one_they_ordered_in(
    calls: list[Call], head: Member, tenant_b: Tenant, signed_in: SignedIn
) -> None:
    """Whose the list was is said by the row, not by where its reader is by now."""
    add_member(tenant=tenant_b, username=head.user.get_username(), role=Role.HEAD, name="Она же")
    signed_in(head).post(XLSX)
    theirs = SalesManager.objects.create(tenant=tenant_b, external_id="x")
    Call.objects.create(tenant=tenant_b, sales_manager=theirs, external_id="theirs")
    drain()
    found = fetched(signed_in(head), BulkAction.objects.get())
    assert len(found) == 5
    assert "theirs" not in found
