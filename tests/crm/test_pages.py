"""Operators see an appeal's order and send it; administrators map fields and statuses and try one."""

import re
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from apps.appeals.deciding import set_status
from apps.appeals.models import Appeal, AppealStatus
from apps.core.alarms import raised
from apps.core.models import State
from apps.crm.models import FieldMapping, OrderRules, OrderSync, StatusMapping
from apps.integrations.models import Connection
from apps.tenants.models import Member, Phones, Tenant
from tests.crm.conftest import Agree
from tests.crm.steps import go, later, settle
from tests.peers import livesklad
from tests.peers.livesklad import LiveSkladPeer
from tests.peers.server import Reply

pytestmark = pytest.mark.django_db(transaction=True)


def page_of(client: Client, appeal: Appeal) -> str:
    answer = client.get(f"/admin/desk/{appeal.conversation_id}/")
    assert answer.status_code == 200
    return answer.content.decode()


def press(client: Client, appeal: Appeal, crm: Connection) -> Any:
    return client.post(f"/admin/desk/{appeal.conversation_id}/appeals/{appeal.pk}/order/{crm.pk}/")


# At the desk


def test_without_a_crm_the_panel_says_nothing_of_orders(appeal_of: Agree, desk: Client) -> None:
    assert "Отправить заказ" not in page_of(desk, appeal_of())


def test_the_operator_sees_what_would_be_sent_before_the_first_write_and_sends_it(
    appeal_of: Agree, ls: Connection, plain: LiveSkladPeer, desk: Client
) -> None:
    appeal = appeal_of()
    shown = page_of(desk, appeal)
    assert "&quot;imei&quot;: &quot;123456789012345&quot;" in shown
    assert 'class="is-ok"' in shown
    assert plain.requests == []
    assert press(desk, appeal, ls).status_code == 200
    assert "Отправляется в CRM" in page_of(desk, appeal)
    go()
    assert len(plain.orders) == 1
    shown = page_of(desk, appeal)
    assert "LS-12345" in shown
    assert "Отправить заказ" not in shown
    assert OrderSync.objects.get().asked_by is not None


def test_what_is_missing_and_what_has_no_place_stand_out(
    appeal_of: Agree, ls: Connection, plain: LiveSkladPeer, desk: Client
) -> None:
    appeal = appeal_of(model="", appeal_type="repair")
    Appeal.objects.update(prefilled_data={"city": "Тверь"})
    shown = page_of(desk, appeal)
    for mark in ("is-missing", "is-unmapped", "is-empty", "is-ok"):
        assert f'class="{mark}"' in shown
    assert "Тверь" in shown
    answer = press(desk, appeal, ls)
    assert answer.status_code == 422
    assert "Модель" in answer.json()["error"]
    assert not OrderSync.objects.exists()


def test_whoever_may_not_see_phones_sees_none_in_the_order(
    appeal_of: Agree, ls: Connection, plain: LiveSkladPeer, desk: Client, anna: Member
) -> None:
    Tenant.objects.filter(pk=anna.tenant_id).update(operators_phones=Phones.ON_CLICK)
    shown = page_of(desk, appeal_of())
    assert "9001234567" not in shown
    assert "123-45-67" not in shown
    assert "Дословно" not in shown


def test_a_failed_order_tells_why_and_goes_again(
    agree: Agree, ls: Connection, plain: LiveSkladPeer, desk: Client
) -> None:
    plain.script(livesklad.CREATE, [Reply(status=422, json={"success": False})])
    appeal = agree()
    settle()
    shown = page_of(desk, appeal)
    assert "Отправить ещё раз" in shown
    assert "отказ" in shown.lower()
    assert press(desk, appeal, ls).status_code == 200
    assert go().state == State.DONE


@pytest.mark.parametrize("there", [True, False])
def test_a_person_says_whether_the_order_is_there(
    agree: Agree, ls: Connection, plain: LiveSkladPeer, desk: Client, there: bool
) -> None:
    plain.script("GET /v1/orders", [Reply(status=404, json={})])
    if there:
        plain.accept_and_hang()
    else:
        plain.script(livesklad.CREATE, [Reply(close=True)])
    appeal = agree()
    settle()
    later()
    from apps.crm.ordering import look_for_unknown

    look_for_unknown()
    sync = go()
    assert press(desk, appeal, ls).status_code == 422
    assert "Его там нет: создать заново" in page_of(desk, appeal)
    values = {"external_order_id": "LS-12345"} if there else {"anew": "1"}
    answer = desk.post(f"/admin/desk/{appeal.conversation_id}/orders/{sync.pk}/decide/", values)
    assert answer.status_code == 200
    sync = go()
    assert (sync.state, sync.external_order_id) == (State.DONE, "LS-12345")
    assert len(plain.orders) == 1


