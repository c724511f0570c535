"""What members' devices are told: theirs and nobody's, once while it is unread, never lost or doubled."""

from collections.abc import Callable, Iterator
from datetime import time as clock
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from apps.appeals.deciding import take
from apps.appeals.desk.notices import pushing
from apps.appeals.handing_over import hand_over
from apps.appeals.models import Appeal, Contact, Conversation, DeviceRing, NoticeWishes
from apps.appeals.people import client_wrote
from apps.appeals.read_marks import mark_read, mark_unread
from apps.core.models import State
from apps.core.work import find
from apps.core.work.claim import claim
from apps.core.work.perform import perform
from apps.core.work.recover import recover
from apps.integrations.checking import check_connection
from apps.integrations.connecting import connect
from apps.integrations.models import Connection, Health
from apps.push.devices import add_phone
from apps.push.models import Device, Outcome, Push
from apps.tenants.membership import add_member, remove_member
from apps.tenants.models import Member, Role, Tenant
from tests.peers.fcm import FcmPeer, own_values, refusal
from tests.peers.server import Reply
from tests.work import drain

Routed = Callable[..., Conversation]


@pytest.fixture
def google(settings: Any) -> Iterator[FcmPeer]:
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    with FcmPeer() as peer:
        yield peer


@pytest.fixture
def firebase(google: FcmPeer, shop: Tenant) -> Connection:
    made = connect(tenant=shop, connector="fcm", key="fcm", values=own_values(google.url))
    return check_connection(connection=made, within=9)


@pytest.fixture
def phone(firebase: Connection, anna: Member) -> Device:
    return add_phone(member=anna, registration_id="anna-phone", name="Pixel 9")[0]


@pytest.fixture
def olga(shop: Tenant) -> Member:
    return add_member(tenant=shop, username="olga", role=Role.OPERATOR, name="Ольга")


@pytest.fixture
def olgas_phone(firebase: Connection, olga: Member) -> Device:
    return add_phone(member=olga, registration_id="olga-phone", name="")[0]


def later() -> int:
    """The moment of gathering has passed, and whatever is due is done."""
    DeviceRing.objects.filter(due_at__lt=timezone.now() + timedelta(minutes=1)).update(due_at=timezone.now())
    return drain()


def client_writes(talk: Conversation, text: str) -> None:
    now = timezone.now()
    talk.messages.create(tenant=talk.tenant, author="client", text=text, sent_at=now, received_at=now)
    client_wrote(Conversation.objects.get(pk=talk.pk), at=now)


def led_by(member: Member, talk: Conversation, name: str = "Иван Петров") -> Conversation:
    Contact.objects.filter(pk=talk.contact_id).update(name=name)
    take(appeal=Appeal.objects.get(conversation=talk), member=member, instead_of=None)
    mark_read(conversation=talk, member=member)
    later()
    Push.objects.all().delete()
    return Conversation.objects.get(pk=talk.pk)


def told(google: FcmPeer) -> list[tuple[str, str, str]]:
    """And forgets it."""
    found = [(one["token"], one["notification"]["title"], one["data"]["type"]) for one in google.sent]
    google.sent.clear()
    return found


def test_a_new_appeal_goes_once_to_all_who_may_take_it(
    phone: Device, olgas_phone: Device, google: FcmPeer, routed: Routed
) -> None:
    talk = routed("Здравствуйте! Перезвоните на 8 (916) 123-45-67")
    later()
    assert {token for token, _title, kind in told(google) if kind == "new_appeal"} == {
        "anna-phone",
        "olga-phone",
    }
    client_writes(talk, "Ау")
    later()
    assert told(google) == []
    assert "916" not in str([list(row) for row in Push.objects.values_list("title", "body", "data")])


def test_the_one_who_leads_is_told_once_while_it_is_unread(
    phone: Device, olgas_phone: Device, google: FcmPeer, routed: Routed, anna: Member
) -> None:
    talk = led_by(anna, routed("Здравствуйте"))
    google.sent.clear()
    client_writes(talk, "Готово?")
    later()
    (sent,) = google.sent
    assert sent["token"] == "anna-phone"
    assert sent["notification"]["title"] == f"Новое сообщение: Иван Петров · {talk.channel.name}"
    assert sent["notification"]["body"] == "Готово?"
    assert sent["data"]["appeal_id"] == str(talk.current_appeal_id)
    assert sent["data"]["client_name"] == "Иван Петров"
    assert sent["data"]["url"] == f"/admin/desk/{talk.pk}/"
    assert sent["android"]["collapse_key"] == f"conversation-{talk.pk}"
    google.sent.clear()

    client_writes(talk, "Ау")
    client_writes(talk, "Вы тут?")
    later()
    assert told(google) == []

    talk.refresh_from_db()
    mark_read(conversation=talk, member=anna)
    mark_unread(conversation=talk, member=anna)
    later()
    assert told(google) == [], "what they put aside themselves is no news"
    client_writes(talk, "Спасибо")
    later()
    assert [token for token, _title, _kind in told(google)] == ["anna-phone"]


