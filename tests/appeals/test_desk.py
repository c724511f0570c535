"""The operators' desk through its real pages."""

import json
import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from apps.appeals.models import (
    Appeal,
    AppealStatus,
    Author,
    Batch,
    Conversation,
    Device,
    Draft,
    Message,
    Repair,
)
from apps.channels.contract import Reached
from apps.channels.models import Channel, Delivery
from apps.core.models import State
from apps.tenants.models import Member, Role, Tenant
from tests.work import close_windows, drain

Visit = Callable[..., str]
Routed = Callable[..., Conversation]

pytestmark = pytest.mark.django_db


def test_the_list_shows_the_client_and_the_open_window_at_once(desk: Client, visit: Visit) -> None:
    visit("Здравствуйте!")
    drain()

    page = desk.get("/admin/desk/").content.decode()

    assert "Здравствуйте!" in page
    assert Batch.objects.get().due_at.astimezone(timezone.get_default_timezone()).isoformat()[:19] in page


def test_what_joins_an_appeal_is_not_said_to_make_one(desk: Client, visit: Visit) -> None:
    token = visit("Здравствуйте!")
    drain()
    page = f"/admin/desk/{Conversation.objects.get().pk}/"
    assert "Обращение появится через" in desk.get(page).content.decode()
    close_windows()
    drain()
    visit("И ещё", token=token)
    drain()
    shown = desk.get(page).content.decode()
    assert f"Сообщения войдут в обращение №{Appeal.objects.get().pk} через" in shown
    assert "Обращение появится через" not in shown


def test_an_unchanged_list_costs_a_204(desk: Client, routed: Routed, visit: Visit) -> None:
    routed("Здравствуйте!")
    stamp = desk.get("/admin/desk/").context["look"].stamp

    assert desk.get(f"/admin/desk/live/?stamp={stamp}").status_code == 204
    visit("Ещё один клиент")
    drain()
    assert "Ещё один клиент" in desk.get(f"/admin/desk/live/?stamp={stamp}").content.decode()


def test_the_list_is_anew_once_an_answer_did_not_arrive(desk: Client, routed: Routed) -> None:
    send(desk, routed("Здравствуйте!"), "Добрый день")
    drain()
    stamp = desk.get("/admin/desk/").context["look"].stamp
    assert desk.get(f"/admin/desk/live/?stamp={stamp}").status_code == 204

    Delivery.objects.update(state=State.FAILED)
    assert "не доставлено" in desk.get(f"/admin/desk/live/?stamp={stamp}").content.decode()


def test_minutes_do_not_change_the_list_but_midnight_does(desk: Client, routed: Routed) -> None:
    routed("Здравствуйте!")
    now = timezone.localtime()
    noon, midnight = now.replace(hour=12), now.replace(hour=0, minute=10) + timedelta(days=1)
    with time_machine.travel(noon, tick=False) as clock:
        stamp = desk.get("/admin/desk/").context["look"].stamp
        clock.move_to(noon + timedelta(minutes=20))
        assert desk.get(f"/admin/desk/live/?stamp={stamp}").status_code == 204
        clock.move_to(midnight)
        assert desk.get(f"/admin/desk/live/?stamp={stamp}").status_code == 200


def test_an_unchanged_conversation_costs_a_204(desk: Client, routed: Routed) -> None:
    conversation = routed("Здравствуйте!")
    address = f"/admin/desk/{conversation.pk}/"
    stamp = desk.get(address).context["stamp"]

    assert desk.get(f"{address}live/?stamp={stamp}").status_code == 204
    send(desk, conversation, "Добрый день")
    parts = desk.get(f"{address}live/?stamp={stamp}").json()
    assert "Добрый день" in parts["feed"]


def test_the_operator_sees_it_delivered_when_the_client_has_it(
    desk: Client, routed: Routed, chat: Channel
) -> None:
    conversation = routed("Здравствуйте!")
    send(desk, conversation, "Добрый день")
    drain()
    stamp = desk.get(f"/admin/desk/{conversation.pk}/").context["stamp"]
    from apps.channels.reached import advance

    delivery = Delivery.objects.get()
    advance(
        channel=chat,
        external_message_id=delivery.external_message_id,
        reached=Reached.DELIVERED,
        at=timezone.now(),
        key=str(delivery.key),
    )

    parts = desk.get(f"/admin/desk/{conversation.pk}/live/?stamp={stamp}").json()
    assert 'data-reached="delivered"' in parts["feed"]


