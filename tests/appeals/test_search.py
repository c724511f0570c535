"""Search at the desk: words in their forms, names, phones, devices, numbers; and the way to the message."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from model_bakery import baker

from apps.appeals.desk.feed import SHOWN
from apps.appeals.models import Appeal, Contact, Conversation, Device, Identity, Message, PriceSynonym
from apps.appeals.searching import conversations_with
from apps.appeals.templatetags.search import found_in
from apps.channels.models import Channel
from apps.tenants.models import Tenant

pytestmark = pytest.mark.django_db


def found(query: str, *, tenant: Tenant | None) -> set[int]:
    return set(
        Conversation.objects.filter(conversations_with(query, tenant=tenant)).values_list("pk", flat=True)
    )


@pytest.fixture
def talk(routed: Callable[..., Conversation]) -> Conversation:
    return routed("Здравствуйте! Ёлочка на экране, и батареи хватает на час. Модель SM-G991B")


@pytest.mark.parametrize(
    "query",
    [
        "батарея",
        "БАТАРЕЮ",
        "экраны",
        "елочка",
        "ёлочку",
        "бата",
        "экран батарея",
        "sm-g991b",
        "час, батарея!",
    ],
)
def test_words_are_found_in_every_form(talk: Conversation, query: str) -> None:
    assert found(query, tenant=talk.tenant) == {talk.pk}


@pytest.mark.parametrize("query", ["корпус", "батарея корпус", "тарея", "'", "&", ":*", "\\", "( |", "!"])
def test_other_words_and_odd_signs_find_nothing(talk: Conversation, query: str) -> None:
    assert found(query, tenant=talk.tenant) == set()


@pytest.mark.parametrize(
    "query", ["иван", "ПЕТР", "+7 900 987-65-43", "8 (900) 987-65-43", "9876543", "@van_p", "van_p", "pixel"]
)
def test_names_phones_and_devices_are_found(talk: Conversation, query: str) -> None:
    Contact.objects.update(name="Иван Петров", phone="+79009876543")
    talk.identity.username = "ivan_petrov"
    talk.identity.save()
    appeal = talk.appeals.get()
    Device.objects.create(tenant=talk.tenant, appeal=appeal, brand="Google", model="Pixel 9")
    assert found(query, tenant=talk.tenant) == {talk.pk}


@pytest.mark.parametrize(
    "query", ["а52", "самсунг а52", "galaxy a52", "гэлакси а52", "galxy a52", "A52 Galaxy"]
)
def test_a_device_is_found_as_people_write_it(talk: Conversation, query: str) -> None:
    Device.objects.create(
        tenant=talk.tenant, appeal=talk.appeals.get(), brand="Samsung", model="Galaxy A52 5G"
    )
    assert found(query, tenant=talk.tenant) == {talk.pk}


@pytest.mark.parametrize("query", ["айфон а52", "galaxy s52", "galaxy 52a", "galaxy a53", "самсунг"])
def test_another_device_is_not(talk: Conversation, query: str) -> None:
    Device.objects.create(
        tenant=talk.tenant, appeal=talk.appeals.get(), brand="Samsung", model="Galaxy A52 5G"
    )
    assert found(query, tenant=talk.tenant) == set()


def test_a_device_is_found_by_the_organisations_own_word_for_it(talk: Conversation) -> None:
    Device.objects.create(tenant=talk.tenant, appeal=talk.appeals.get(), brand="Apple", model="iPhone SE")
    assert found("сешка", tenant=talk.tenant) == set()
    PriceSynonym.objects.create(tenant=talk.tenant, word="сешка", means="iphone se")
    assert found("сешка", tenant=talk.tenant) == {talk.pk}


def test_an_appeal_is_found_by_its_number(talk: Conversation) -> None:
    appeal: Appeal = talk.appeals.get()
    for query in (f"№{appeal.pk}", f"№ {appeal.pk}"):
        assert talk.pk in found(query, tenant=talk.tenant)
    assert found("№" + "9" * 40, tenant=talk.tenant) == set()


def test_nobody_finds_what_another_organisation_was_told(talk: Conversation) -> None:
    Contact.objects.update(name="Иван Петров", phone="+79009876543")
    other = Tenant.objects.create(slug="other", name="Other")
    for query in ("батарея", "иван", "9876543", f"№{talk.appeals.get().pk}"):
        assert found(query, tenant=other) == set()
        assert found(query, tenant=None) == {talk.pk}


def test_an_edited_message_is_found_by_its_new_words(talk: Conversation) -> None:
    Message.objects.update(text="Уже починили")
    assert found("починить", tenant=talk.tenant) == {talk.pk}
    assert found("батарея", tenant=talk.tenant) == set()


def test_a_text_too_long_for_an_index_is_stored_all_the_same(shop: Tenant, chat: Channel) -> None:
    talk = make_talk(shop, chat)
    words = " ".join(f"слово{number}" for number in range(400_000))
    make_message(talk, words)
    assert found("слово7", tenant=shop) == {talk.pk}


def test_the_list_shows_the_words_found_and_leads_to_them(talk: Conversation, desk: Client) -> None:
    message = talk.messages.get()
    page = desk.get("/admin/desk/", {"q": "батарея"}).content.decode()
    assert "<mark>батареи</mark> хватает" in page
    assert f"/admin/desk/{talk.pk}/?at={message.pk}#m{message.pk}" in page


def test_an_old_message_is_shown_among_its_neighbours(shop: Tenant, chat: Channel, desk: Client) -> None:
    talk = make_talk(shop, chat)
    made = [make_message(talk, f"слово {number}", ago=1000 - number) for number in range(3 * SHOWN)]
    old = made[SHOWN]
    page = desk.get(f"/admin/desk/{talk.pk}/", {"at": old.pk})
    shown = [message.pk for message in page.context["feed"]]
    assert old.pk in shown[20:-20]
    assert (page.context["has_older"], page.context["is_past"]) == (True, True)
    recent = desk.get(f"/admin/desk/{talk.pk}/", {"at": made[-5].pk})
    assert (recent.context["feed"][-1], recent.context["is_past"]) == (made[-1], False)


def test_a_search_asks_the_same_number_of_questions_however_much_is_found(
    shop: Tenant, chat: Channel, desk: Client, django_assert_max_num_queries: Any
) -> None:
    for number in range(30):
        make_message(make_talk(shop, chat, number), "Экран разбит")
    with django_assert_max_num_queries(26):
        page = desk.get("/admin/desk/", {"q": "экран"})
    assert len(page.context["look"].chosen) == 30


@pytest.mark.parametrize(
    ("text", "query", "shown"),
    [
        ("Батарея и экран", "батареи экран", "<mark>Батарея</mark> и <mark>экран</mark>"),
        ("<b>экран</b>", "экран", "&lt;b&gt;<mark>экран</mark>&lt;/b&gt;"),
        ("а " * 100 + "экран", "экран", "… " + "а " * 20 + "<mark>экран</mark>"),
        ("Ёлка", "елка", "<mark>Ёлка</mark>"),
        ("ничего", "экран", "ничего"),
    ],
)
def test_words_are_marked_and_nothing_else_is_markup(text: str, query: str, shown: str) -> None:
    assert found_in(text, query) == shown


def make_talk(shop: Tenant, chat: Channel, number: int = 0) -> Conversation:
    contact = baker.make(Contact, tenant=shop)
    identity = baker.make(Identity, tenant=shop, contact=contact, channel=chat, external_user_id=f"u{number}")
    talk: Conversation = baker.make(
        Conversation,
        tenant=shop,
        channel=chat,
        contact=contact,
        identity=identity,
        external_chat_id=f"c{number}",
    )
    return talk


def make_message(talk: Conversation, text: str, *, ago: int = 0) -> Message:
    return Message.objects.create(
        tenant=talk.tenant,
        conversation=talk,
        author="client",
        text=text,
        sent_at=timezone.now() - timedelta(minutes=ago),
    )
