"""Leaders write what is asked of calls: a draft, tried, published; and past calls at a price told first."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from model_bakery import baker

from apps.callanalysis.models import Backfill, Checklist, Table, Trial
from apps.callanalysis.publishing import draft_of, in_force, save_draft
from apps.integrations.models import WebhookEndpoint
from apps.tenants.models import Member, Tenant
from tests.callanalysis.judges import GREETING, PRICE, Judge, Talked, make_checklist, make_table, verdict
from tests.work import drain

pytestmark = pytest.mark.django_db

CHECKLISTS = "/admin/callanalysis/checklist/"
TABLES = "/admin/callanalysis/table/"


@pytest.fixture
def client(head: Member, signed_in: Any) -> Client:
    made: Client = signed_in(head)
    return made


def rows(*items: dict[str, Any], **more: Any) -> dict[str, Any]:
    """As the page sends them."""
    data: dict[str, Any] = {"form-TOTAL_FORMS": len(items), "form-INITIAL_FORMS": 0, **more}
    for place, item in enumerate(items):
        data |= {f"form-{place}-{name}": value for name, value in item.items() if value is not False}
        data.setdefault(f"form-{place}-ORDER", place + 1)
    return data


SWITCHES = {"is_active": "on", "for_calls": "on", "deal_stages": "", "funnels": ""}
STAGE = {"name": "Приветствие", "criterion": "Назвал себя", "weight": 1}


def test_a_checklist_is_added_written_and_published(client: Client, tenant_a: Tenant) -> None:
    values = {**SWITCHES, "name": "Звонок", "deal_stages": "won\n\n lost \nwon"}
    answer = client.post(f"{CHECKLISTS}add/", values)
    checklist = Checklist.objects.get()
    questions = f"{CHECKLISTS}{checklist.pk}/questions/"
    assert answer["Location"] == questions
    assert (checklist.tenant, checklist.deal_stages) == (tenant_a, ["won", "lost"])
    assert client.get(questions).status_code == 200
    critical = {**STAGE, "name": "Цена", "weight": 3, "critical": "on", "ORDER": 0}
    client.post(questions, rows(STAGE, critical, save="1"))
    assert in_force(checklist) is None
    assert [
        (one["id"], one["name"], one["weight"], one["critical"]) for one in draft_of(checklist).items
    ] == [
        ("stage_1", "Цена", 3, True),
        ("stage_2", "Приветствие", 1, False),
    ]
    page = client.get(questions).content.decode()
    assert "stage_2" in page
    client.post(questions, rows({**STAGE, "id": "greeting"}, publish="1"))
    assert [one["id"] for one in in_force(checklist).items] == ["greeting"]
    assert in_force(checklist).created_by.username == "head"
    shown = client.get(f"{CHECKLISTS}{checklist.pk}/change/").content.decode()
    for text in ("Назвал себя", "№1", "won", "greeting"):
        assert text in shown
    client.post(questions, rows(STAGE, save="1"))
    client.post(questions, {"discard": "1"})
    assert (draft_of(checklist), checklist.versions.count()) == (None, 1)


@pytest.mark.parametrize(
    "wrong",
    [
        [],
        [{**STAGE, "name": ""}],
        [{**STAGE, "weight": 0}],
        [{**STAGE, "id": "a"}, {**STAGE, "id": "a"}],
        [{**STAGE, "DELETE": "on"}],
        [STAGE] * 41,
    ],
)
def test_what_is_wrong_is_shown_and_nothing_is_kept(
    wrong: list[dict[str, Any]], client: Client, tenant_a: Tenant
) -> None:
    checklist = make_checklist(tenant_a)
    answer = client.post(f"{CHECKLISTS}{checklist.pk}/questions/", rows(*wrong, publish="1"))
    assert answer.status_code == 200
    assert 'role="alert"' in answer.content.decode()
    assert checklist.versions.count() == 1


def test_a_table_gets_its_id_and_its_columns(client: Client) -> None:
    client.post(f"{TABLES}add/", {**SWITCHES, "name": "Запись"})
    table = Table.objects.get()
    assert table.public_id.startswith("TBL_")
    questions = f"{TABLES}{table.pk}/questions/"
    choice = {"title": "Итог", "type": "choice", "options": "да\nнет\nда", "name": "result"}
    answer = client.post(questions, rows({**choice, "options": "да"}, publish="1"))
    assert "Укажите хотя бы два" in answer.content.decode()
    client.post(questions, rows({"title": "Дата", "type": "date"}, choice, publish="1"))
    assert in_force(table).items == [
        {"name": "field_1", "title": "Дата", "type": "date", "question": "", "options": []},
        {"name": "result", "title": "Итог", "type": "choice", "question": "", "options": ["да", "нет"]},
    ]
    page = client.get(questions).content.decode()
    assert "да\nнет</textarea>" in page
    shown = client.get(f"{TABLES}{table.pk}/change/").content.decode()
    for text in (table.public_id, "один из вариантов: да, нет"):
        assert text in shown


def test_where_results_go_is_the_administrators_to_say(
    client: Client, boss: Member, signed_in: Any, tenant_a: Tenant, tenant_b: Tenant
) -> None:
    own = baker.make(WebhookEndpoint, tenant=tenant_a, key="crm", url="http://127.0.0.1:1/")
    foreign = baker.make(WebhookEndpoint, tenant=tenant_b, key="x", url="http://127.0.0.1:1/")
    checklist = make_checklist(tenant_a)
    values = {**SWITCHES, "name": "Звонок", "webhook": own.pk}
    address = f"{CHECKLISTS}{checklist.pk}/change/"
    client.post(address, values)
    assert Checklist.objects.get().webhook is None
    admin = signed_in(boss)
    admin.post(address, {**values, "webhook": foreign.pk})
    assert Checklist.objects.get().webhook is None
    admin.post(address, values)
    assert Checklist.objects.get().webhook == own


def test_operators_see_none_of_it(anna: Member, signed_in: Any, tenant_a: Tenant) -> None:
    checklist, table = make_checklist(tenant_a), make_table(tenant_a)
    client = signed_in(anna)
    for address in (
        CHECKLISTS,
        f"{CHECKLISTS}{checklist.pk}/questions/",
        f"{CHECKLISTS}{checklist.pk}/trial/",
        f"{TABLES}{table.pk}/later/",
    ):
        assert client.get(address).status_code == 403
        assert client.post(address, rows(STAGE, publish="1", begin="1")).status_code == 403
    assert checklist.versions.count() == 1


def test_a_draft_is_tried_from_its_page_and_shows_who_would_move(
    client: Client, talked: Talked, judge: Judge, tenant_a: Tenant
) -> None:
    checklist = make_checklist(tenant_a)
    trial = f"{CHECKLISTS}{checklist.pk}/trial/"
    assert "Нет черновика" in client.get(trial).content.decode()
    save_draft(owner=checklist, items=[GREETING, PRICE], user=None)
    assert "ещё не оценивал" in client.get(trial).content.decode()
    client.post(trial, {"count": "50", "begin": "1"})
    assert not Trial.objects.exists()
    for manager in ("Лена", "Олег"):
        talked(manager=manager)
    drain()
    assert "это ничего не стоит" in client.get(trial).content.decode()
    save_draft(owner=checklist, items=[{**GREETING, "criterion": "Назвал имя"}, PRICE], user=None)
    judge.will_say(verdict("greeting", "no"))
    assert "2 звонка" in client.get(trial).content.decode()
    assert "1 звонок" in client.post(trial, {"count": "1", "reckon": "1"}).content.decode()
    assert not Trial.objects.exists()
    client.post(trial, {"count": "50", "begin": "1"})
    drain()
    page = client.get(trial).content.decode()
    assert "Оценено 2 из 2" in page
    assert "−5,0" in page or "-5,0" in page  # of 80 per cent by 75
    save_draft(owner=checklist, items=[PRICE], user=None)
    assert "Черновик с тех пор изменён" in client.get(trial).content.decode()


def test_past_calls_are_analysed_after_their_price_was_shown(
    client: Client, talked: Talked, judge: Judge, tenant_a: Tenant
) -> None:
    talked()
    table = make_table(tenant_a)
    later = f"{TABLES}{table.pk}/later/"
    today = timezone.localdate().strftime("%d.%m.%Y")
    days = {"since": today, "until": today}
    assert client.get(later).status_code == 200
    page = client.post(later, {**days, "reckon": "1"}).content.decode()
    assert "1 звонок" in page
    assert "$0,00" in page
    assert not Backfill.objects.exists()
    client.post(later, {**days, "begin": "1"})
    drain()
    backfill = Backfill.objects.get()
    assert (backfill.calls, backfill.is_announced, backfill.tablerows.get().state) == (1, False, "done")
    page = client.post(later, {**days, "begin": "1"}).content.decode()
    assert "Таких звонков нет" in page
    assert Backfill.objects.count() == 1
    wrong = client.post(later, {"since": today, "until": "01.01.2020"}).content.decode()
    assert 'role="alert"' in wrong


def test_the_lists_ask_no_more_for_more_rows(
    client: Client, tenant_a: Tenant, django_assert_max_num_queries: Any
) -> None:
    make_checklist(tenant_a, name="0")
    with django_assert_max_num_queries(30) as few:
        client.get(CHECKLISTS)
    for number in range(1, 8):
        make_checklist(tenant_a, name=str(number))
    with django_assert_max_num_queries(len(few)):
        assert client.get(CHECKLISTS).status_code == 200
