"""Workers killed while they judge, and two that end at once: each call judged once, told once."""

from typing import Any

import pytest
from django.db import connection, transaction
from model_bakery import baker

from apps.callanalysis.models import Call, CallOutcome, Cell, Mark, Scorecard, TableRow
from apps.core.models import State
from apps.integrations.models import WebhookDelivery, WebhookEndpoint
from apps.tenants.models import Tenant
from tests.callanalysis.judges import Judge, Talked, make_checklist, make_table
from tests.callanalysis.test_calls_kill import Begin, begin, kill, waiting_for_the_call
from tests.live import wait_until
from tests.peers.anthropic import MESSAGES, AnthropicPeer
from tests.peers.server import Reply
from tests.work import drain

__all__ = ["begin"]

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def endpoint(tenant_a: Tenant) -> WebhookEndpoint:
    made: WebhookEndpoint = baker.make(
        WebhookEndpoint, tenant=tenant_a, key="crm", url="http://127.0.0.1:1/", is_active=False
    )
    return made


def ended_well(call: Call, *, marks: int, cells: int, told: int) -> None:
    drain()
    call.refresh_from_db()
    assert (call.outcome, call.reason) == (CallOutcome.ANALYSED, "")
    assert (Mark.objects.count(), Cell.objects.count()) == (marks, cells)
    assert WebhookDelivery.objects.count() == told


def test_killed_while_the_ai_thinks(
    talked: Talked,
    judge: Judge,
    anthropic: AnthropicPeer,
    tenant_a: Tenant,
    endpoint: WebhookEndpoint,
    begin: Begin,
) -> None:
    make_checklist(tenant_a, webhook=endpoint)
    call = talked()
    scorecard = Scorecard.objects.get()
    anthropic.script(MESSAGES, [Reply(hang=True)])
    process = begin(scorecard)
    anthropic.wait_for(1, timeout=60)
    kill(process, scorecard)
    assert not Mark.objects.exists()
    ended_well(call, marks=3, cells=0, told=1)


KINDS: Any = [Scorecard, TableRow]


@pytest.mark.parametrize("kind", KINDS)
def test_killed_between_the_answer_and_its_marks(
    kind: Any,
    talked: Talked,
    judge: Judge,
    tenant_a: Tenant,
    endpoint: WebhookEndpoint,
    begin: Begin,
) -> None:
    """Marks, totals, the call's end and the webhook are one transaction: all or none."""
    make = make_checklist if kind is Scorecard else make_table
    make(tenant_a, webhook=endpoint)
    call = talked()
    row = kind.objects.get()
    with transaction.atomic():
        Call.objects.select_for_update().get(pk=call.pk)
        process = begin(row)
        wait_until(waiting_for_the_call, seconds=60, what="the worker at the call")
        process.kill()
        process.wait()
    assert (Mark.objects.count(), Cell.objects.count(), WebhookDelivery.objects.count()) == (0, 0, 0)
    kill(process, row)
    is_scorecard = kind is Scorecard
    ended_well(call, marks=3 * is_scorecard, cells=3 * (not is_scorecard), told=1)


def test_two_rows_that_end_at_once_end_the_call_once(
    talked: Talked, judge: Judge, tenant_a: Tenant, endpoint: WebhookEndpoint, begin: Begin
) -> None:
    make_checklist(tenant_a, webhook=endpoint)
    make_table(tenant_a, webhook=endpoint)
    call = talked()
    rows: list[Any] = [Scorecard.objects.get(), TableRow.objects.get()]
    with transaction.atomic():
        Call.objects.select_for_update().get(pk=call.pk)
        processes = [begin(row) for row in rows]
        wait_until(lambda: waiting_for_the_call() == 2, seconds=90, what="both at the call")
    assert [process.wait(timeout=60) for process in processes] == [0, 0]
    assert {type(row).objects.get().state for row in rows} == {State.DONE}
    ended_well(call, marks=3, cells=3, told=2)
    assert connection.is_usable()
