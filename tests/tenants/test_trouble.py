"""The page of failed and unknown work."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from model_bakery import baker

from apps.appeals.models import Conversation, Message
from apps.channels.models import Delivery, InboundEvent
from apps.core.errors import OutcomeUnknown, Rejected
from apps.core.models import State

ADDRESS = "/admin/tenants/tenant/trouble/"


def failed(tenant, **fields):
    fields = {"state": State.FAILED, "error_code": "rejected", "error_text": str(Rejected.public)} | fields
    return baker.make(Delivery, tenant=tenant, external_chat_id="chat", **fields)


def group(state="failed", code="rejected", work="channels.Delivery"):
    return f"{ADDRESS}?work={work}&state={state}&code={code}"


@pytest.fixture
def client(boss, signed_in):
    return signed_in(boss)


def test_when_all_is_well_the_page_says_so(client):
    page = client.get(reverse("admin:tenants_trouble"))
    assert page.status_code == 200
    assert "check_circle" in page.text
    assert page.context["lines"] == []


def test_what_failed_is_grouped_by_kind_state_and_reason(client, tenant_a, tenant_b):
    failed(tenant_a), failed(tenant_a)
    failed(tenant_a, state=State.UNKNOWN, error_code="outcome_unknown", error_text=str(OutcomeUnknown.public))
    failed(tenant_b)
    failed(tenant_a, state=State.DONE)
    lines = client.get(ADDRESS).context["lines"]
    assert [(line.group.state, line.group.error_code, line.group.count) for line in lines] == [
        ("failed", "rejected", 2),
        ("unknown", "outcome_unknown", 1),
    ]


def test_a_group_opens_to_its_own_rows_alone(client, tenant_a, tenant_b):
    own, other_reason, foreign = failed(tenant_a), failed(tenant_a, error_code="blocked"), failed(tenant_b)
    shown = [line.row.pk for line in client.get(group()).context["lines"]]
    assert shown == [own.pk]
    assert other_reason.pk not in shown
    assert foreign.pk not in shown


def test_many_rows_are_paged(client, tenant_a):
    channel = failed(tenant_a).channel
    for _number in range(55):
        failed(tenant_a, channel=channel)
    assert len(client.get(group()).context["lines"]) == 50
    assert len(client.get(group() + "&page=2").context["lines"]) == 6


def test_replay_asks_first_and_then_queues_the_chosen_rows(client, tenant_a):
    chosen, left = failed(tenant_a), failed(tenant_a)
    question = client.post(group(), {"row": chosen.pk})
    chosen.refresh_from_db()
    assert chosen.state == State.FAILED
    hidden = dict(question.context["hidden"])
    client.post(group(), hidden)
    chosen.refresh_from_db()
    left.refresh_from_db()
    assert (chosen.state, left.state) == (State.QUEUED, State.FAILED)


def test_the_question_about_unknown_work_warns_of_a_second_message(client, tenant_a):
    row = failed(tenant_a, state=State.UNKNOWN)
    warned = client.post(group(state="unknown"), {"row": row.pk}).context["text"]
    plain = client.post(group(), {"all": "1"}).context["text"]
    assert warned != plain


def test_a_whole_group_is_replayed_and_no_other(client, tenant_a, tenant_b):
    rows = [failed(tenant_a), failed(tenant_a)]
    others = [failed(tenant_a, error_code="blocked"), failed(tenant_b)]
    client.post(group(), {"all": "1", "confirmed": "1"})
    for row in rows + others:
        row.refresh_from_db()
    assert [row.state for row in rows] == [State.QUEUED] * 2
    assert [row.state for row in others] == [State.FAILED] * 2


def test_another_tenants_row_is_not_replayed_by_its_number(client, tenant_a, tenant_b):
    failed(tenant_a)
    foreign = failed(tenant_b)
    client.post(group(), {"row": foreign.pk, "confirmed": "1"})
    foreign.refresh_from_db()
    assert foreign.state == State.FAILED


def test_nothing_chosen_replays_nothing(client, tenant_a):
    row = failed(tenant_a)
    client.post(group(), {"selected": "1", "confirmed": "1"})
    row.refresh_from_db()
    assert row.state == State.FAILED


def test_rows_of_no_tenant_are_the_superusers(client, root, signed_in):
    baker.make(
        InboundEvent, tenant=None, connector="vk", state=State.FAILED, error_code="internal", body=b"{}"
    )
    assert client.get(ADDRESS).context["lines"] == []
    assert len(signed_in(root).get(ADDRESS).context["lines"]) == 1


def test_only_administrators_open_it(anna, head, signed_in):
    for member in (anna, head):
        assert signed_in(member).get(ADDRESS).status_code == 403
        assert signed_in(member).post(group(), {"all": "1", "confirmed": "1"}).status_code == 403


@pytest.mark.parametrize("query", ["work=no.Such&state=failed", "work=channels.Delivery&state=done"])
def test_a_made_up_group_is_404(client, query):
    assert client.get(f"{ADDRESS}?{query}").status_code == 404


def test_a_row_leads_to_its_conversation_with_one_query_for_all(client, tenant_a, django_assert_num_queries):
    channel = failed(tenant_a).channel
    conversation = baker.make(Conversation, tenant=tenant_a, channel=channel)
    rows = [failed(tenant_a, channel=channel, text=f"Ответ {number}") for number in range(3)]
    for row in rows:
        baker.make(Message, tenant=tenant_a, conversation=conversation, delivery=row)
    with CaptureQueriesContext(connection) as few:
        page = client.get(group())
    assert page.text.count(f'href="/admin/desk/{conversation.pk}/"') == 3
    assert "Ответ 2" in page.text
    for _number in range(5):
        baker.make(
            Message, tenant=tenant_a, conversation=conversation, delivery=failed(tenant_a, channel=channel)
        )
    with django_assert_num_queries(len(few)):
        client.get(group())
