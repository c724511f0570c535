"""Calls in a client's history: by the number that the CRM names, for those who may see them."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.appeals.merging.absorbing import merge
from apps.appeals.models import Access, Contact, Conversation, Identity
from apps.callanalysis import receiving
from apps.callanalysis.models import Call, CallOutcome, SalesManager
from apps.callanalysis.telling import calls
from apps.channels.models import Channel
from apps.integrations.connecting import connect
from apps.tenants.membership import add_member
from apps.tenants.models import Member, Phones, Role, Tenant

pytestmark = pytest.mark.django_db
PHONE = "+79001112233"


@pytest.fixture
def chat(tenant_a: Tenant) -> Channel:
    connection = connect(tenant=tenant_a, connector="webchat", key="site", name="Сайт", values={})
    return Channel.objects.get(connection=connection)


@pytest.fixture
def maria(tenant_a: Tenant) -> SalesManager:
    return SalesManager.objects.create(tenant=tenant_a, external_id="m1", name="Мария", surname="Иванова")


@pytest.fixture
def head(tenant_a: Tenant) -> Member:
    return add_member(tenant=tenant_a, username="head", role=Role.HEAD, name="Вера")


def client_of(chat: Channel, name: str, phone: str) -> Conversation:
    contact = Contact.objects.create(tenant=chat.tenant, name=name, phone=phone)
    identity = Identity.objects.create(
        tenant=chat.tenant, contact=contact, channel=chat, external_user_id=name
    )
    return Conversation.objects.create(
        tenant=chat.tenant, channel=chat, identity=identity, contact=contact, external_chat_id=name
    )


@pytest.fixture
def ivan(chat: Channel) -> Conversation:
    return client_of(chat, "Иван", "8 (900) 111-22-33")


def call_with(maria: SalesManager, number: int, phone: str = PHONE, **fields: Any) -> Call:
    given = {"client_phone": phone, "seconds": 245.0, "outcome": CallOutcome.ANALYSED, **fields}
    return Call.objects.create(
        tenant=maria.tenant, sales_manager=maria, external_id=f"c{number}", deal_id="d", **given
    )


def told(talk: Conversation, reader: Member | None = None) -> list[str]:
    return [entry.text for entry in calls(Contact.objects.get(pk=talk.contact_id), reader, None, 30)]


def seat(member: Member) -> Client:
    client = Client()
    client.force_login(member.user)
    return client


@pytest.fixture
def deaf(monkeypatch: pytest.MonkeyPatch) -> None:
    """No link is looked at."""
    monkeypatch.setattr(receiving, "glance", lambda link: None)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"client_phone": "8 (900) 111-22-33"}, PHONE),
        ({"client_phone": 79001112233}, PHONE),
        ({"client_phone": "anonymous"}, ""),
        ({"client_phone": ""}, ""),
        ({"client_phone": None}, ""),
        ({}, ""),
    ],
)
def test_the_crm_may_name_the_clients_number_and_no_call_is_lost_for_its_sake(
    api: Client, deaf: None, given: dict[str, Any], kept: str
) -> None:
    form = {"call_id": "1", "audio_url": "https://crm.test/1.mp3", "manager_id": "m", "deal_id": "d", **given}
    answer = api.post("/api/v1/calls", form, content_type="application/json")
    assert answer.status_code == 200, answer.content
    assert Call.objects.get().client_phone == kept


def test_the_clients_history_shows_calls_with_their_length_manager_and_outcome(
    ivan: Conversation, maria: SalesManager, head: Member
) -> None:
    call = call_with(maria, 1)
    call_with(maria, 2, "+79001112299")
    page = seat(head).get(f"/admin/desk/{ivan.pk}/client/").content.decode()
    assert "Звонок, 4:05 · Иванова Мария · проанализирован" in page
    assert f"/admin/callanalysis/call/{call.pk}/change/" in page
    assert page.count("/admin/callanalysis/call/") == 1


def test_it_is_older_than_what_is_shown_and_newest_first(ivan: Conversation, maria: SalesManager) -> None:
    now = timezone.now()
    for number in range(5):
        call_with(maria, number, seconds=60.0 * number, received_at=now - timedelta(hours=number))
    found = [entry.text for entry in calls(ivan.contact, None, now - timedelta(hours=1, minutes=30), 2)]
    assert [one.split(" · ")[0] for one in found] == ["Звонок, 2:00", "Звонок, 3:00"]


def test_a_number_of_two_clients_is_said_to_be_so_until_they_are_one(
    chat: Channel, ivan: Conversation, maria: SalesManager
) -> None:
    wife = client_of(chat, "Анна", "+7 900 111 22 33")
    call_with(maria, 1)
    for talk in (ivan, wife):
        assert told(talk) == [
            f"Звонок, 4:05 · Иванова Мария · проанализирован · по номеру {PHONE}, он есть и у другого клиента"
        ]
    merge(kept=ivan.contact, absorbed=wife.contact, by=None)
    assert told(ivan) == ["Звонок, 4:05 · Иванова Мария · проанализирован"]


def test_a_merged_clients_other_number_is_theirs_too(
    chat: Channel, ivan: Conversation, maria: SalesManager
) -> None:
    vanya, old = client_of(chat, "Ваня", "+7 900 555 55 55"), client_of(chat, "В.", "+7 900 666 66 66")
    call_with(maria, 1, "+79005555555")
    call_with(maria, 2, "+79006666666")
    merge(kept=vanya.contact, absorbed=old.contact, by=None)
    done = merge(kept=ivan.contact, absorbed=Contact.objects.get(pk=vanya.contact_id), by=None)
    assert (done.kept, len(told(ivan))) == (ivan.contact, 2)


def test_who_sees_calls_decides_call_analysis(
    ivan: Conversation, maria: SalesManager, head: Member, tenant_a: Tenant, tenant_b: Tenant
) -> None:
    call_with(maria, 1)
    stranger = SalesManager.objects.create(tenant=tenant_b, external_id="m1")
    call_with(stranger, 2)
    own = add_member(tenant=tenant_a, username="own", role=Role.OPERATOR, name="Мария")
    other = add_member(tenant=tenant_a, username="other", role=Role.OPERATOR, name="Пётр")
    SalesManager.objects.filter(pk=maria.pk).update(member=own)
    assert [len(told(ivan, reader)) for reader in (head, own, other, None)] == [1, 1, 0, 1]


def test_whoever_is_not_to_see_phones_sees_none_in_the_history_or_on_the_calls_page(
    chat: Channel, ivan: Conversation, maria: SalesManager, tenant_a: Tenant
) -> None:
    client_of(chat, "Анна", PHONE)
    operator = add_member(tenant=tenant_a, username="own", role=Role.OPERATOR, name="Мария")
    SalesManager.objects.filter(pk=maria.pk).update(member=operator)
    call = call_with(maria, 1)
    pages = (f"/admin/desk/{ivan.pk}/client/", f"/admin/callanalysis/call/{call.pk}/change/")
    shown = [seat(operator).get(page).content.decode() for page in pages]
    assert all("9001112233" in re.sub(r"[ ()-]", "", page) for page in shown)
    assert Access.objects.filter(about="☎ c1").count() == 1
    Access.objects.all().delete()
    Tenant.objects.filter(pk=tenant_a.pk).update(operators_phones=Phones.HIDDEN)
    shown = [seat(operator).get(page).content.decode() for page in pages]
    assert all("+7 900 •••-••-33" in page for page in shown)
    assert not any("9001112233" in re.sub(r"[ ()-]", "", page) for page in shown)
    assert not Access.objects.exists()


def test_a_calls_page_leads_to_the_one_client_of_its_number(
    chat: Channel, ivan: Conversation, maria: SalesManager, head: Member
) -> None:
    call = call_with(maria, 1)
    address = f"/admin/callanalysis/call/{call.pk}/change/"
    assert f"/admin/desk/{ivan.pk}/" in seat(head).get(address).content.decode()
    assert "c1" in seat(head).get("/admin/callanalysis/call/?q=8900 111-22-33").content.decode()
    client_of(chat, "Анна", PHONE)
    assert f"/admin/desk/{ivan.pk}/" not in seat(head).get(address).content.decode()


def test_it_costs_the_same_however_many_calls_there_are(
    chat: Channel, ivan: Conversation, maria: SalesManager, head: Member
) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            told(ivan, head)
        return len(queries)

    call_with(maria, 0)
    few = count()
    for number in range(1, 20):
        call_with(maria, number)
        client_of(chat, f"К{number}", PHONE)
    assert count() == few