def test_what_was_read_before_it_went_does_not_go(
    phone: Device, google: FcmPeer, firebase: Connection, routed: Routed, anna: Member
) -> None:
    talk = led_by(anna, routed("Здравствуйте"))
    google.sent.clear()
    google.dead["anna-phone"] = refusal(503, "UNAVAILABLE")
    client_writes(talk, "Готово?")
    later()
    assert Push.objects.get().state == State.QUEUED
    del google.dead["anna-phone"]
    talk.refresh_from_db()
    mark_read(conversation=talk, member=anna)
    later()
    assert not Push.objects.exists()
    assert told(google) == []


def test_in_quiet_hours_nothing_goes_and_what_is_unread_then_goes_at_their_end(
    phone: Device, google: FcmPeer, routed: Routed, anna: Member
) -> None:
    talk = led_by(anna, routed("Здравствуйте"))
    google.sent.clear()
    until = timezone.now() + timedelta(hours=2)
    NoticeWishes.objects.create(tenant=anna.tenant, member=anna, quiet_until=until)
    client_writes(talk, "Ночью не спится")
    later()
    assert told(google) == []
    (ring,) = DeviceRing.objects.all()
    assert ring.due_at == until
    NoticeWishes.objects.update(quiet_until=None)
    later()
    assert len(told(google)) == 1


def test_daily_quiet_hours_are_the_organisations(
    phone: Device, google: FcmPeer, routed: Routed, anna: Member
) -> None:
    talk = led_by(anna, routed("Здравствуйте"))
    google.sent.clear()
    NoticeWishes.objects.create(
        tenant=anna.tenant, member=anna, quiet_from=clock(0, 0), quiet_to=clock(23, 59, 59)
    )
    client_writes(talk, "Есть кто?")
    later()
    assert told(google) == []


def test_a_kind_that_is_not_wished_on_devices_does_not_go(
    phone: Device, google: FcmPeer, routed: Routed, anna: Member
) -> None:
    NoticeWishes.objects.create(tenant=anna.tenant, member=anna, pushed=["own"])
    routed("Здравствуйте")
    later()
    assert told(google) == []


def test_who_is_handed_an_appeal_is_told_and_nobody_else(
    phone: Device, olgas_phone: Device, google: FcmPeer, routed: Routed, anna: Member, olga: Member
) -> None:
    talk = led_by(anna, routed("Здравствуйте"))
    google.sent.clear()
    hand_over(
        appeal=Appeal.objects.get(conversation=talk),
        to=olga,
        reason="По аккумуляторам",
        member=anna,
        instead_of=anna.pk,
    )
    later()
    assert [(token, kind) for token, _title, kind in told(google) if kind == "handed_over"] == [
        ("olga-phone", "handed_over")
    ]


def test_of_what_was_there_before_a_device_came_it_is_told_nothing(
    firebase: Connection, google: FcmPeer, routed: Routed, anna: Member
) -> None:
    routed("Здравствуйте")
    add_phone(member=anna, registration_id="anna-phone", name="")
    DeviceRing.objects.create(tenant=anna.tenant, member=anna)
    later()
    assert told(google) == []


def test_a_dead_token_is_dropped_and_asked_no_more(
    phone: Device, google: FcmPeer, routed: Routed, anna: Member
) -> None:
    talk = led_by(anna, routed("Здравствуйте"))
    google.dead["anna-phone"] = refusal(404, "NOT_FOUND", code="UNREGISTERED")
    client_writes(talk, "Готово?")
    later()
    phone.refresh_from_db()
    assert not phone.active
    push = Push.objects.get()
    assert (push.state, push.outcome) == (State.DONE, Outcome.GONE)
    asked = len(google.requests)
    talk.refresh_from_db()
    mark_read(conversation=talk, member=anna)
    client_writes(talk, "Ау")
    later()
    assert len(google.requests) == asked
    # The same phone, back again, begins anew.
    again, is_new = add_phone(member=anna, registration_id="anna-phone", name="")
    assert (again.pk, again.active, is_new) == (phone.pk, True, False)


def test_a_limit_holds_all_until_it_ends(
    phone: Device, google: FcmPeer, firebase: Connection, routed: Routed, anna: Member
) -> None:
    talk = led_by(anna, routed("Здравствуйте"))
    google.sent.clear()
    limit = refusal(429, "RESOURCE_EXHAUSTED", code="QUOTA_EXCEEDED")
    google.dead["anna-phone"] = Reply(status=429, json=limit.json, headers={"Retry-After": "60"})
    client_writes(talk, "Готово?")
    later()
    push = Push.objects.get()
    assert (push.state, push.failures) == (State.QUEUED, 0)
    assert timedelta(seconds=50) < push.due_at - timezone.now() <= timedelta(seconds=61)
    firebase.refresh_from_db()
    assert firebase.is_paused


