"""Where an appeal may go, what is asked on the way, and what follows when the client writes after the end."""

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from apps.appeals import statuses
from apps.appeals.answering import answer
from apps.appeals.deciding import set_status
from apps.appeals.models import Appeal, AppealEvent, AppealStatus, Conversation, EventKind, Message
from apps.appeals.models.appeal import ENDED_STATUSES
from apps.core.errors import Rejected
from apps.tenants.models import Member, Tenant
from tests.work import close_windows, drain

Routed = Callable[..., Conversation]
Visit = Callable[..., str]

pytestmark = pytest.mark.django_db


@pytest.fixture
def again(visit: Visit) -> Callable[[str], None]:
    """The one client writes, and the window closes."""
    tokens: list[str] = []

    def write(text: str) -> None:
        tokens.append(visit(text, token=tokens[-1] if tokens else ""))
        drain()
        close_windows()
        drain()

    return write


@pytest.mark.parametrize("now", AppealStatus)
@pytest.mark.parametrize("wanted", AppealStatus)
def test_the_table_is_what_the_door_does(routed: Routed, now: AppealStatus, wanted: AppealStatus) -> None:
    routed("Здравствуйте!")
    closed_at = timezone.now() if now in ENDED_STATUSES else None
    Appeal.objects.update(
        status=now, closed_at=closed_at, rejection_reason="Дорого" if now == "rejected" else ""
    )
    events = AppealEvent.objects.count()
    if wanted == now or wanted in statuses.MOVES[now]:
        set_status(appeal=Appeal.objects.get(), status=wanted, reason="Дорого")
        assert AppealEvent.objects.count() - events == (0 if now == wanted else 1)
    else:
        with pytest.raises(Rejected):
            set_status(appeal=Appeal.objects.get(), status=wanted, reason="Дорого")
        wanted = now

    appeal = Appeal.objects.get()
    assert appeal.status == wanted
    assert (appeal.closed_at is None) == (wanted not in ENDED_STATUSES)


def test_a_page_offers_only_where_the_appeal_may_go(routed: Routed, desk: Client) -> None:
    conversation = routed("Здравствуйте!")
    Appeal.objects.update(status=AppealStatus.CLOSED)
    offered = desk.get(f"/admin/desk/{conversation.pk}/").context["statuses"]

    assert [value for value, _label in offered] == ["closed", "in_progress", "rejected"]


def test_what_a_colleague_has_just_ended_is_not_moved_on_unseen(routed: Routed, desk: Client) -> None:
    conversation = routed("Здравствуйте!")
    Appeal.objects.update(status=AppealStatus.CLOSED)
    address = f"/admin/desk/{conversation.pk}/appeals/{Appeal.objects.get().pk}/status/"
    answer = desk.post(address, {"status": "agreed"})

    assert answer.status_code == 422
    assert "завершил" in answer.json()["error"]


def test_the_usual_reasons_are_the_organisations_own(routed: Routed, desk: Client, shop: Tenant) -> None:
    conversation = routed("Здравствуйте!")
    assert "Ушёл к другим" in desk.get(f"/admin/desk/{conversation.pk}/").content.decode()
    shop.refusal_reasons = "Нет детали\n\n Далеко ехать "
    shop.save()

    assert desk.get(f"/admin/desk/{conversation.pk}/").context["refusal_reasons"] == [
        "Нет детали",
        "Далеко ехать",
    ]


def test_a_refusal_is_told_with_its_reason_and_who_noted_it(routed: Routed, desk: Client) -> None:
    conversation = routed("Здравствуйте!")
    address = f"/admin/desk/{conversation.pk}/appeals/{Appeal.objects.get().pk}/status/"
    desk.post(address, {"status": "rejected", "reason": "Дорого"})

    shown = desk.get(f"/admin/desk/{conversation.pk}/").content.decode()
    assert "Отказ: Дорого</bdi> · <bdi>Анна" in shown


# --- the client writes after the end


@pytest.mark.parametrize("status", ENDED_STATUSES)
def test_soon_after_the_end_the_same_appeal_goes_on(
    again: Callable[[str], None], anna: Member, status: AppealStatus
) -> None:
    again("Здравствуйте!")
    conversation = Conversation.objects.get()
    answer(conversation=conversation, member=anna, text="3500", key=uuid.uuid4())
    first = Appeal.objects.get().first_answer_at
    set_status(appeal=Appeal.objects.get(), status=status, reason="Дорого")
    again("А если без гарантии?")

    appeal = Appeal.objects.get()
    assert (appeal.status, appeal.operator, appeal.closed_at) == (AppealStatus.IN_PROGRESS, anna, None)
    assert appeal.rejection_reason == ""
    event = AppealEvent.objects.get(kind=EventKind.REOPENED)
    assert (event.actor, event.data["from"]) == ("client", status)
    assert first is not None
    assert event.data["first_answer_at"] == first.isoformat()
    # The first answer is waited for anew.
    assert appeal.first_answer_at is None
    assert appeal.clock_from == appeal.reopened_at
    answer(conversation=conversation, member=anna, text="Нет", key=uuid.uuid4())
    later = Appeal.objects.get()
    assert later.first_answer_at is not None
    assert later.first_answer_at > later.clock_from


@pytest.mark.parametrize(("days", "ago"), [(3, timedelta(days=4)), (0, timedelta())])
def test_later_or_by_the_organisations_wish_it_is_a_new_one(
    again: Callable[[str], None], shop: Tenant, days: int, ago: timedelta
) -> None:
    Tenant.objects.update(reopen_days=days)
    again("Здравствуйте!")
    set_status(appeal=Appeal.objects.get(), status=AppealStatus.CLOSED)
    Appeal.objects.update(closed_at=timezone.now() - ago)
    again("Теперь экран")

    assert [one.status for one in Appeal.objects.order_by("pk")] == [AppealStatus.CLOSED, AppealStatus.NEW]
    assert Message.objects.latest("pk").appeal == Appeal.objects.latest("pk")


def test_what_is_opened_again_by_hand_keeps_its_first_answer(routed: Routed, anna: Member) -> None:
    conversation = routed("Здравствуйте!")
    answer(conversation=conversation, member=anna, text="3500", key=uuid.uuid4())
    first = Appeal.objects.get().first_answer_at
    set_status(appeal=Appeal.objects.get(), status=AppealStatus.CLOSED)
    set_status(appeal=Appeal.objects.get(), status=AppealStatus.IN_PROGRESS, member=anna)

    appeal = Appeal.objects.get()
    assert (appeal.first_answer_at, appeal.reopened_at) == (first, None)
    assert AppealEvent.objects.get(kind=EventKind.REOPENED).member == anna


def test_an_answer_does_not_wait_for_the_client_but_their_word_ends_the_waiting(
    again: Callable[[str], None], anna: Member
) -> None:
    again("Здравствуйте!")
    answer(conversation=Conversation.objects.get(), member=anna, text="3500", key=uuid.uuid4())
    assert Appeal.objects.get().status == AppealStatus.IN_PROGRESS
    set_status(appeal=Appeal.objects.get(), status=AppealStatus.WAITING)
    again("Согласен")

    assert Appeal.objects.get().status == AppealStatus.IN_PROGRESS
    event = AppealEvent.objects.filter(kind=EventKind.STATUS).latest("pk")
    assert (event.actor, event.data) == ("client", {"from": "waiting", "to": "in_progress"})
