"""The AI answers by itself where an administrator turned that on, and in no other case."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from apps.ai.drafting import draft_reply
from apps.appeals import autosending, drafting
from apps.appeals.models import Author, AutoSending, Conversation, Draft, DraftFate, HeldBack, Message
from apps.channels.delivery import queue_delivery
from apps.channels.models import Channel, Delivery
from apps.core.models import State
from apps.core.work.perform import run
from apps.core.work.recover import recover
from apps.integrations.connecting import connect
from apps.tenants.membership import add_member
from apps.tenants.models import Member, Role, Tenant
from tests.peers.anthropic import AnthropicPeer
from tests.work import close_windows, drain, due_ids

Routed = Callable[..., Conversation]
Visit = Callable[..., str]
Page = Callable[[Conversation], str]

pytestmark = pytest.mark.django_db

REPLY = "Здравствуйте! Расскажите, пожалуйста, что случилось с телефоном?"


@pytest.fixture
def peer(settings: Any, shop: Tenant) -> Iterator[AnthropicPeer]:
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    with AnthropicPeer() as peer:
        peer.reply = REPLY
        connect(tenant=shop, connector="anthropic", values={"api_key": peer.key, "base_url": peer.url})
        yield peer
        peer.assert_clean()


@pytest.fixture
def always(shop: Tenant, chat: Channel) -> AutoSending:
    return AutoSending.objects.create(
        tenant=shop, channel=chat, is_on=True, starts_at=time(0), ends_at=time(0)
    )


def write(visit: Visit, text: str, token: str = "") -> str:
    token = visit(text, token=token)
    drain()
    close_windows()
    drain()
    return token


def test_it_is_off_until_it_is_turned_on(
    peer: AnthropicPeer, routed: Routed, shop: Tenant, chat: Channel
) -> None:
    AutoSending.objects.create(tenant=shop, channel=chat)
    routed("Здравствуйте!")
    assert Draft.objects.get().fate == DraftFate.WAITING
    assert not Delivery.objects.exists()


def test_within_its_hours_the_reply_goes_and_is_marked(
    peer: AnthropicPeer, always: AutoSending, routed: Routed, page: Page
) -> None:
    conversation = routed("Здравствуйте!")

    assert Draft.objects.get().fate == DraftFate.AUTO
    message = Message.objects.get(author=Author.AI)
    assert (message.text, message.operator) == (REPLY, None)
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.by_human, delivery.text) == (State.DONE, False, REPLY)
    assert "отправлено без оператора" in page(conversation)


def test_the_client_waits_for_a_person_all_the_same(
    peer: AnthropicPeer, always: AutoSending, routed: Routed
) -> None:
    conversation = routed("Здравствуйте!")
    conversation.refresh_from_db()
    assert conversation.waiting_since is not None
    assert conversation.appeals.get().first_answer_at is None


def test_outside_its_hours_the_draft_waits(peer: AnthropicPeer, always: AutoSending, routed: Routed) -> None:
    always.days = []
    always.save()
    routed("Здравствуйте!")
    assert (Draft.objects.get().fate, Draft.objects.get().held_back) == (DraftFate.WAITING, "")


def test_an_invented_price_is_held_back_and_said_so(
    peer: AnthropicPeer, always: AutoSending, routed: Routed, page: Page
) -> None:
    peer.reply = "Батарея стоит 3500 рублей."
    conversation = routed("Сколько стоит батарея?")

    draft = Draft.objects.get()
    assert (draft.fate, draft.held_back) == (DraftFate.WAITING, HeldBack.UNPROVEN)
    assert not Delivery.objects.exists()
    assert "ИИ не отправил его сам" in page(conversation)


def test_it_is_thrown_away_when_the_client_writes_while_it_is_written(
    peer: AnthropicPeer, always: AutoSending, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = visit("Здравствуйте!")
    drain()
    close_windows()

    def reply(**facts: Any) -> str:
        text = draft_reply(**facts)
        visit("И ещё вопрос", token=token)
        for pk in due_ids("channels.InboundEvent"):
            run("channels.InboundEvent", pk)
        return text

    monkeypatch.setattr(drafting, "draft_reply", reply)
    drain()
    assert [draft.fate for draft in Draft.objects.all()] == [DraftFate.OUTDATED]
    assert not Delivery.objects.exists()


def test_what_waited_for_its_turn_is_not_sent_after_somebody_wrote(
    peer: AnthropicPeer, always: AutoSending, visit: Visit, anna: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.appeals.jobs.sending.deliver", lambda delivery: None)
    later = timezone.now() + timedelta(hours=1)

    def queued_late(**values: Any) -> Delivery:
        delivery = queue_delivery(**values)
        Delivery.objects.filter(pk=delivery.pk).update(due_at=later)
        return delivery

    monkeypatch.setattr(autosending, "queue_delivery", queued_late)
    token = write(visit, "Здравствуйте!")
    assert Delivery.objects.get().state == State.QUEUED
    visit("Уже не надо", token=token)
    drain()
    Delivery.objects.update(due_at=timezone.now())
    drain()

    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.error_code) == (State.FAILED, "outdated")


def test_after_three_in_a_row_it_waits_for_a_person(
    peer: AnthropicPeer, always: AutoSending, visit: Visit
) -> None:
    token = ""
    for number in range(4):
        token = write(visit, f"Вопрос {number}", token)
    fates = list(Draft.objects.order_by("pk").values_list("fate", "held_back"))
    assert fates == [(DraftFate.AUTO, "")] * 3 + [(DraftFate.WAITING, HeldBack.IN_A_ROW)]
    assert Delivery.objects.count() == 3


@pytest.mark.parametrize("place", ["after_queueing", "while_settling"])
def test_killed_in_the_middle_it_is_sent_once(
    peer: AnthropicPeer,
    always: AutoSending,
    visit: Visit,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
) -> None:
    class Killed(BaseException):
        pass

    def die(*_: object, **__: object) -> None:
        raise Killed

    visit("Здравствуйте!")
    drain()
    close_windows()
    with monkeypatch.context() as patch:
        if place == "after_queueing":
            patch.setattr("apps.appeals.drafting.touch", die)
        else:
            patch.setattr(autosending, "_queue", die)
        with pytest.raises(Killed):
            drain()
    assert not Delivery.objects.exists()
    assert Draft.objects.get().state == State.RUNNING
    Draft.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    recover()
    drain()

    assert Draft.objects.get().fate == DraftFate.AUTO
    assert [delivery.text for delivery in Delivery.objects.all()] == [REPLY]
    assert Message.objects.filter(author=Author.AI).count() == 1


@pytest.mark.parametrize(
    ("hours", "days", "moment", "covered"),
    [
        ((9, 18), "mon", (23, 9, 0), True),  # 23 November 2026 is a Monday
        ((9, 18), "mon", (23, 17, 59), True),
        ((9, 18), "mon", (23, 18, 0), False),
        ((9, 18), "mon", (24, 12, 0), False),
        ((20, 9), "mon", (23, 20, 0), True),
        ((20, 9), "mon", (24, 8, 59), True),
        ((20, 9), "mon", (24, 9, 0), False),
        ((20, 9), "mon", (23, 8, 0), False),  # Sunday's night
        ((0, 0), "mon", (23, 13, 0), True),
        ((0, 0), "mon", (24, 13, 0), False),
    ],
)
def test_hours_go_by_the_organisations_clock(
    shop: Tenant,
    chat: Channel,
    hours: tuple[int, int],
    days: str,
    moment: tuple[int, int, int],
    covered: bool,
) -> None:
    row = AutoSending(
        tenant=shop, channel=chat, is_on=True, days=[days], starts_at=time(hours[0]), ends_at=time(hours[1])
    )
    day, hour, minute = moment
    in_moscow = datetime(2026, 11, day, hour, minute, tzinfo=UTC) - timedelta(hours=3)
    assert row.covers(in_moscow) is covered
    row.is_on = False
    assert row.covers(in_moscow) is False


def test_an_administrator_turns_it_on_from_the_channels_page(shop: Tenant, chat: Channel) -> None:
    add_member(tenant=shop, username="boss", password="pass-word-1", role=Role.ADMIN, name="Борис")
    boss = Client()
    boss.force_login(User.objects.get(username="boss"))
    found = boss.get(f"/admin/channels/channel/{chat.pk}/ai-by-itself/", follow=True)
    assert "Автоответы ИИ" in found.content.decode()
    assert "Подключить ИИ" in found.content.decode()
    values = {
        "channel": chat.pk,
        "is_on": "on",
        "days": ["mon", "sun"],
        "starts_at": "20:00",
        "ends_at": "09:00",
    }
    answer = boss.post("/admin/appeals/autosending/add/", values, follow=True)

    row = AutoSending.objects.get()
    assert answer.status_code == 200
    assert (row.tenant, row.is_on, row.days, row.ends_at) == (shop, True, ["mon", "sun"], time(9))
    assert row.history.get().history_user == User.objects.get(username="boss")
    answer = boss.get(f"/admin/channels/channel/{chat.pk}/ai-by-itself/")
    assert answer["Location"].endswith(f"/admin/appeals/autosending/{row.pk}/change/") or boss.get(
        answer["Location"]
    )["Location"].endswith(f"/admin/appeals/autosending/{row.pk}/change/")


def test_no_operator_comes_near_the_setting(desk: Client, always: AutoSending) -> None:
    assert desk.get("/admin/appeals/autosending/").status_code == 403
    assert desk.get(f"/admin/appeals/autosending/{always.pk}/change/").status_code == 403