def test_an_order_that_goes_on_after_the_client_refused_is_told_of(
    agree: Agree, ls: Connection, plain: LiveSkladPeer, desk: Client
) -> None:
    appeal = agree()
    settle()
    said = "в CRM заказ продолжается"
    assert said not in page_of(desk, appeal)
    set_status(appeal=appeal, status=AppealStatus.REJECTED, reason="Дорого")
    assert said in page_of(desk, appeal)
    OrderSync.objects.update(status="cancelled")
    assert said not in page_of(desk, appeal)


def test_another_organisations_crm_takes_nothing_of_ours(
    appeal_of: Agree, ls: Connection, plain: LiveSkladPeer, desk: Client, tenant_b: Any
) -> None:
    from apps.integrations.connecting import connect
    from tests.crm.conftest import plain_values

    theirs = connect(tenant=tenant_b, connector="livesklad", values=plain_values(plain.url))
    assert press(desk, appeal_of(), theirs).status_code == 404


def test_the_page_of_a_conversation_costs_few_queries_more(
    agree: Agree, ls: Connection, plain: LiveSkladPeer, desk: Client, django_assert_max_num_queries: Any
) -> None:
    appeal = agree()
    settle()
    page_of(desk, appeal)
    from apps.appeals.models import Conversation
    from apps.crm.panel import panel
    from apps.tenants.scope import Scope

    member = Member.objects.get(name="Anna")
    scope = Scope(user=member.user, tenant=member.tenant, role=None, member=member)
    chat = Conversation.objects.get(pk=appeal.conversation_id)
    with django_assert_max_num_queries(5):
        list(panel(chat, appeal, scope))


# For administrators


def test_a_mapping_changes_the_order_and_the_preview(
    agree: Agree, ls: Connection, plain: LiveSkladPeer, boss: Member, signed_in: Any
) -> None:
    client = signed_in(boss)
    appeal = agree()
    Appeal.objects.update(prefilled_data={"shade": "Белый"})
    rules = OrderRules.objects.get()
    address = f"/admin/crm/orderrules/{rules.pk}/change/"
    assert "Белый" in client.get(address).content.decode()
    form = {
        "sends_itself": "on",
        "f-device.color-source": "prefilled.shade",
        "f-notes-source": "text",
        "f-notes-text": "Из чата",
        "f-client.email-source": "nothing",
        "s-0-remote": "Готов",
        "s-0-status": "ready",
        "s-0-message": "Приезжайте, {name}",
    }
    assert client.post(address, form).status_code == 302
    assert FieldMapping.objects.count() == 3
    assert StatusMapping.objects.get().message == "Приезжайте, {name}"
    shown = client.get(address, {"appeal": appeal.pk}).content.decode()
    assert "Из чата" in shown
    settle()
    (order,) = plain.orders.values()
    assert order["device"]["color"] == "Белый"
    assert order["notes"].startswith("Из чата\n")
    assert "email" not in order["client"]


def test_emptied_it_is_as_usual_again(
    ls: Connection, plain: LiveSkladPeer, boss: Member, signed_in: Any
) -> None:
    FieldMapping.objects.create(tenant=ls.tenant, connection=ls, field="notes", source="text", text="x")
    StatusMapping.objects.create(tenant=ls.tenant, connection=ls, remote="Готов", status="ready")
    rules = OrderRules.objects.get()
    answer = signed_in(boss).post(f"/admin/crm/orderrules/{rules.pk}/change/", {"s-0-remote": ""})
    assert answer.status_code == 302
    assert not FieldMapping.objects.exists()
    assert not StatusMapping.objects.exists()
    rules.refresh_from_db()
    assert not rules.sends_itself


def test_one_order_is_tried_on_one_appeal(
    agree: Agree, ls: Connection, plain: LiveSkladPeer, boss: Member, signed_in: Any
) -> None:
    appeal, _other = agree(), agree()
    OrderRules.objects.update(sends_itself=False)
    address = f"/admin/crm/orderrules/{OrderRules.objects.get().pk}/change/"
    answer = signed_in(boss).post(address, {"act": "try", "appeal": appeal.pk})
    assert answer.status_code == 302
    go()
    assert [one.appeal_id for one in OrderSync.objects.all()] == [appeal.pk]
    assert len(plain.orders) == 1


