"""Canned replies: who is offered which, what fills them, and who may write them."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from apps.appeals.canned.filling import gaps_left, parts, unknown_gaps
from apps.appeals.models import Appeal, CannedReply, Conversation, Device, Repair
from apps.channels.models import Channel
from apps.tenants.membership import add_member
from apps.tenants.models import Member, Role, Tenant
from tests.appeals.composing import send

pytestmark = pytest.mark.django_db


@pytest.fixture
def talk(routed: Callable[..., Conversation]) -> Conversation:
    return routed("Здравствуйте!")


@pytest.fixture
def boris(shop: Tenant) -> Member:
    return add_member(tenant=shop, username="boris", role=Role.OPERATOR, name="Борис")


@pytest.fixture
def head(shop: Tenant) -> Client:
    member = add_member(tenant=shop, username="head", role=Role.HEAD, name="Елена")
    return as_(member)


def as_(member: Member) -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=member.user_id))
    return client


def reply(tenant: Tenant, shortcut: str, text: str = "Ждём вас", **fields: Any) -> CannedReply:
    return CannedReply.objects.create(tenant=tenant, shortcut=shortcut, title=shortcut, text=text, **fields)


def listed(desk: Client, chat: Conversation) -> dict[str, Any]:
    answer: dict[str, Any] = desk.get(f"/admin/desk/{chat.pk}/canned/").json()
    return answer


def shortcuts(desk: Client, chat: Conversation) -> list[str]:
    return [one["shortcut"] for one in listed(desk, chat)["replies"]]


def test_gaps_are_told_from_other_braces() -> None:
    assert parts("{имя|клиент}, {{ Price }}: {JSON}") == [
        {"gap": "name", "as": "{имя|клиент}", "or": "клиент"},
        ", ",
        {"gap": "price", "as": "{{ Price }}"},
        ": {JSON}",
    ]
    assert unknown_gaps("{имя} {foo} {{bar}}") == ["{foo}", "{{bar}}"]
    assert gaps_left("{имя}, код {foo}") == ["{имя}"]


def test_ones_own_and_the_organisations_are_offered_where_they_fit(
    talk: Conversation, desk: Client, shop: Tenant, anna: Member, boris: Member, bot: Channel
) -> None:
    reply(shop, "общий")
    reply(shop, "мой", member=anna)
    reply(shop, "чужой", member=boris)
    reply(shop, "здесь").channels.add(talk.channel, bot)
    reply(shop, "не-здесь").channels.add(bot)
    reply(Tenant.objects.create(slug="other", name="Другая"), "соседский")

    assert sorted(shortcuts(desk, talk)) == ["здесь", "мой", "общий"]


def test_the_most_used_comes_first(talk: Conversation, desk: Client, shop: Tenant) -> None:
    for shortcut in ("а", "б", "в"):
        reply(shop, shortcut)
    for _each in range(2):
        row = CannedReply.objects.get(shortcut="б").pk
        assert desk.post(f"/admin/desk/{talk.pk}/canned/{row}/used/").json() == {"ok": True}
    row = CannedReply.objects.get(shortcut="в").pk
    desk.post(f"/admin/desk/{talk.pk}/canned/{row}/used/")

    assert shortcuts(desk, talk) == ["б", "в", "а"]


def test_they_are_filled_with_what_is_known_of_this_client(
    talk: Conversation, desk: Client, shop: Tenant
) -> None:
    talk.contact.name = "Иван Петров"
    talk.contact.save()
    device = Device.objects.create(tenant=shop, appeal=Appeal.objects.get(), brand="Apple", model="iPhone 14")
    for price in ("3500", "1000.50"):
        Repair.objects.create(tenant=shop, device=device, repair_type="Батарея", price=Decimal(price))

    values = listed(desk, talk)["values"]
    assert values["name"] == "Иван"
    assert values["device"] == "Apple iPhone 14"
    assert values["price"].replace("\xa0", " ") == "4 500,50 ₽"
    assert (values["operator"], values["company"]) == ("Анна", "Мастерская")
    assert values["phone"] == ""
    assert values["greeting"] in ("Доброе утро", "Добрый день", "Добрый вечер")


def test_a_price_that_is_not_whole_is_not_told(talk: Conversation, desk: Client, shop: Tenant) -> None:
    device = Device.objects.create(tenant=shop, appeal=Appeal.objects.get(), model="iPhone")
    Repair.objects.create(tenant=shop, device=device, repair_type="Экран", price=Decimal(9000))
    Repair.objects.create(tenant=shop, device=device, repair_type="Батарея")

    assert listed(desk, talk)["values"]["price"] == ""


def test_an_open_gap_is_not_sent(talk: Conversation, desk: Client) -> None:
    answer = send(desk, talk, "Здравствуйте, {имя}!")

    assert answer["code"] == "gaps"
    assert "{имя}" in answer["error"]


def test_a_thousand_cost_as_many_queries_as_one(
    talk: Conversation, desk: Client, shop: Tenant, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    reply(shop, "один")
    with CaptureQueriesContext(connection) as one:
        listed(desk, talk)
        count = len(one)
    CannedReply.objects.bulk_create(
        CannedReply(tenant=shop, shortcut=f"s{number}", title=f"Ответ {number}", text="Ждём, {имя}! " * 20)
        for number in range(1000)
    )
    with django_assert_num_queries(count):
        assert len(listed(desk, talk)["replies"]) == 1001


# --- the page of replies


def form(**fields: Any) -> dict[str, Any]:
    return {"title": "Цена", "shortcut": "Цена", "folder": "", "text": "Стоит {цена}", **fields}


ADD = "/admin/appeals/cannedreply/add/"


def test_an_operator_writes_for_themselves_alone(desk: Client, anna: Member) -> None:
    assert desk.post(ADD, form()).status_code == 302  # whatever the form says

    made = CannedReply.objects.get()
    assert (made.member, made.shortcut, made.tenant) == (anna, "цена", anna.tenant)


def test_an_operator_reads_the_organisations_and_changes_none(
    desk: Client, shop: Tenant, boris: Member
) -> None:
    shared, others = reply(shop, "общий"), reply(shop, "чужой", member=boris)
    address = f"/admin/appeals/cannedreply/{shared.pk}/change/"

    page = desk.get("/admin/appeals/cannedreply/").content.decode()
    assert ("/общий" in page, "/чужой" in page) == (True, False)
    assert desk.get(address).status_code == 200
    assert desk.post(address, form()).status_code == 403
    assert desk.post(address.replace("change", "delete"), {"post": "yes"}).status_code == 403
    assert desk.get(f"/admin/appeals/cannedreply/{others.pk}/change/").status_code == 302
    assert CannedReply.objects.filter(title="Цена").count() == 0


def test_a_head_writes_for_all(head: Client, shop: Tenant) -> None:
    head.post(ADD, form())
    head.post(ADD, form(is_mine="on"))  # the same shortcut once more, for oneself

    assert [one.member is None for one in CannedReply.objects.order_by("pk")] == [True, False]
    again = head.post(ADD, form())
    assert (again.status_code, CannedReply.objects.count()) == (200, 2)


def test_an_unknown_gap_is_refused_with_its_name(head: Client) -> None:
    page = head.post(ADD, form(text="Стоит {цна}")).content.decode()

    assert "{цна}" in page
    assert CannedReply.objects.count() == 0
