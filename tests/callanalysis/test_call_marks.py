"""A call's own page: what was judged, on which words, by whom corrected, and who was told."""

import html
from collections.abc import Callable

import pytest
from django.test import Client

from apps.callanalysis.models import Call, Cell, Correction, Mark
from apps.tenants.membership import add_member
from apps.tenants.models import Member, Role, Tenant
from tests.callanalysis.judges import Judge, Talked, make_checklist, make_table, scorecard_of
from tests.work import drain

pytestmark = pytest.mark.django_db

Show = Callable[..., str]


def address(call: Call) -> str:
    return f"/admin/callanalysis/call/{call.pk}/change/"


def correction(call: Call, what: str, pk: int) -> str:
    return f"/admin/callanalysis/call/{call.pk}/correct/{what}/{pk}/"


@pytest.fixture
def call(talked: Talked, judge: Judge, tenant_a: Tenant) -> Call:
    make_checklist(tenant_a)
    make_table(tenant_a)
    made = talked()
    drain()
    return made


@pytest.fixture
def show(signed_in: Callable[[Member], Client]) -> Show:
    def page(call: Call, who: Member) -> str:
        return html.unescape(signed_in(who).get(address(call)).content.decode())

    return page


def test_marks_and_cells_stand_with_the_words_they_rest_on(call: Call, show: Show, head: Member) -> None:
    shown = show(call, head)
    for text in (
        *("Приветствие", "выполнено", "критичный", "не выполнено", "стоить пять тысяч рублей", "0:12"),
        *("Устройство", "Samsung", "5\xa0000\xa0₽", "Да, договорились"),
        # Whose words they are, in front of the quote.
        '<span class="bc-note">Менеджер:</span> «',
    ):
        assert text in shown, text


def test_a_leader_corrects_a_mark_and_sees_both(
    call: Call, show: Show, head: Member, signed_in: Callable[[Member], Client]
) -> None:
    mark = Mark.objects.get(stage_id="upsell")
    said = {"value": "1", "reason": "Предложил в конце"}
    answer = signed_in(head).post(correction(call, "mark", mark.pk), said)
    assert answer["Location"] == f"{address(call)}#mark{mark.pk}"
    assert scorecard_of(call).percentage == 100
    shown = show(call, head)
    assert "Предложил в конце" in shown
    assert "ИИ сказал: не выполнено." in shown


def test_who_gives_no_reason_is_told_so_and_nothing_changes(
    call: Call, head: Member, signed_in: Callable[[Member], Client]
) -> None:
    mark = Mark.objects.get(stage_id="upsell")
    answer = signed_in(head).post(correction(call, "mark", mark.pk), {"value": "1"}, follow=True)
    assert "Напишите почему" in answer.content.decode()
    assert not Correction.objects.exists()


def test_a_cell_takes_only_what_its_column_holds(
    call: Call, head: Member, signed_in: Callable[[Member], Client]
) -> None:
    cell = Cell.objects.get(name="sum")
    wrong = {"value": "дорого", "reason": "Уточнил"}
    told = signed_in(head).post(correction(call, "cell", cell.pk), wrong, follow=True)
    assert "дорого" in told.content.decode()
    assert not Correction.objects.exists()

    signed_in(head).post(correction(call, "cell", cell.pk), {"value": "4500 руб", "reason": "Уточнил"})
    cell.refresh_from_db()
    assert cell.standing == {"amount": "4500.00", "currency": "RUB"}


def test_operators_see_their_own_calls_marks_and_correct_none(
    call: Call, show: Show, signed_in: Callable[[Member], Client], tenant_a: Tenant
) -> None:
    operator = add_member(tenant=tenant_a, username="anna", password="", role=Role.OPERATOR, name="Анна")
    call.sales_manager.member = operator
    call.sales_manager.save()
    assert "Приветствие" in show(call, operator)
    assert "ca-correct" not in show(call, operator)
    mark = Mark.objects.get(stage_id="upsell")
    answer = signed_in(operator).post(correction(call, "mark", mark.pk), {"value": "1", "reason": "я"})
    assert answer.status_code == 403
    assert not Correction.objects.exists()


def test_no_leader_judges_their_own_call(
    call: Call, show: Show, signed_in: Callable[[Member], Client], head: Member
) -> None:
    call.sales_manager.member = head
    call.sales_manager.save()
    assert "ca-correct" not in show(call, head)
    mark = Mark.objects.get(stage_id="upsell")
    answer = signed_in(head).post(correction(call, "mark", mark.pk), {"value": "1", "reason": "я"})
    assert answer.status_code == 403
    assert not Correction.objects.exists()


@pytest.mark.parametrize("said", [{"value": "yes"}, {}])
def test_what_is_no_verdict_is_refused_and_not_taken_for_one(
    call: Call, signed_in: Callable[[Member], Client], head: Member, said: dict[str, str]
) -> None:
    mark = Mark.objects.get(stage_id="upsell")
    answer = signed_in(head).post(correction(call, "mark", mark.pk), {**said, "reason": "x"})
    assert answer.status_code == 400
    assert not Correction.objects.exists()


def test_marks_of_another_call_are_not_corrected_here(
    call: Call, talked: Talked, head: Member, signed_in: Callable[[Member], Client]
) -> None:
    mark, other = Mark.objects.get(stage_id="upsell"), talked()
    answer = signed_in(head).post(correction(other, "mark", mark.pk), {"value": "1", "reason": "x"})
    assert answer.status_code == 404
    assert not Correction.objects.exists()


def test_the_page_takes_as_many_queries_for_ten_corrections_as_for_none(
    call: Call,
    head: Member,
    signed_in: Callable[[Member], Client],
    django_assert_max_num_queries: Callable[..., object],
) -> None:
    client = signed_in(head)
    mark = Mark.objects.get(stage_id="upsell")
    for turn in range(10):
        client.post(correction(call, "mark", mark.pk), {"value": "1", "reason": f"раз {turn}"})
    client.get(address(call))
    with django_assert_max_num_queries(28):  # type: ignore[attr-defined]
        client.get(address(call))
