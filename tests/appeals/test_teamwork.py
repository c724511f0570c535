"""Several operators at one appeal: who leads it, who hands it on, who is here, and what stops an answer."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from apps.appeals import handing_over, jotting
from apps.appeals.answering import answer
from apps.appeals.campaigns import unsubscribing
from apps.appeals.colliding import Collision, Known
from apps.appeals.composed import Composed
from apps.appeals.deciding import give_back, take
from apps.appeals.desk import feed
from apps.appeals.events import note_event
from apps.appeals.extracted import correct
from apps.appeals.models import (
    Actor,
    Appeal,
    AppealEvent,
    AppealStatus,
    Author,
    Conversation,
    Device,
    EventKind,
    Message,
)
from apps.appeals.planned.keeping import send as send_composed
from apps.channels.models import Delivery
from apps.core.errors import Rejected
from apps.tenants.membership import add_member
from apps.tenants.models import Member, Role, Tenant
from tests.appeals.test_together import held

Routed = Callable[..., Conversation]
Page = Callable[[Conversation], str]

pytestmark = pytest.mark.django_db


@pytest.fixture
def olga(shop: Tenant) -> Member:
    return add_member(tenant=shop, username="olga", role=Role.OPERATOR, name="Ольга")


def signed_in(member: Member) -> Client:
    client = Client()
    client.force_login(member.user)
    return client


def said(conversation: Conversation, text: str, **fields: Any) -> Message:
    given = {"author": Author.CLIENT, "sent_at": timezone.now(), **fields}
    return Message.objects.create(tenant=conversation.tenant, conversation=conversation, text=text, **given)


def send(client: Client, conversation: Conversation, **form: Any) -> Any:
    data = {"text": "Да", "key": str(uuid.uuid4()), **form}
    return client.post(f"/admin/desk/{conversation.pk}/answer/", data)


def kinds() -> list[str]:
    return list(AppealEvent.objects.order_by("pk").values_list("kind", flat=True))


# --- who leads it


def test_who_answers_first_leads_it_and_the_feed_says_so(routed: Routed, page: Page, anna: Member) -> None:
    conversation = routed("Здравствуйте!")
    answer(conversation=conversation, member=anna, text="Да", key=uuid.uuid4())

    assert Appeal.objects.get().operator == anna
    assert kinds() == ["opened", "taken"]
    assert "Взято в работу с первым ответом</bdi> · <bdi>Анна" in page(conversation)


def test_where_the_organisation_gives_them_out_an_answer_claims_nothing(routed: Routed, anna: Member) -> None:
    Tenant.objects.update(claims_on_reply=False)
    conversation = routed("Здравствуйте!")
    answer(conversation=conversation, member=anna, text="Да", key=uuid.uuid4())

    assert Appeal.objects.get().operator is None
    assert Appeal.objects.get().status == AppealStatus.IN_PROGRESS
    assert kinds() == ["opened", "status"]


def test_a_colleagues_appeal_is_answered_only_on_purpose(
    routed: Routed, desk: Client, anna: Member, olga: Member
) -> None:
    conversation = routed("Здравствуйте!")
    take(appeal=Appeal.objects.get(), member=olga, instead_of=None)
    refused = send(desk, conversation)
    assert (refused.status_code, refused.json()["code"]) == (409, "collision")
    assert refused.json()["keeper"] == {"id": olga.pk, "asked": "Обращение ведёт Ольга. Ответить всё равно?"}
    assert send(desk, conversation, keeper=anna.pk).status_code == 409
    assert Delivery.objects.count() == 0

    for _twice in range(2):
        assert send(desk, conversation, keeper=olga.pk).json() == {"ok": True}
    assert Appeal.objects.get().operator == olga
    assert kinds() == ["opened", "taken", "status", "helped"]
    take(appeal=Appeal.objects.get(), member=anna, instead_of=olga.pk)
    assert send(desk, conversation).json() == {"ok": True}
    assert send(signed_in(olga), conversation, keeper=anna.pk).json() == {"ok": True}
    assert kinds()[-2:] == ["taken", "helped"]


@pytest.mark.django_db(transaction=True)
def test_of_two_who_answer_at_once_one_leads_and_the_other_is_asked(
    routed: Routed, anna: Member, olga: Member
) -> None:
    conversation = routed("Здравствуйте!")
    known = Known(newest=Message.objects.latest("pk").pk)

    def says(text: str, member: Member) -> None:
        send_composed(
            conversation=conversation,
            member=member,
            composed=Composed(key=uuid.uuid4(), text=text, seen=known.newest, known=known),
        )

    def olga_answers(_locked: Conversation) -> None:
        says("3500", olga)

    with held(conversation, olga_answers), pytest.raises(Collision) as stopped:
        says("4000", anna)

    assert stopped.value.keeper == olga
    assert [message.text for message in stopped.value.newer] == ["3500"]
    assert [delivery.text for delivery in Delivery.objects.all()] == ["3500"]


# --- newer words


def test_words_not_seen_stop_an_answer_and_seen_ones_do_not(routed: Routed, desk: Client) -> None:
    conversation = routed("Здравствуйте!")
    seen = Message.objects.latest("pk").pk
    newer = said(conversation, "Не надо")
    refused = send(desk, conversation, seen=seen)
    assert refused.status_code == 409
    assert [one["text"] for one in refused.json()["newer"]] == ["Не надо"]
    assert refused.json()["shown"] == newer.pk
    another = said(conversation, "Нет, надо")
    assert send(desk, conversation, seen=seen, shown=newer.pk).json()["shown"] == another.pk
    assert Delivery.objects.count() == 0

    assert send(desk, conversation, seen=seen, shown=another.pk).json() == {"ok": True}


@pytest.mark.parametrize(
    "fields", [{"deleted_at": timezone.now()}, {"is_history": True}, {"author": Author.CAMPAIGN}]
)
def test_what_is_no_news_stops_nothing(routed: Routed, desk: Client, fields: dict[str, Any]) -> None:
    conversation = routed("Здравствуйте!")
    seen = Message.objects.latest("pk").pk
    said(conversation, "…", **fields)
    assert send(desk, conversation, seen=seen).json() == {"ok": True}


def test_ones_own_words_from_another_page_stop_nothing_but_a_colleagues_do(
    routed: Routed, desk: Client, anna: Member, olga: Member
) -> None:
    conversation = routed("Здравствуйте!")
    seen = Message.objects.latest("pk").pk
    said(conversation, "Моё", author=Author.OPERATOR, operator=anna)
    assert send(desk, conversation, seen=seen).json() == {"ok": True}
    said(conversation, "Коллеги", author=Author.OPERATOR, operator=olga)
    assert [one["by"] for one in send(desk, conversation, seen=seen).json()["newer"]] == ["Ольга"]


def test_the_same_form_again_is_no_collision(routed: Routed, desk: Client) -> None:
    conversation = routed("Здравствуйте!")
    seen, key = Message.objects.latest("pk").pk, str(uuid.uuid4())
    send(desk, conversation, seen=seen, key=key)
    said(conversation, "Спасибо")
    assert send(desk, conversation, seen=seen, key=key).json() == {"ok": True}
    assert Delivery.objects.count() == 1


# --- handing over


def test_a_handed_over_appeal_is_new_to_its_receiver_until_they_look(
    routed: Routed, desk: Client, anna: Member, olga: Member
) -> None:
    conversation = routed("Здравствуйте!")
    address = f"/admin/desk/{conversation.pk}/appeals/{Appeal.objects.get().pk}/hand-over/"
    assert desk.post(address, {"to": olga.pk, "reason": " "}).status_code == 422
    assert desk.post(address, {"to": "", "reason": "Обед"}).status_code == 422
    assert desk.post(address, {"to": olga.pk, "reason": "Обед"}).json() == {"ok": True}

    assert list(handing_over.unseen(olga)) == [Appeal.objects.get()]
    row = signed_in(olga).get("/admin/desk/").context["look"].chosen[0]
    assert (row.is_handed, row.handed_why) == (True, "Обед")
    assert not desk.get("/admin/desk/").context["look"].chosen[0].is_handed
    desk.get(f"/admin/desk/{conversation.pk}/")
    assert handing_over.unseen(olga).exists()
    signed_in(olga).get(f"/admin/desk/{conversation.pk}/")
    assert not handing_over.unseen(olga).exists()
    assert AppealEvent.objects.get(kind=EventKind.HANDED).data["to"] == "Ольга"


def test_to_nobody_to_oneself_and_not_to_strangers_or_out_of_other_hands(
    routed: Routed, shop: Tenant, anna: Member, olga: Member
) -> None:
    routed("Здравствуйте!")
    other = Tenant.objects.create(slug="other", name="Другая")
    eve = add_member(tenant=other, username="eve", role=Role.ADMIN, name="Ева")

    def go(to: Member | None, instead_of: Member | None) -> None:
        handing_over.hand_over(
            appeal=Appeal.objects.get(),
            to=to,
            reason="Обед",
            member=anna,
            instead_of=instead_of.pk if instead_of else None,
        )

    go(anna, None)
    assert not handing_over.unseen(anna).exists()
    with pytest.raises(Rejected, match="same"):
        go(anna, anna)
    with pytest.raises(Rejected, match="stranger"):
        go(eve, anna)
    with pytest.raises(Rejected, match="taken"):
        go(olga, None)
    go(None, anna)
    assert Appeal.objects.get().operator is None
    Appeal.objects.update(status=AppealStatus.CLOSED)
    with pytest.raises(Rejected, match="ended_meanwhile"):
        go(olga, None)


def test_the_load_counts_open_appeals_alone(routed: Routed, shop: Tenant, anna: Member, olga: Member) -> None:
    for _client in range(3):
        routed("Здравствуйте!")
    first, second, third = Appeal.objects.order_by("pk")
    for appeal in (first, second, third):
        take(appeal=appeal, member=anna, instead_of=None)
    Appeal.objects.filter(pk=first.pk).update(status=AppealStatus.CLOSED)

    assert {one.name: one.load for one in handing_over.team(shop)} == {"Анна": 2, "Ольга": 0}  # type: ignore[attr-defined]


# --- the feed


def test_what_happened_is_told_in_the_order_in_which_it_did(
    routed: Routed, page: Page, anna: Member, olga: Member
) -> None:
    conversation = routed("Батарея")
    appeal = Appeal.objects.get()
    take(appeal=appeal, member=anna, instead_of=None)
    give_back(appeal=appeal, member=anna)
    device = Device.objects.create(tenant=appeal.tenant, appeal=appeal, brand="Apple", model="iPhone 14")
    correct(row=device, values={"model": "iPhone 14 Pro", "imei": "1"}, member=anna)
    correct(row=device, values={"imei": "2"}, member=anna)
    unsubscribing.unsubscribe(contact=conversation.contact, by=None, why="стоп")
    note_event(
        EventKind.SCHEDULE_CANCELLED,
        conversation=conversation,
        actor=Actor.SYSTEM,
        data={"why": "клиент написал сам"},
    )

    shown = page(conversation)
    told = [
        "Обращение открыто",
        "Взято в работу</bdi> · <bdi>Анна",
        "Возвращено в общую очередь</bdi> · <bdi>Анна",
        "Исправлено: Apple iPhone 14, модель: iPhone 14 → iPhone 14 Pro</bdi> · <bdi>Анна",
        "Отписка от рассылок: стоп</bdi> · <bdi>клиент",
        "Отложенное сообщение отменено: клиент написал сам",
    ]
    places = [shown.index(one) for one in told]
    assert places == sorted(places)
    assert shown.count("Исправлено") == 1


def test_every_kind_has_its_words(routed: Routed, page: Page) -> None:
    conversation = routed("Здравствуйте!")
    for kind in EventKind:
        note_event(kind, conversation=conversation, data={"until": timezone.now().isoformat()})
    assert page(conversation).count("feed-event") == len(EventKind) + 1


def test_the_page_costs_the_same_queries_however_much_happened(
    routed: Routed,
    desk: Client,
    anna: Member,
    olga: Member,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    conversation = routed("Здравствуйте!")
    address = f"/admin/desk/{conversation.pk}/"

    def more(count: int) -> None:
        for number in range(count):
            said(conversation, f"{number}")
            jotting.write_note(conversation=conversation, member=olga, text="@Анна", key=uuid.uuid4())
            note_event(EventKind.GIVEN_BACK, conversation=conversation, member=olga)

    more(1)
    desk.get(address)
    with django_assert_max_num_queries(60) as few:
        desk.get(address)
    as_few = len(few)
    more(10)
    desk.get(address)
    with django_assert_max_num_queries(as_few):
        desk.get(address)


def test_each_line_stands_on_one_page_of_a_long_conversation(
    routed: Routed, desk: Client, anna: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "SHOWN", 2)
    conversation = routed("0")
    for number in range(1, 6):
        jotting.write_note(conversation=conversation, member=anna, text=f"n{number}", key=uuid.uuid4())
        said(conversation, str(number))
    address = f"/admin/desk/{conversation.pk}/"
    seen: list[str] = []
    context = desk.get(address).context
    while True:
        seen = [str(one.message or one.note) for one in context["lines"] if not one.event] + seen
        if not context["has_older"]:
            break
        context = desk.get(f"{address}?before={context['feed'][0].pk}").context

    assert seen == ["0", "n1", "1", "n2", "2", "n3", "3", "n4", "4", "n5", "5"]


def test_an_undone_change_leaves_no_event(routed: Routed, anna: Member) -> None:
    routed("Здравствуйте!")
    with transaction.atomic():
        take(appeal=Appeal.objects.get(), member=anna, instead_of=None)
        transaction.set_rollback(True)
    assert kinds() == ["opened"]
