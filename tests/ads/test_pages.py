"""Heads make audiences, see who is in them and why others are not, and upload with a button."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.ads.models import Audience, Cause, Entry, Export, Placement
from apps.appeals.campaigns.unsubscribing import unsubscribe
from apps.appeals.timeline.telling import tell
from apps.integrations.models import Connection
from apps.tenants.models import Member, Phones, Tenant
from tests.ads.conftest import Refuse, placement_of
from tests.ads.steps import go, quarter_of_an_hour, upload
from tests.peers.yandex_audience import YandexPeer

pytestmark = pytest.mark.django_db(transaction=True)
LIST, ADD = "/admin/ads/audience/", "/admin/ads/audience/add/"


@pytest.fixture
def client_of_head(head: Member, signed_in: Any) -> Client:
    found: Client = signed_in(head)
    return found


def page_of(audience: Audience) -> str:
    return f"/admin/ads/audience/{audience.pk}/change/"


def test_the_first_account_brings_the_refusers_of_a_month(ya: Connection) -> None:
    audience = Audience.objects.get()
    assert audience.name == "Отказники за 30 дней"
    assert audience.filter == {"statuses": ["rejected"], "days": 30}


def test_a_head_makes_an_audience_and_reads_its_conditions_back(
    ya: Connection, client_of_head: Client
) -> None:
    values = {"name": "Айфоны", "hour": 5, "is_active": "on", "statuses": ["closed"], "device": "iPhone"}
    more = {"tags": "важный, vip", "since_0": "", "since": "05.01.2026", "accounts": [ya.pk]}
    answer = client_of_head.post(ADD, {**values, **more})
    assert answer.status_code == 302, answer.context["errors"]
    made = Audience.objects.get(name="Айфоны")
    assert made.filter == {
        "statuses": ["closed"],
        "since": "2026-01-05",
        "device": "iPhone",
        "tags": ["важный", "vip"],
    }
    assert list(made.connections.all()) == [ya]
    shown = client_of_head.get(page_of(made)).content.decode()
    assert "важный, vip" in shown
    assert made.history.get().history_user is not None


def test_an_account_that_is_taken_off_is_wanted_no_more(ya: Connection, client_of_head: Client) -> None:
    audience = Audience.objects.get()
    client_of_head.post(page_of(audience), {"name": "Другое", "hour": 5, "statuses": ["rejected"]})
    assert Placement.objects.get().is_wanted is False


def test_the_page_counts_and_each_number_opens_its_clients(
    refuse: Refuse, ya: Connection, client_of_head: Client
) -> None:
    refuse()
    unwilling = refuse(agreed=False)
    audience = Audience.objects.get()
    shown = client_of_head.get(page_of(audience)).content.decode()
    assert "не давал согласия на рекламу" in shown
    assert f"/admin/ads/audience/{audience.pk}/people/?reason=no_consent" in shown
    people = client_of_head.get(
        f"/admin/ads/audience/{audience.pk}/people/?reason=no_consent"
    ).content.decode()
    assert unwilling.name in people
    assert "Клиент 0" not in people


def test_phones_are_shown_as_the_role_may_see_them(
    refuse: Refuse, ya: Connection, client_of_head: Client, head: Member
) -> None:
    refuse(phone="8 900 123-45-67")
    address = f"/admin/ads/audience/{Audience.objects.get().pk}/people/"
    assert "123-45-67" in client_of_head.get(address).content.decode()
    Tenant.objects.update(heads_phones=Phones.HIDDEN)
    assert "123-45-67" not in client_of_head.get(address).content.decode()


def test_the_button_uploads_and_the_pages_tell_of_it(
    refuse: Refuse, ya: Connection, plain: YandexPeer, client_of_head: Client, head: Member
) -> None:
    contact = refuse()
    audience = Audience.objects.get()
    client_of_head.get(f"/admin/ads/audience/{audience.pk}/upload/")
    assert not Export.objects.exists()
    client_of_head.post(f"/admin/ads/audience/{audience.pk}/upload/")
    export = go()
    assert (export.cause, export.asked_by, export.outcome) == (Cause.BY_HAND, head, "uploaded")
    assert "выгружена" in client_of_head.get(page_of(audience)).content.decode()
    assert "выгружена" in client_of_head.get("/admin/ads/export/").content.decode()
    shown = client_of_head.get(f"/admin/ads/export/{export.pk}/change/").content.decode()
    assert "выгружена" in shown
    assert "uploaded" not in shown, "words for people"
    ledger = client_of_head.get("/admin/ads/entry/").content.decode()
    assert contact.name in ledger
    assert "в аудитории" in ledger
    entry = Entry.objects.get()
    assert entry.digest in client_of_head.get(f"/admin/ads/entry/{entry.pk}/change/").content.decode()


def test_operators_have_no_audiences(ya: Connection, anna: Member, signed_in: Any) -> None:
    for address in (LIST, ADD, page_of(Audience.objects.get()), "/admin/ads/entry/", "/admin/ads/export/"):
        assert signed_in(anna).get(address).status_code == 403


def test_the_lists_cost_the_same_for_many_rows(
    refuse: Refuse, ya: Connection, plain: YandexPeer, client_of_head: Client, tenant_a: Tenant
) -> None:
    def cost() -> list[int]:
        found = []
        for address in (LIST, "/admin/ads/export/", "/admin/ads/entry/"):
            with CaptureQueriesContext(connection) as queries:
                client_of_head.get(address)
            found.append(len(queries))
        return found

    refuse()
    upload(placement_of(ya))
    client_of_head.get(LIST)
    before = cost()
    for number in range(3):
        refuse()
        made = Audience.objects.create(tenant=tenant_a, name=f"Ещё {number}", filter={"days": 30})
        upload(Placement.objects.create(tenant=tenant_a, audience=made, connection=ya))
    assert cost() == before


def test_the_clients_history_tells_of_it(
    refuse: Refuse, ya: Connection, plain: YandexPeer, head: Member
) -> None:
    contact = refuse()
    upload(placement_of(ya))
    unsubscribe(contact=contact, by=None, why="стоп")
    quarter_of_an_hour()
    told = [one.text for one in tell(contact, reader=head).entries]
    assert any("добавлен в аудиторию" in one for one in told)
    assert any("убран из аудитории" in one and "отозвал согласие" in one for one in told)
