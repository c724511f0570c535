"""Appeals that operators answered are judged once they are ended, as calls are, each once."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from model_bakery import baker

from apps.appeals.models import Appeal
from apps.callanalysis import chats
from apps.callanalysis.models import (
    MarkStatus,
    Office,
    SalesManager,
    Scorecard,
    TableRow,
)
from apps.core.models import State
from apps.core.work import find
from apps.integrations.models import WebhookDelivery, WebhookEndpoint
from apps.tenants.models import Member, Tenant
from tests.callanalysis.judges import Judge, cell, make_checklist, make_table, verdict
from tests.callanalysis.talks_in_chats import ended, for_chats
from tests.work import drain

__all__ = ["ended"]

pytestmark = pytest.mark.django_db


def test_an_ended_appeal_is_judged_with_the_messages_its_marks_rest_on(
    ended: Any, judge: Judge, tenant_a: Tenant, anna: Member
) -> None:
    endpoint = baker.make(WebhookEndpoint, tenant=tenant_a, key="crm", url="http://127.0.0.1:1/")
    for_chats(tenant_a, webhook=endpoint, for_calls=False)
    SalesManager.objects.create(tenant=tenant_a, external_id="mgr_007", member=anna)
    appeal = ended()
    judge.will_say(
        verdict("greeting", "yes", "меня зовут анна", 3), verdict("price", "yes", "это стёрли насовсем", 4)
    )
    assert chats.begin_ended() == 1
    drain()
    scorecard = Scorecard.objects.get()
    assert (scorecard.state, scorecard.appeal, scorecard.call) == (State.DONE, appeal, None)
    greeting, price = list[Any](scorecard.marks.all())
    assert (greeting.status, greeting.quote, greeting.second) == (
        MarkStatus.COMPLETED,
        "меня зовут Анна",
        60.0,
    )
    assert greeting.message.text.startswith("Добрый день")
    assert price.status == MarkStatus.NOT_PROVEN
    assert [(one["who"], one["at"], one["text"]) for one in judge.asked[0]["lines"]] == [
        ("client", "0:00", "Здравствуйте, сломался телефон"),
        ("assistant", "0:05", "Спасибо, оператор скоро ответит"),
        ("manager", "1:00", "Добрый день, меня зовут Анна, это «Ремонт»."),
        ("manager", "1:30", "Возьмите чехол в подарок"),
    ]
    delivery = WebhookDelivery.objects.get()
    body = json.loads(delivery.body)
    assert (delivery.kind, delivery.subject) == ("chat.checklist.completed", str(appeal.pk))
    assert (body["appeal_id"], body["manager_id"]) == (str(appeal.pk), "mgr_007")
    assert "call_id" not in body


def test_a_table_is_filled_from_an_appeal_too(ended: Any, judge: Judge, tenant_a: Tenant) -> None:
    table = make_table(tenant_a, for_chats=True)
    table.versions.update(published_at=timezone.now() - timedelta(days=1))
    judge.will_find(cell("device", "телефон", "сломался телефон", 1))
    ended()
    chats.begin_ended()
    drain()
    row = TableRow.objects.get()
    assert (row.state, row.cells.get(name="device").value) == (State.DONE, "телефон")


@pytest.mark.parametrize(
    "fields",
    [
        {"ago": timedelta(minutes=1)},  # it may have been ended by mistake
        {"ago": timedelta(days=2)},  # before there was anything to ask
        {"is_answered": False},
        {"status": "in_progress", "closed_at": None},
    ],
)
def test_what_is_not_to_be_judged_is_not(fields: dict[str, Any], ended: Any, tenant_a: Tenant) -> None:
    for_chats(tenant_a)
    ended(**fields)
    assert chats.begin_ended() == 0


def test_only_what_is_for_chats_takes_them_and_offices_are_the_operators(
    ended: Any, tenant_a: Tenant, tenant_b: Tenant, anna: Member
) -> None:
    north = Office.objects.create(tenant=tenant_a, external_id="n", title="Север")
    make_checklist(tenant_a, name="звонки")
    for_chats(tenant_a, name="выключен", is_active=False)
    for_chats(tenant_a, name="стадия", deal_stages=["won"])
    for_chats(tenant_a, name="офис").offices.add(north)
    for_chats(tenant_b, name="чужой")
    ended()
    assert chats.begin_ended() == 0
    north.managers.add(SalesManager.objects.create(tenant=tenant_a, external_id="m", member=anna))
    assert chats.begin_ended() == 1
    assert Scorecard.objects.get().checklist.name == "офис"


def test_each_appeal_is_judged_once_and_one_look_costs_the_same_for_many(
    ended: Any, judge: Judge, tenant_a: Tenant, django_assert_max_num_queries: Any
) -> None:
    for_chats(tenant_a)
    first = ended()
    with django_assert_max_num_queries(8) as few:
        assert chats.begin_ended() == 1
    drain()
    Appeal.objects.filter(pk=first.pk).update(closed_at=timezone.now() - timedelta(minutes=6))
    assert chats.begin_ended() == 0
    for _ in range(5):
        ended()
    with django_assert_max_num_queries(len(few)):
        assert chats.begin_ended() == 5


def test_trouble_leads_to_the_conversation(ended: Any, tenant_a: Tenant) -> None:
    for_chats(tenant_a)
    appeal = ended()
    chats.begin_ended()
    scorecard = Scorecard.objects.get()
    pages: Any = find("callanalysis.Scorecard").pages
    address = reverse("desk_conversation", args=[appeal.conversation_id])
    assert pages([scorecard]) == {scorecard.pk: address}
