"""A table's row filled from a call: typed values with the words they come from, or empty with its reason."""

from typing import Any

import pytest
from django.utils import timezone

from apps.callanalysis.filling import fill_row
from apps.callanalysis.models import Call, CallOutcome, Cell, CellStatus
from apps.callanalysis.publishing import column, put_in_force
from apps.core.models import State
from apps.tenants.models import Tenant
from tests.callanalysis.judges import (
    AGREED,
    DEVICE,
    SUM,
    Judge,
    Talked,
    cell,
    make_table,
    row_of,
)
from tests.work import drain

pytestmark = pytest.mark.django_db

MONEY = {"amount": "5000.00", "currency": "RUB"}


def after(call: Call) -> Call:
    drain()
    call.refresh_from_db()
    return call


def cells(call: Call) -> dict[str, Cell]:
    return {one.name: one for one in row_of(call).cells.all()}


def test_each_column_gets_its_value_with_the_words_it_comes_from(
    talked: Talked, judge: Judge, tenant_a: Tenant
) -> None:
    make_table(tenant_a)
    call = after(talked())
    found = cells(call)
    assert [(one.status, one.value) for one in found.values()] == [
        (CellStatus.FOUND, "Samsung"),
        (CellStatus.FOUND, MONEY),
        (CellStatus.FOUND, True),
    ]
    price = found["sum"]
    assert (price.quote, price.second, price.speaker) == ("пять тысяч рублей", 12.5, "manager")
    assert call.outcome == CallOutcome.ANALYSED
    [asked] = judge.asked
    assert [one["question"] for one in asked["columns"]] == [
        "Устройство",
        "Какую цену назвал менеджер?",
        "Согласен",
    ]
    assert "ISO 4217" in asked["columns"][1]["answer"]


@pytest.mark.parametrize(
    ("said", "status", "value"),
    [
        (cell("sum", "около 5000", "пять тысяч рублей", 3), CellStatus.UNREADABLE, None),
        (cell("sum", "7000.00 RUB", "семь тысяч рублей", 3), CellStatus.NOT_PROVEN, None),
        (cell("sum", "5000.00 RUB"), CellStatus.NOT_PROVEN, None),
        (cell("sum", ""), CellStatus.ABSENT, None),
        (cell("agreed", "no"), CellStatus.FOUND, False),
        (cell("agreed", "no", "не приеду никогда", 6), CellStatus.NOT_PROVEN, None),
        (cell("agreed", "yes"), CellStatus.NOT_PROVEN, None),
        (cell("agreed", True, "Да, договорились", 6), CellStatus.FOUND, True),
        (cell("device", 14, "телефон Самсунг", 2), CellStatus.FOUND, "14"),
    ],
)
def test_a_cell_that_does_not_hold_is_empty_and_says_why(
    said: dict[str, Any], status: str, value: Any, talked: Talked, judge: Judge, tenant_a: Tenant
) -> None:
    make_table(tenant_a)
    judge.will_find(said)
    found = cells(after(talked()))[said["name"]]
    assert (found.status, found.value) == (status, value)
    assert bool(found.reason) is (status in (CellStatus.UNREADABLE, CellStatus.NOT_PROVEN))
    assert found.said == {True: "true", 14: "14"}.get(said["value"], said["value"])


def test_a_column_that_the_ai_forgot_is_empty(talked: Talked, judge: Judge, tenant_a: Tenant) -> None:
    make_table(tenant_a)
    judge.cells = {}
    found = cells(after(talked()))
    assert {one.status for one in found.values()} == {CellStatus.ABSENT}


def test_a_new_column_alone_is_asked_and_what_people_said_of_others_stays(
    talked: Talked, judge: Judge, tenant_a: Tenant
) -> None:
    table = make_table(tenant_a, DEVICE, SUM)
    call = after(talked())
    Cell.objects.filter(name="sum").update(human=MONEY, corrected_at=timezone.now())
    renamed = {**SUM, "title": "Сумма"}
    row = row_of(call)
    row.version = put_in_force(owner=table, items=[AGREED, renamed], user=None)
    row.state, row.attempts = State.RUNNING, 7
    row.save()
    effect = fill_row(row)
    effect()
    assert judge.ids == [["device", "sum"], ["agreed"]]
    found = cells(call)
    assert [(one.name, one.position, one.column["title"]) for one in found.values()] == [
        ("agreed", 0, "Согласен"),
        ("sum", 1, "Сумма"),
    ]
    assert found["sum"].standing == MONEY
    assert found["sum"].corrected_at is not None


def test_another_question_of_the_same_key_is_asked_anew_and_voids_what_a_person_said(
    talked: Talked, judge: Judge, tenant_a: Tenant
) -> None:
    table = make_table(tenant_a, SUM)
    call = after(talked())
    Cell.objects.update(human=MONEY, corrected_at=timezone.now())
    row = row_of(call)
    other = column(name="sum", title="Цена", type="number", question="Сколько тысяч?")
    row.version = put_in_force(owner=table, items=[other], user=None)
    judge.will_find(cell("sum", "5", "пять тысяч", 3))
    fill_row(row)()
    found = cells(call)["sum"]
    assert (found.standing, found.corrected_at) == (5, None)