def test_the_same_form_sent_twice_is_one_message(desk: Client, routed: Routed) -> None:
    conversation = routed("Здравствуйте!")
    key = uuid.uuid4()
    for _again in range(2):
        assert send(desk, conversation, "Добрый день", key=key) == {"ok": True}

    assert Message.objects.filter(author=Author.OPERATOR).count() == 1
    assert Delivery.objects.count() == 1


def test_an_empty_answer_says_what_is_missing(desk: Client, routed: Routed) -> None:
    conversation = routed("Здравствуйте!")
    answer = send(desk, conversation, "   ")

    assert answer["ok"] is False
    assert answer["error"]


def test_a_corrected_device_keeps_what_the_ai_said(desk: Client, routed: Routed, anna: Member) -> None:
    conversation = routed("Батарея на iPhone 14")
    device = Device.objects.create(
        tenant=conversation.tenant,
        appeal=Appeal.objects.get(),
        brand="Apple",
        model="iPhone 14",
        evidence={
            "model": {"value": "iPhone 14", "message": Message.objects.get().pk, "start": 11, "end": 20}
        },
    )
    answer = desk.post(
        f"/admin/desk/{conversation.pk}/devices/{device.pk}/",
        {"brand": "Apple", "model": "iPhone 14 Pro", "imei": ""},
    )

    device.refresh_from_db()
    assert answer.json() == {"ok": True}
    assert device.model == "iPhone 14 Pro"
    assert device.evidence["model"]["value"] == "iPhone 14"
    assert device.corrections["model"]["by"] == anna.pk
    page = desk.get(f"/admin/desk/{conversation.pk}/").content.decode()
    words = f'<a class="said is-corrected" href="#m{Message.objects.get().pk}"'
    assert f'{words} title="Исправлено. ИИ предлагал: iPhone 14"' in page
    # Also for whoever has no mouse to hold over the mark.
    below = f'Исправлено. ИИ предлагал: iPhone 14 · <a href="#m{Message.objects.get().pk}">слова клиента</a>'
    assert f'<small class="repair-words">{below}</small>' in page


def test_a_removed_device_can_be_put_back(desk: Client, routed: Routed) -> None:
    conversation = routed("Батарея")
    device = Device.objects.create(tenant=conversation.tenant, appeal=Appeal.objects.get(), model="iPhone 14")
    address = f"/admin/desk/{conversation.pk}/devices/{device.pk}/"
    desk.post(address, {"remove": "1"})
    assert Device.objects.exclude(removed_at=None).count() == 1
    desk.post(address, {"put_back": "1"})
    assert Device.objects.filter(removed_at=None).count() == 1


def test_a_wrong_price_is_refused_with_its_field(desk: Client, routed: Routed) -> None:
    conversation = routed("Батарея")
    device = Device.objects.create(tenant=conversation.tenant, appeal=Appeal.objects.get(), model="iPhone 14")
    repair = Repair.objects.create(tenant=conversation.tenant, device=device, repair_type="Замена")
    answer = desk.post(
        f"/admin/desk/{conversation.pk}/repairs/{repair.pk}/", {"repair_type": "Замена", "price": "-1"}
    )

    assert answer.status_code == 422
    repair.refresh_from_db()
    assert repair.price is None


def test_devices_repairs_and_parts_are_added_by_hand(desk: Client, routed: Routed) -> None:
    conversation = routed("Батарея")
    base = f"/admin/desk/{conversation.pk}"
    desk.post(f"{base}/appeals/{Appeal.objects.get().pk}/devices/", {"brand": "Apple", "model": "iPhone 14"})
    device = Device.objects.get()
    desk.post(f"{base}/devices/{device.pk}/repairs/", {"repair_type": "Замена батареи", "price": "3500"})
    repair = Repair.objects.get()
    answer = desk.post(f"{base}/repairs/{repair.pk}/parts/", {"name": "Аккумулятор", "price": "2 500,50"})

    assert answer.json() == {"ok": True}
    assert str(repair.parts.get().price) == "2500.50"


def test_a_refusal_needs_its_reason(desk: Client, routed: Routed) -> None:
    conversation = routed("Дорого")
    address = f"/admin/desk/{conversation.pk}/appeals/{Appeal.objects.get().pk}/status/"

    assert desk.post(address, {"status": "rejected"}).status_code == 422
    assert desk.post(address, {"status": "rejected", "reason": "Дорого"}).json() == {"ok": True}
    appeal = Appeal.objects.get()
    assert (appeal.status, appeal.rejection_reason) == (AppealStatus.REJECTED, "Дорого")
    assert appeal.closed_at is not None