def test_the_list_filters_and_one_order_shows_its_attempts(
    agree: Agree, ls: Connection, plain: LiveSkladPeer, head: Member, signed_in: Any
) -> None:
    plain.script(livesklad.CREATE, [Reply(status=422, json={"success": False})])
    agree()
    agree()
    settle()
    client = signed_in(head)
    failed = client.get("/admin/crm/ordersync/", {"state__exact": "failed"}).content.decode()
    assert "LS-12345" not in failed
    done = OrderSync.objects.get(state=State.DONE)
    shown = client.get(f"/admin/crm/ordersync/{done.pk}/change/").content.decode()
    assert "LS-12345" in shown
    assert "создание заказа" in shown
    assert "успешно" in shown


def test_operators_are_not_let_into_the_settings(ls: Connection, desk: Client) -> None:
    rules = OrderRules.objects.get()
    assert desk.get(f"/admin/crm/orderrules/{rules.pk}/change/").status_code == 403
    assert desk.get("/admin/crm/ordersync/").status_code == 403


def test_the_card_shows_the_accounts_budget_as_a_gauge(
    agree: Agree, ls: Connection, plain: LiveSkladPeer, boss: Member, signed_in: Any
) -> None:
    agree()
    settle()
    shown = signed_in(boss).get("/admin/integrations/connection/").content.decode()
    assert "<meter" in shown
    assert re.search(r'<meter [^>]*value="0\.9\d+"', shown)
    assert "24 из 25 сразу" in shown


def test_parked_orders_raise_an_alarm_with_their_number(
    agree: Agree, ls: Connection, plain: LiveSkladPeer, boss: Member, signed_in: Any
) -> None:
    plain.script(livesklad.CREATE, [Reply(status=401, json={})])
    agree()
    settle()
    agree()
    settle()
    (alarm,) = raised(ls.tenant_id)
    assert alarm.connection_id == ls.pk
    assert str(alarm.text).startswith("2 заказа ждут: ")
    assert raised(
        Connection.objects.create(
            tenant=Member.objects.get(name="Boris").tenant, key="x", connector="webchat", name="x"
        ).tenant_id
    )
    shown = signed_in(boss).get("/admin/integrations/connection/").content.decode()
    assert "2 заказа ждут" in shown


@pytest.mark.parametrize("asked", ["", "?appeal=999", "?appeal=x"])
def test_a_crm_is_set_up_before_there_is_any_appeal(
    ls: Connection, boss: Member, signed_in: Any, asked: str
) -> None:
    address = f"/admin/crm/orderrules/{OrderRules.objects.get().pk}/change/"
    page = signed_in(boss).get(f"{address}{asked}").content.decode()
    assert ("Такого обращения нет" if asked else "Пока нет обращения") in page


# Earlier appeals


def earlier(agree: Agree, count: int = 1) -> list[Appeal]:
    appeals = [agree() for _ in range(count)]
    old = timezone.now() - timedelta(days=5)
    Appeal.objects.filter(pk__in=[one.pk for one in appeals]).update(updated_at=old, created_at=old)
    return appeals


def command(*arguments: str) -> str:
    out = StringIO()
    since = f"{timezone.now() - timedelta(days=9):%Y-%m-%d}"
    call_command("backfill_orders", "--since", since, *arguments, stdout=out)
    return out.getvalue()


def test_a_plan_counts_and_changes_nothing(agree: Agree, ls: Connection, plain: LiveSkladPeer) -> None:
    earlier(agree, 2)
    appeal = earlier(agree)[0]
    appeal.devices.update(model="")
    said = command("--plan")
    assert "2 orders would be sent, 1 can't go" in said
    assert not OrderSync.objects.exists()
    assert plain.requests == []


def test_earlier_orders_are_brought_once_however_often_it_is_started(
    agree: Agree, appeal_of: Agree, ls: Connection, plain: LiveSkladPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from apps.crm.management.commands import backfill_orders

    monkeypatch.setattr(backfill_orders, "AT_ONCE", 2)
    appeals = earlier(agree, 3)
    set_status(appeal=appeals[0], status=AppealStatus.CLOSED)
    refused = earlier(agree)[0]
    set_status(appeal=refused, status=AppealStatus.REJECTED, reason="Дорого")
    appeal_of()
    assert "3 orders queued" in command()
    assert "0 orders queued" in command()
    settle()
    assert len(plain.orders) == 3
    assert "0 orders queued" in command()


def test_it_says_which_crm_where_there_are_several(
    ls: Connection, ro: Connection, plain: LiveSkladPeer
) -> None:
    with pytest.raises(CommandError, match="Several CRMs"):
        command()
    assert "0 orders queued" in command("--connection", "ro")
    with pytest.raises(CommandError, match="No such CRM"):
        command("--connection", "nobody")
