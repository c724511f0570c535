"""An answer for later: it goes at its time, unless the client writes before it or the channel closes."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from apps.appeals.models import Author, Conversation, Message, PlannedAnswer, PlannedFate
from apps.channels.connectors import telegram
from apps.channels.models import Channel, Delivery
from apps.core.models import State
from apps.tenants.models import Tenant
from tests.appeals.composing import back, its_time_comes, on_the_wall, plan, send
from tests.work import drain

Routed = Callable[..., Conversation]

pytestmark = pytest.mark.django_db


@pytest.fixture
def talk(arrive: Callable[..., None]) -> Conversation:
    arrive("text", date=int(timezone.now().timestamp()))
    return Conversation.objects.get()


@pytest.fixture
def windowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a service that carries words for a day after the client's last."""
    monkeypatch.setattr(telegram, "LIMITS", telegram.LIMITS.__class__(window=timedelta(hours=24)))


def ours() -> list[str]:
    return list(Message.objects.filter(author=Author.OPERATOR).values_list("text", flat=True))


def feed(desk: Client, chat: Conversation) -> str:
    return str(desk.get(f"/admin/desk/{chat.pk}/live/?stamp=").json()["feed"])


def now(desk: Client, planned: PlannedAnswer) -> dict[str, Any]:
    answer: dict[str, Any] = desk.post(
        f"/admin/desk/{planned.conversation_id}/planned/{planned.pk}/now/"
    ).json()
    return answer


def test_it_goes_at_its_time_and_not_before(talk: Conversation, desk: Client) -> None:
    planned = plan(desk, talk, hours=2, text="Доброе утро")
    drain()
    assert ours() == []
    assert "Доброе утро" in feed(desk, talk)
    with time_machine.travel(planned.send_at + timedelta(seconds=1)):
        drain()

    assert ours() == ["Доброе утро"]
    assert Delivery.objects.get().state == State.DONE


def test_its_time_is_the_one_on_the_organisations_wall(
    talk: Conversation, desk: Client, shop: Tenant
) -> None:
    Tenant.objects.filter(pk=shop.pk).update(timezone="Asia/Vladivostok")
    talk.tenant.timezone = "Asia/Vladivostok"
    planned = plan(desk, talk, hours=3)

    assert abs(planned.send_at - timezone.now() - timedelta(hours=3)) < timedelta(minutes=2)
    assert back(desk, planned)["content"]["at"] == on_the_wall(talk.tenant, ahead=timedelta(hours=3))


def test_what_is_written_meanwhile_does_not_wait_for_it(talk: Conversation, desk: Client) -> None:
    plan(desk, talk, hours=2, text="Потом")
    send(desk, talk, "Сейчас")
    drain()

    assert ours() == ["Сейчас"]
    assert Delivery.objects.get().state == State.DONE


def test_when_the_client_writes_before_it_is_cancelled_and_its_operator_told(
    talk: Conversation, desk: Client, arrive: Callable[..., None]
) -> None:
    planned = plan(desk, talk, text="Как решили?")
    arrive("text", message_id=77, text="Беру!")
    its_time_comes()
    drain()

    planned.refresh_from_db()
    assert (planned.fate, ours()) == (PlannedFate.CLIENT_WROTE, [])
    assert "planned-notice" in feed(desk, talk)
    assert "отложенный ответ не ушёл" in desk.get("/admin/desk/").content.decode()
    assert "Как решили?" in desk.get("/admin/desk/planned/").content.decode()
    assert back(desk, planned)["content"]["text"] == "Как решили?"
    assert "planned-notice" not in feed(desk, talk)


def test_one_that_goes_anyway_goes_and_the_clients_words_still_wait(
    talk: Conversation, desk: Client, arrive: Callable[..., None]
) -> None:
    seen = Message.objects.latest("pk").pk
    plan(desk, talk, text="Напоминаю о записи", anyway="1", seen=str(seen))
    arrive("text", message_id=77, text="А можно в пять?")
    its_time_comes()
    drain()

    assert ours() == ["Напоминаю о записи"]
    assert Conversation.objects.get().waiting_since is not None


def test_a_time_when_the_window_will_be_closed_is_warned_of_and_taken_on_insisting(
    talk: Conversation, desk: Client, windowed: None
) -> None:
    at, key = on_the_wall(talk.tenant, ahead=timedelta(hours=30)), str(uuid.uuid4())
    assert send(desk, talk, at=at, key=key)["code"] == "closed_then"
    assert PlannedAnswer.objects.count() == 0

    assert send(desk, talk, at=at, key=key, although_closed="1") == {"ok": True}
    assert "к этому времени окно закроется" in feed(desk, talk)


def test_the_gate_is_asked_again_at_its_time_and_the_reason_shown(
    talk: Conversation, desk: Client, windowed: None
) -> None:
    at = on_the_wall(talk.tenant, ahead=timedelta(hours=30))
    send(desk, talk, "Поздно", at=at, although_closed="1")
    planned = PlannedAnswer.objects.get()
    with time_machine.travel(planned.send_at + timedelta(seconds=1)):
        drain()
        shown = feed(desk, talk)

    planned.refresh_from_db()
    assert (planned.fate, planned.state, ours()) == (PlannedFate.REFUSED, State.FAILED, [])
    assert "Клиент писал больше 24 ч назад" in shown
    assert back(desk, planned)["content"]["text"] == "Поздно"


def test_one_that_failed_is_sent_once_the_reason_is_gone(
    talk: Conversation, desk: Client, bot: Channel
) -> None:
    planned = plan(desk, talk)
    Channel.objects.filter(pk=bot.pk).update(is_active=False)
    its_time_comes()
    drain()
    planned.refresh_from_db()
    assert planned.fate == PlannedFate.REFUSED
    Channel.objects.filter(pk=bot.pk).update(is_active=True)
    assert now(desk, planned) == {"ok": True}
    drain()

    assert ours() == ["Готово, приходите"]


def test_it_is_hurried_and_then_the_client_does_not_stop_it(
    talk: Conversation, desk: Client, arrive: Callable[..., None]
) -> None:
    planned = plan(desk, talk)
    assert now(desk, planned) == {"ok": True}
    drain()

    assert ours() == ["Готово, приходите"]
    assert now(desk, planned)["ok"] is False
    assert back(desk, planned)["code"] == "sent"


@pytest.mark.parametrize("at", ["2020-01-01T09:00", "2199-01-01T09:00", "завтра", "2030-01-01T09:00+03:00"])
def test_no_sensible_time_is_said(talk: Conversation, desk: Client, at: str) -> None:
    assert send(desk, talk, at=at)["code"] == "bad_time"
    assert PlannedAnswer.objects.count() == 0


def test_a_colleague_may_cancel_it(talk: Conversation, desk: Client, shop: Tenant) -> None:
    planned = plan(desk, talk)
    PlannedAnswer.objects.filter(pk=planned.pk).update(member=None)

    assert back(desk, planned)["ok"] is True
    assert back(desk, planned)["ok"] is True  # a second press finds it done
    its_time_comes()
    drain()
    assert ours() == []


def test_the_list_costs_the_same_however_many_there_are(
    talk: Conversation, desk: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    plan(desk, talk)
    with CaptureQueriesContext(connection) as few:
        desk.get("/admin/desk/planned/")
        count = len(few)
    for _each in range(5):
        plan(desk, talk)
    with django_assert_num_queries(count):
        page = desk.get("/admin/desk/planned/").content.decode()
    assert page.count('class="planned-row') == 6
