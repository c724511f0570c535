"""A person's word counts, the AI's stays beside it: totals, what others are told, how far they agree."""

from decimal import Decimal

import pytest
from django.test import Client

from apps.callanalysis.correcting import ReasonMissing, correct_cell, correct_mark
from apps.callanalysis.models import Call, Cell, Correction, Mark, MarkStatus
from apps.callanalysis.values import NotOfThisType
from apps.tenants.models import Member, Tenant
from tests.callanalysis.judges import (
    Judge,
    Talked,
    make_checklist,
    make_table,
    scorecard_of,
    verdict,
)
from tests.work import drain

pytestmark = pytest.mark.django_db


@pytest.fixture
def call(talked: Talked, judge: Judge, tenant_a: Tenant) -> Call:
    make_checklist(tenant_a)
    make_table(tenant_a)
    judge.will_say(verdict("greeting", "yes", "этого не говорили", 1))
    made = talked()
    drain()
    return made


def mark(name: str) -> Mark:
    return Mark.objects.get(stage_id=name)


def test_the_totals_go_by_the_persons_word_and_both_are_kept(call: Call, head: Member) -> None:
    assert scorecard_of(call).percentage == Decimal(75)
    correct_mark(mark=mark("upsell"), verdict=1, reason=" Предложил в конце ", member=head)
    now, kept = mark("upsell"), Correction.objects.get()
    assert (now.said, now.human, now.score, now.standing) == (-1, 1, 1, MarkStatus.COMPLETED)
    assert (kept.member, kept.by_ai, kept.by_human, kept.reason) == (head, -1, 1, "Предложил в конце")
    scorecard = scorecard_of(call)
    assert (scorecard.percentage, scorecard.failed_critical) == (Decimal(100), False)
    assert (scorecard.total_score, scorecard.max_score, scorecard.not_proven) == (2, 2, 1)
    correct_mark(mark=mark("greeting"), verdict=1, reason="Слышно в записи", member=head)
    assert (scorecard_of(call).max_score, scorecard_of(call).not_proven) == (3, 0)
    correct_mark(mark=mark("upsell"), verdict=None, reason="Клиент спешил", member=None)
    assert (scorecard_of(call).max_score, mark("upsell").standing) == (2, MarkStatus.CANNOT_JUDGE)
    assert Correction.objects.count() == 3


def test_who_differs_says_why_and_who_agrees_need_not(call: Call, head: Member) -> None:
    with pytest.raises(ReasonMissing):
        correct_mark(mark=mark("price"), verdict=-1, reason=" ", member=head)
    with pytest.raises(ReasonMissing):  # it did not count, whatever the AI said
        correct_mark(mark=mark("greeting"), verdict=1, reason="", member=head)
    with pytest.raises(ValueError, match="no verdict"):
        correct_mark(mark=mark("price"), verdict=2, reason="x", member=head)
    assert not Correction.objects.exists()
    correct_mark(mark=mark("price"), verdict=1, reason="", member=head)
    assert (Correction.objects.count(), scorecard_of(call).percentage) == (1, Decimal(75))


def test_agreement_is_counted_by_stage_over_what_people_have_judged(
    call: Call, talked: Talked, head: Member, tenant_a: Tenant
) -> None:
    drain()
    other = talked()
    drain()
    for one, score in ((call, 1), (other, -1)):
        correct_mark(
            mark=scorecard_of(one).marks.get(stage_id="price"), verdict=score, reason="y", member=head
        )
    correct_mark(mark=scorecard_of(call).marks.get(stage_id="upsell"), verdict=None, reason="y", member=head)
    found = {one["stage_id"]: one for one in Mark.objects.filter(tenant=tenant_a).agreement()}
    assert {name: (one["judged"], one["agreed"]) for name, one in found.items()} == {
        "price": (2, 1),
        "upsell": (1, 0),
    }


def test_a_cell_is_corrected_in_its_own_type_and_others_are_told_so(
    call: Call, head: Member, api: Client, tenant_a: Tenant
) -> None:
    price = Cell.objects.get(name="sum")
    with pytest.raises(NotOfThisType):
        correct_cell(cell=price, value="дорого", reason="y", member=head)
    with pytest.raises(ReasonMissing):
        correct_cell(cell=price, value="6000 руб", reason="", member=head)
    correct_cell(cell=price, value="6000 руб", reason="Ослышался", member=head)
    kept = Correction.objects.get()
    assert kept.by_ai == {"amount": "5000.00", "currency": "RUB"}
    assert kept.by_human == {"amount": "6000.00", "currency": "RUB"}
    correct_cell(cell=Cell.objects.get(name="agreed"), value="", reason="Не спрашивал", member=head)
    answer = api.get(f"/api/v1/calls/{call.external_id}").json()["tables"][0]
    assert answer["extracted_data"] == {
        "device": "Samsung",
        "sum": {"amount": "6000.00", "currency": "RUB"},
        "agreed": None,
    }
    assert [one["corrected"] for one in answer["cells"]] == [False, True, True]
