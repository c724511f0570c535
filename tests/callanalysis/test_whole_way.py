"""The whole way of calls: a recording, its words, its marks and cells, and the CRM told of each once."""

import json
from collections import Counter

import pytest

from apps.callanalysis.models import Call, CallOutcome, Scorecard, TableRow
from apps.core.models import State
from apps.integrations.models import WebhookDelivery, WebhookEndpoint
from apps.integrations.webhooks.endpoints import give_first_secret
from apps.tenants.models import Tenant
from tests.callanalysis.conftest import Receive
from tests.callanalysis.judges import GREETING, SUM, Judge, cell, make_checklist, make_table, verdict
from tests.callanalysis.tones import talk
from tests.peers.server import Peer, Reply
from tests.work import drain

pytestmark = pytest.mark.django_db

HOOK = "POST /hook"


@pytest.mark.usefixtures("listening")
def test_a_recording_becomes_marks_and_cells_and_the_crm_hears_of_each_once(
    receive: Receive, judge: Judge, tenant_a: Tenant
) -> None:
    judge.will_say(verdict("greeting", "yes", "800 герц", 2))
    judge.will_find(cell("sum", "400.00 RUB", "400 герц?", 3))
    with Peer() as hook:
        hook.route(HOOK, lambda request: Reply(status=200))
        endpoint = WebhookEndpoint(tenant=tenant_a, key="crm", name="CRM", url=f"{hook.url}/hook")
        give_first_secret(endpoint)
        endpoint.save()
        make_checklist(tenant_a, GREETING, webhook=endpoint)
        make_table(tenant_a, SUM, webhook=endpoint)
        calls = [receive(talk()) for _ in range(3)]
        drain()
        told = [(request.headers["webhook-id"], request.json) for request in hook.to(HOOK)]
    assert {one.outcome for one in Call.objects.all()} == {CallOutcome.ANALYSED}
    for rows in (Scorecard.objects.all(), TableRow.objects.all()):
        assert Counter(row.state for row in rows) == {State.DONE: 3}
    assert Counter((body["type"], body["call_id"]) for _, body in told) == {
        (kind, call.external_id): 1
        for kind in ("call.checklist.completed", "call.table.completed")
        for call in calls
    }
    assert {name for name, _ in told} == set(WebhookDelivery.objects.values_list("message_id", flat=True))
    assert all(body["id"] == name for name, body in told)
    [stage] = next(body["stages"] for _, body in told if "stages" in body)
    assert (stage["quote"], stage["quote_second"], stage["quote_speaker"]) == (
        "800 герц",
        pytest.approx(2, abs=0.2),
        "client",
    )
    assert "sk-ant" not in json.dumps([body for _, body in told])
