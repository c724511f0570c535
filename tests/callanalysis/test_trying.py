"""A draft tried on past calls shows who would move, and changes nothing; its price is told first."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from model_bakery import baker

from apps.callanalysis import backfilling, trying
from apps.callanalysis.backfilling import NothingInForce, price_of
from apps.callanalysis.models import Backfill, Call, Mark, Scorecard, TableRow, TrialScore
from apps.callanalysis.publishing import column, put_in_force, save_draft, stage
from apps.core.models import State
from apps.integrations.models import WebhookDelivery, WebhookEndpoint
from apps.tenants.models import Tenant
from tests.callanalysis.judges import (
    DEVICE,
    GREETING,
    PRICE,
    UPSELL,
    Judge,
    Talked,
    cell,
    make_checklist,
    make_table,
    scorecard_of,
    verdict,
)
from tests.work import drain

pytestmark = pytest.mark.django_db

GLASS = stage(id="upsell", name="Допродажа", criterion="Предложил стекло", critical=True)


def test_who_would_move_and_by_how_much(talked: Talked, judge: Judge, tenant_a: Tenant) -> None:
    checklist = make_checklist(tenant_a)
    for manager in ("a", "a", "b"):
        talked(manager=manager)
        drain()
    draft = save_draft(owner=checklist, items=[GREETING, PRICE, GLASS], user=None)
    judge.will_say(verdict("upsell", "yes", "приезжайте завтра", 3))
    scored = trying.plan(version=draft, count=2).scorecards
    assert [one.call and one.call.sales_manager.external_id for one in scored] == ["b", "a"]
    plan = trying.plan(version=draft, count=50)
    trial = trying.begin(version=draft, plan=plan, user=None)
    assert plan.asked == 3
    assert plan.usd is not None
    assert 0 < plan.usd < Decimal("0.01")
    assert trying.progress(trial) == {"calls": 3, "done": 0, "failed": 0, "unjudged": 0}
    drain()
    assert trying.progress(trial) == {"calls": 3, "done": 3, "failed": 0, "unjudged": 0}
    moves = {one.manager.external_id: one for one in trying.moves(trial)}
    assert {name: (one.calls, one.before, one.after, one.difference) for name, one in moves.items()} == {
        "a": (2, Decimal("80.0"), Decimal("100.0"), Decimal("20.0")),
        "b": (1, Decimal("80.0"), Decimal("100.0"), Decimal("20.0")),
    }
    # Only what the draft changes was asked, and what is in force stands as it stood.
    assert judge.ids[3:] == [["upsell"]] * 3
    assert {one.percentage for one in Scorecard.objects.all()} == {Decimal(80)}
    assert set(Mark.objects.filter(stage_id="upsell").values_list("said", flat=True)) == {-1}


def test_a_trial_of_other_weights_asks_nobody(talked: Talked, judge: Judge, tenant_a: Tenant) -> None:
    checklist = make_checklist(tenant_a)
    talked()
    drain()
    draft = save_draft(owner=checklist, items=[GREETING, {**UPSELL, "weight": 9}], user=None)
    plan = trying.plan(version=draft, count=50)
    trial = trying.begin(version=draft, plan=plan, user=None)
    assert (plan.asked, plan.usd) == (0, Decimal(0))
    drain()
    assert (TrialScore.objects.get().after, len(judge.asked)) == (Decimal(10), 1)
    assert [one.after for one in trying.moves(trial)] == [Decimal(10)]


def days(owner: Any) -> backfilling.Plan:
    today = timezone.now().date()
    return backfilling.plan(owner=owner, since=today - timedelta(days=7), until=today + timedelta(days=1))


def test_a_new_column_is_filled_for_past_calls_and_costs_what_was_told_or_less(
    talked: Talked, judge: Judge, tenant_a: Tenant, django_assert_max_num_queries: Any
) -> None:
    endpoint = baker.make(WebhookEndpoint, tenant=tenant_a, key="crm", url="http://127.0.0.1:1/")
    table = make_table(tenant_a, DEVICE, webhook=endpoint)
    for _ in range(3):
        talked()
    drain()
    old = talked()
    drain()
    Call.objects.filter(pk=old.pk).update(received_at=timezone.now() - timedelta(days=30))
    assert days(table).calls == ()
    when = column(name="when", title="Когда", type="date")
    put_in_force(owner=table, items=[DEVICE, when], user=None)
    chosen = days(table)
    assert len(chosen.calls) == 3
    assert chosen.usd is not None
    assert 0 < chosen.usd < Decimal("0.01")
    judge.will_find(cell("when", "2026-11-30", "приезжайте завтра", 3))
    told, asked = WebhookDelivery.objects.count(), len(judge.asked)
    with django_assert_max_num_queries(14):
        backfill = backfilling.begin(owner=table, chosen=chosen, is_announced=False, user=None)
    assert backfilling.progress(backfill) == {"calls": 3, "done": 0, "failed": 0}
    drain()
    assert backfilling.progress(backfill) == {"calls": 3, "done": 3, "failed": 0}
    assert judge.ids[asked:] == [["when"]] * 3
    filled = TableRow.objects.filter(cells__name="when", cells__value="2026-11-30")
    assert set(filled.values_list("call", flat=True)) == set(chosen.calls)
    assert WebhookDelivery.objects.count() == told
    assert days(table).calls == ()


def test_a_new_checklist_judges_the_past_calls_it_would_have_taken_and_tells_where_that_is_wanted(
    talked: Talked, judge: Judge, tenant_a: Tenant
) -> None:
    right, _other = talked(deal_stage_id="won"), talked(deal_stage_id="lost")
    endpoint = baker.make(WebhookEndpoint, tenant=tenant_a, key="crm", url="http://127.0.0.1:1/")
    checklist = make_checklist(tenant_a, webhook=endpoint, deal_stages=["won"])
    chosen = days(checklist)
    assert chosen.calls == (right.pk,)
    backfilling.begin(owner=checklist, chosen=chosen, is_announced=True, user=None)
    # Twice pressed is once paid.
    backfilling.begin(owner=checklist, chosen=chosen, is_announced=True, user=None)
    drain()
    assert (scorecard_of(right).state, len(judge.asked)) == (State.DONE, 1)
    assert WebhookDelivery.objects.get().kind == "call.checklist.completed"
    assert [one.calls for one in Backfill.objects.order_by("pk")] == [1, 0]


def test_what_is_not_published_is_not_applied_to_the_past(tenant_a: Tenant) -> None:
    checklist = make_checklist(tenant_a)
    checklist.versions.all().delete()
    with pytest.raises(NothingInForce):
        days(checklist)


def test_without_an_ai_or_a_price_the_cost_is_not_known(talked: Talked, tenant_a: Tenant) -> None:
    call = talked()
    assert price_of(tenant_a, calls=[call.pk], count=3) is None