def test_a_connection_that_needs_a_person_is_red_and_asked_no_more(
    phone: Device, google: FcmPeer, firebase: Connection, routed: Routed, anna: Member
) -> None:
    talk = led_by(anna, routed("Здравствуйте"))
    google.sent.clear()
    google.dead["anna-phone"] = refusal(403, "PERMISSION_DENIED")
    client_writes(talk, "Готово?")
    later()
    firebase.refresh_from_db()
    assert firebase.health == Health.MISCONFIGURED
    assert Push.objects.get().state == State.QUEUED
    asked = len(google.requests)
    talk.refresh_from_db()
    mark_read(conversation=talk, member=anna)
    client_writes(talk, "Ау")
    later()
    assert len(google.requests) == asked

    del google.dead["anna-phone"]
    check_connection(connection=firebase, within=9)
    Push.objects.update(due_at=timezone.now())
    drain()
    (sent,) = google.sent
    assert sent["notification"]["body"] == "Ау", "what was read meanwhile is no news"


def test_a_worker_killed_while_it_sends_loses_nothing_and_the_second_replaces_the_first(
    phone: Device, google: FcmPeer, routed: Routed, anna: Member
) -> None:
    talk = led_by(anna, routed("Здравствуйте"))
    google.sent.clear()
    client_writes(talk, "Готово?")
    DeviceRing.objects.update(due_at=timezone.now())
    for ring in DeviceRing.objects.all():
        claimed = claim(find("appeals.DeviceRing"), ring.pk)
        if claimed is not None:
            perform(find("appeals.DeviceRing"), claimed)
    # It has gone, and the worker dies before it writes so.
    push = claim(find("push.Push"), Push.objects.get().pk)
    assert push is not None
    find("push.Push").run(push)
    Push.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert recover() == 1
    later()
    first, second = google.sent
    assert first["android"]["collapse_key"] == second["android"]["collapse_key"]
    assert first["data"] == second["data"]
    assert Push.objects.get().outcome == Outcome.SENT


def test_a_round_killed_before_its_end_is_done_again(
    phone: Device, google: FcmPeer, routed: Routed, anna: Member
) -> None:
    talk = led_by(anna, routed("Здравствуйте"))
    google.sent.clear()
    client_writes(talk, "Готово?")
    DeviceRing.objects.update(due_at=timezone.now())
    ring = claim(find("appeals.DeviceRing"), DeviceRing.objects.order_by("pk")[0].pk)
    assert ring is not None
    pushing.look(ring)
    DeviceRing.objects.filter(pk=ring.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    recover()
    later()
    assert len(told(google)) == 1
    assert not DeviceRing.objects.filter(due_at__lte=timezone.now()).exists()


def test_what_is_too_old_is_not_sent(phone: Device, google: FcmPeer, routed: Routed, anna: Member) -> None:
    talk = led_by(anna, routed("Здравствуйте"))
    google.sent.clear()
    google.dead["anna-phone"] = refusal(503, "UNAVAILABLE")
    client_writes(talk, "Готово?")
    later()
    del google.dead["anna-phone"]
    Push.objects.update(due_at=timezone.now(), expires_at=F("created_at"))
    drain()
    assert told(google) == []
    assert Push.objects.get().outcome == Outcome.LATE


def test_without_devices_no_bell_makes_work(firebase: Connection, routed: Routed, anna: Member) -> None:
    led_by(anna, routed("Здравствуйте"))
    assert not DeviceRing.objects.exists()


def test_a_member_with_devices_and_open_bells_can_leave(
    phone: Device, google: FcmPeer, routed: Routed, anna: Member, shop: Tenant
) -> None:
    add_member(tenant=shop, username="boss", role=Role.ADMIN)
    talk = led_by(anna, routed("Здравствуйте"))
    client_writes(talk, "Готово?")
    remove_member(member=anna)
    later()
    assert not Device.objects.exists()
    assert not DeviceRing.objects.exists()


def test_a_round_costs_the_same_however_much_there_is(
    phone: Device,
    google: FcmPeer,
    routed: Routed,
    anna: Member,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    talks = [led_by(anna, routed("Здравствуйте"), f"Клиент {number}") for number in range(3)]
    add_phone(member=anna, registration_id="anna-tablet", name="")
    for talk in talks:
        client_writes(talk, "Готово?")
    ring = DeviceRing.objects.order_by("pk")[0]
    with django_assert_max_num_queries(16):
        effect = pushing.look(ring)
    effect()
    assert Push.objects.filter(kind="new_message").count() == 6