def test_a_closed_appeal_is_not_reopened_beside_an_open_one(desk: Client, routed: Routed) -> None:
    conversation = routed("Здравствуйте!")
    old = Appeal.objects.get()
    Appeal.objects.filter(pk=old.pk).update(status=AppealStatus.CLOSED)
    Appeal.objects.create(
        tenant=old.tenant, contact=old.contact, conversation=conversation, channel=old.channel
    )
    from apps.appeals.deciding import set_status
    from apps.core.errors import Rejected

    old.refresh_from_db()
    with pytest.raises(Rejected):
        set_status(appeal=old, status=AppealStatus.IN_PROGRESS)


def test_an_unknown_delivery_is_sent_again_only_by_a_person(desk: Client, routed: Routed) -> None:
    conversation = routed("Здравствуйте!")
    send(desk, conversation, "Добрый день")
    delivery = Delivery.objects.get()
    Delivery.objects.update(state=State.UNKNOWN, error_code="outcome_unknown")
    drain()
    assert Delivery.objects.get().state == State.UNKNOWN

    assert desk.post(f"/admin/desk/{conversation.pk}/resend/{delivery.pk}/").json() == {"ok": True}
    drain()
    assert Delivery.objects.get().state == State.DONE


@pytest.mark.parametrize(
    ("seconds", "told"), [(40, "в очереди, отправится через ~40 с"), (0, "отправляется")]
)
def test_an_answer_that_waits_for_its_turn_says_when_it_goes(
    desk: Client, routed: Routed, seconds: int, told: str
) -> None:
    conversation = routed("Здравствуйте!")
    send(desk, conversation, "Добрый день")
    Delivery.objects.update(due_at=timezone.now() + timedelta(seconds=seconds))

    page = desk.get(f"/admin/desk/{conversation.pk}/").content.decode()

    assert told in page
    assert "повторим" not in page


def test_to_have_waited_for_its_turn_is_no_attempt(desk: Client, routed: Routed) -> None:
    conversation = routed("Здравствуйте!")
    send(desk, conversation, "Добрый день")
    Delivery.objects.update(attempts=3)
    drain()

    page = desk.get(f"/admin/desk/{conversation.pk}/").content.decode()

    assert Delivery.objects.get().state == State.DONE
    assert "tick-tries" not in page


def test_another_tenants_member_finds_nothing(routed: Routed, client: Client) -> None:
    from apps.tenants.membership import add_member

    conversation = routed("Здравствуйте, секрет!")
    other = Tenant.objects.create(slug="other", name="Другая")
    client.force_login(add_member(tenant=other, username="eve", role=Role.ADMIN, name="Ева").user)
    base = f"/admin/desk/{conversation.pk}/"

    assert "секрет" not in client.get("/admin/desk/").content.decode()
    assert client.get(base).status_code == 404
    assert client.get(f"{base}live/").status_code == 404
    appeal = f"appeals/{Appeal.objects.get().pk}"
    for action in (
        *("answer", "now", "no-answer", "contact"),
        *(f"{appeal}/{verb}" for verb in ("status", "take", "give-back", "devices")),
    ):
        assert client.post(f"{base}{action}/", {"text": "x", "key": str(uuid.uuid4())}).status_code == 404
    assert Delivery.objects.count() == 0


def test_the_desk_is_closed_without_a_login(routed: Routed, client: Client) -> None:
    conversation = routed("Здравствуйте!")
    client.logout()

    assert client.get(f"/admin/desk/{conversation.pk}/").status_code == 302
    assert client.post(f"/admin/desk/{conversation.pk}/answer/").status_code == 302


def test_bidi_marks_and_markup_in_a_name_stay_text(desk: Client, routed: Routed) -> None:
    conversation = routed("<script>alert(1)</script>")
    conversation.contact.name = "<b>Иван</b>"
    conversation.contact.save()

    page = desk.get(f"/admin/desk/{conversation.pk}/").content.decode()
    assert "<script>alert" not in page
    assert "<b>Иван</b>" not in page


def test_the_list_costs_the_same_queries_however_many_conversations(
    desk: Client, visit: Visit, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(3):
        visit(f"Клиент {number}")
    drain()
    with django_assert_max_num_queries(20) as few:
        desk.get("/admin/desk/")
    as_few = len(few)
    for number in range(10):
        visit(f"Ещё {number}")
    drain()
    with django_assert_max_num_queries(as_few):
        desk.get("/admin/desk/")


def send(
    desk: Client,
    conversation: Conversation,
    text: str,
    key: uuid.UUID | None = None,
    draft: Draft | None = None,
) -> dict[str, object]:
    data = {"text": text, "key": str(key or uuid.uuid4()), "draft": str(draft.pk) if draft else ""}
    answer: dict[str, object] = json.loads(desk.post(f"/admin/desk/{conversation.pk}/answer/", data).content)
    return answer
