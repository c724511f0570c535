"""What an employee's browser is told of: only what is theirs and unread, without numbers to call, and quietly
when they asked for it.
"""

import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from datetime import time as clock

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from apps.appeals.attending import EVERY, attend, leave
from apps.appeals.deciding import take
from apps.appeals.desk.notices.deadlines import Deadline
from apps.appeals.desk.notices.telling import tell
from apps.appeals.desk.notices.wishes import quiet_end
from apps.appeals.desk.notices.wording import words
from apps.appeals.handing_over import hand_over
from apps.appeals.jotting import write_note
from apps.appeals.live import hearing
from apps.appeals.live.hearing import Ear
from apps.appeals.live.passes import make_pass
from apps.appeals.models import Appeal, Contact, Conversation, Looking, Mention, NoticeKind, NoticeWishes
from apps.appeals.people import client_wrote
from apps.appeals.read_marks import mark_read
from apps.channels.models import Delivery
from apps.core.models import State
from apps.tenants.membership import add_member
from apps.tenants.models import Member, Role, Tenant

Routed = Callable[..., Conversation]

PATIENCE = 20.0


@pytest.fixture
def olga(shop: Tenant) -> Member:
    return add_member(tenant=shop, username="olga", role=Role.OPERATOR, name="Ольга")


@pytest.fixture
def talk(anna: Member, routed: Routed) -> Conversation:
    """Anna was there before the client wrote."""
    return routed("Здравствуйте! Перезвоните на 8 (916) 123-45-67")


def wish(member: Member, **values: object) -> NoticeWishes:
    everything = {"shown": NoticeKind.values, "sounding": []}
    made, _new = NoticeWishes.objects.update_or_create(
        member=member, defaults={"tenant_id": member.tenant_id, **everything, **values}
    )
    return made


def taken(talk: Conversation, member: Member) -> Appeal:
    appeal = Appeal.objects.get(conversation=talk)
    take(appeal=appeal, member=member, instead_of=None)
    return appeal


def told(member: Member, now: datetime | None = None) -> list[tuple[str, str, str]]:
    found = tell(Member.objects.get(pk=member.pk), now=now or timezone.now())
    return [(one.kind, one.title, one.body) for one in found.notices]


def kinds(member: Member, now: datetime | None = None) -> list[str]:
    return [kind for kind, _title, _body in told(member, now)]


# --- what is told, and to whom


def test_a_new_appeal_is_told_to_who_wants_it_until_somebody_has_it(
    talk: Conversation, anna: Member, olga: Member
) -> None:
    assert told(anna) == []  # not by default
    wish(anna)
    ((kind, title, body),) = told(anna)
    assert (kind, title) == ("free", f"Новое обращение: Клиент · {talk.channel.name}")
    assert body == "Здравствуйте! Перезвоните на •••"
    taken(talk, olga)
    assert told(anna) == []


def test_words_of_a_client_are_told_to_who_leads_until_they_are_read(
    talk: Conversation, anna: Member, olga: Member
) -> None:
    wish(olga)
    taken(talk, anna)
    Contact.objects.update(name="Иван")
    talk.refresh_from_db()
    ((kind, title, _body),) = told(anna)
    assert (kind, title) == ("own", f"Иван · {talk.channel.name}")
    assert told(olga) == []
    mark_read(conversation=talk, member=anna)
    assert told(anna) == []


def test_each_new_message_is_new_and_they_are_counted(talk: Conversation, anna: Member) -> None:
    taken(talk, anna)
    first = tell(anna, now=timezone.now()).notices[0]
    assert tell(anna, now=timezone.now()).notices[0].key == first.key
    mark_read(conversation=talk, member=anna)
    for text in ("Ау", "Вы тут?"):
        client_writes(talk, text)
    second = tell(anna, now=timezone.now()).notices[0]
    assert second.key != first.key
    assert (second.messages, second.body) == (2, "Вы тут?")


def client_writes(talk: Conversation, text: str) -> None:
    now = timezone.now()
    talk.messages.create(tenant=talk.tenant, author="client", text=text, sent_at=now, received_at=now)
    client_wrote(Conversation.objects.get(pk=talk.pk), at=now)


@pytest.mark.parametrize("name", ["+7 916 123-45-67", "79161234567", ""])
def test_a_client_known_by_a_number_is_a_client(talk: Conversation, anna: Member, name: str) -> None:
    taken(talk, anna)
    Contact.objects.update(name=name)
    assert told(anna)[0][1] == f"Клиент · {talk.channel.name}"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Мой номер +7 (916) 123-45-67, жду", "Мой номер •••, жду"),
        ("звоните 123-45-67", "звоните •••"),
        ("89161234567", "•••"),
        ("iPhone 14 Pro за 12 500 руб", "iPhone 14 Pro за 12 500 руб"),
    ],
)
def test_no_number_to_call_is_shown(text: str, shown: str) -> None:
    assert words(text) == shown


def test_a_mention_and_a_handing_over_are_told_until_the_conversation_is_opened(
    talk: Conversation, anna: Member, olga: Member, desk: Client
) -> None:
    mark_read(conversation=talk, member=anna)
    write_note(conversation=talk, member=olga, text="@Анна, спросите цену", key=uuid.uuid4())
    hand_over(appeal=Appeal.objects.get(), to=anna, reason="Вы знаете клиента", member=olga, instead_of=None)
    who = f"Клиент · {talk.channel.name}"
    assert told(anna) == [
        ("mention", "Вас упоминает Ольга", f"{who}\n@Анна, спросите цену"),
        ("handed", "Вам передали обращение", f"{who}\nВы знаете клиента"),
    ]
    desk.get(f"/admin/desk/{talk.pk}/")
    assert told(anna) == []


def test_an_answer_that_failed_is_told_until_its_author_has_looked(
    talk: Conversation, anna: Member, olga: Member, desk: Client
) -> None:
    wish(anna)
    wish(olga)
    delivery = Delivery.objects.create(
        tenant=talk.tenant, channel=talk.channel, external_chat_id=talk.external_chat_id, text="3500"
    )
    talk.messages.create(
        tenant=talk.tenant,
        author="operator",
        operator=anna,
        delivery=delivery,
        text="3500",
        sent_at=timezone.now(),
    )
    mark_read(conversation=talk, member=anna)
    assert kinds(anna) == []
    Delivery.objects.update(state=State.FAILED)
    assert told(anna) == [("failed", "Ваш ответ не доставлен", f"Клиент · {talk.channel.name}\n3500")]
    assert "failed" not in kinds(olga)
    desk.get(f"/admin/desk/{talk.pk}/")
    assert kinds(anna) == []


def test_a_deadline_is_told_before_it_comes_and_when_it_is_missed(talk: Conversation, anna: Member) -> None:
    wish(anna)
    taken(talk, anna)
    mark_read(conversation=talk, member=anna)
    now = timezone.now()
    Conversation.objects.update(waiting_since=now, answer_due_at=now + timedelta(hours=1))
    found = tell(anna, now=now)
    assert (found.notices, found.next_at) == ([], now + timedelta(minutes=55))

    assert told(anna, now + timedelta(minutes=56))[0][:2] == (
        "due",
        "Срок ответа истекает: осталось 4 мин",
    )
    late = told(anna, now + timedelta(minutes=61))
    assert [one[1] for one in late] == ["Срок ответа пропущен"]
    assert told(anna, now + timedelta(days=2)) == []


def test_a_short_deadline_is_not_near_from_the_start() -> None:
    at = timezone.now()
    short = Deadline(name="answer", since=at, due=at + timedelta(minutes=6), ahead=timedelta(minutes=5))
    assert short.near_at == at + timedelta(minutes=4)


# --- when not


NIGHT = {"quiet_from": clock(22), "quiet_to": clock(8)}


@pytest.mark.parametrize(
    ("values", "at", "until"),
    [
        ({}, "2026-03-10T12:00", None),
        ({"quiet_until": datetime(2026, 3, 10, 10, tzinfo=UTC)}, "2026-03-10T12:00", "2026-03-10T13:00"),
        ({"quiet_until": datetime(2026, 3, 10, 8, tzinfo=UTC)}, "2026-03-10T12:00", None),
        (NIGHT, "2026-03-10T23:30", "2026-03-11T08:00"),
        (NIGHT, "2026-03-11T07:59", "2026-03-11T08:00"),
        (NIGHT, "2026-03-11T08:00", None),
        ({"quiet_from": clock(13), "quiet_to": clock(14)}, "2026-03-10T13:30", "2026-03-10T14:00"),
        # Until eleven at night, and then it is night.
        (
            {"quiet_until": datetime(2026, 3, 10, 20, tzinfo=UTC), **NIGHT},
            "2026-03-10T20:00",
            "2026-03-11T08:00",
        ),
    ],
)
def test_it_is_quiet_by_the_organisations_clock(values: dict, at: str, until: str | None) -> None:
    end = quiet_end(NoticeWishes(**values), zone="Europe/Moscow", now=datetime.fromisoformat(f"{at}+03:00"))
    assert (end and end.astimezone().isoformat()) == (
        until and datetime.fromisoformat(f"{until}+03:00").astimezone().isoformat()
    )


def test_while_it_is_quiet_nothing_is_told_but_when_it_will_be(talk: Conversation, anna: Member) -> None:
    now = timezone.now()
    wish(anna, quiet_until=now + timedelta(hours=1))
    taken(talk, anna)
    found = tell(anna, now=now)
    assert (found.is_quiet, found.notices, found.next_at) == (True, [], now + timedelta(hours=1))
    assert kinds(anna, now + timedelta(hours=2)) == ["own"]


# --- the browser's question


def test_the_browser_is_told_all_in_a_constant_number_of_queries(
    routed: Routed, anna: Member, desk: Client
) -> None:
    wish(anna)
    address = f"/admin/desk/notifications/told/?member={anna.pk}"
    taken(routed("Один"), anna)
    routed("Ничьё")
    with CaptureQueriesContext(connection) as few:
        assert len(desk.get(address).json()["notices"]) == 2
    for text in ("Два", "Три", "Четыре"):
        talk = routed(text)
        write_note(conversation=talk, member=anna, text="Себе", key=uuid.uuid4())
        appeal = Appeal.objects.get(conversation=talk)
        take(appeal=appeal, member=anna, instead_of=None)
    with CaptureQueriesContext(connection) as many:
        answer = desk.get(address).json()
    assert [one["body"] for one in answer["notices"]] == ["Четыре", "Три", "Два", "Один", "Ничьё"]
    assert answer["unread"] == 5
    assert len(many) == len(few)


def test_a_tab_of_another_employee_is_told_nothing(anna: Member, olga: Member, desk: Client) -> None:
    assert desk.get(f"/admin/desk/notifications/told/?member={olga.pk}").status_code == 403
    assert Client().get(f"/admin/desk/notifications/told/?member={anna.pk}").status_code == 302


def test_the_wishes_are_kept_from_the_page(anna: Member, desk: Client) -> None:
    page = desk.get("/admin/desk/notifications/")
    assert [one["name"] for one in page.context["form"].kinds() if one["is_shown"]] == [
        "own",
        "mention",
        "handed",
    ]
    form = {"shown": ["due"], "sounding": [], "tune": "knock", "volume": "0", "quiet_from": "22:00"}
    assert "тихих часов" in desk.post("/admin/desk/notifications/", form).content.decode()
    assert not NoticeWishes.objects.exists()
    desk.post("/admin/desk/notifications/", {**form, "quiet_to": "08:00"})
    kept = NoticeWishes.objects.get(member=anna)
    assert (kept.shown, kept.sounding, kept.tune, kept.volume) == (["due"], [], "knock", 0)
    assert (kept.quiet_from, kept.quiet_to) == (clock(22), clock(8))


# --- the bell


def test_the_bell_rings_for_one_member_or_for_all(monkeypatch: pytest.MonkeyPatch, client: Client) -> None:
    ear = Ear()
    monkeypatch.setattr(ear, "_listen", lambda: None)
    monkeypatch.setattr("apps.appeals.live.asking.ear", ear)
    ear._heard_from = time.time() - 60
    ear.note("ping:1")
    since = time.time() - 10
    for ring in ("bell:1:5", "bell:1:6", "bell:1:0", "bell:2:5"):
        ear.note(ring)

    def ask(bell: float, tenant: int = 1) -> object:
        pass_ = make_pass(tenant_id=tenant, member_id=5)
        query: dict[str, str] = {"pass": pass_, "since": repr(since), "of": "-1", "bell": repr(bell)}
        answer = client.get("/live/desk", query)
        return answer.json()["rings"] if answer.status_code == 200 else answer.status_code

    assert (ask(since), ask(since, tenant=2), ask(time.time() + 1)) == ([0, 5], [5], 204)
    assert ask(time.time() - 120) is None


@pytest.fixture
def rings(client: Client, transactional_db: None) -> Iterator[Callable[[Member, float], object]]:
    """The real ear: for whom the bell rang since then, once it hears."""
    hearing.ear.stop()

    def ask(member: Member, since: float) -> object:
        query: dict[str, str | int] = {
            "pass": make_pass(tenant_id=member.tenant_id, member_id=member.pk),
            "of": -1,
        }
        answer = client.get("/live/desk", {**query, "since": repr(since), "bell": repr(since)})
        return set() if answer.status_code == 204 else answer.json()["rings"]

    yield ask
    hearing.ear.stop()


def test_the_database_rings_for_whom_it_concerns(
    rings: Callable[[Member, float], object],
    talk: Conversation,
    anna: Member,
    olga: Member,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    until = time.monotonic() + PATIENCE
    while rings(anna, time.time() + 1) is None:
        assert time.monotonic() < until
        time.sleep(0.01)

    def heard(member: Member, act: Callable[[], object]) -> object:
        since = time.time() + hearing.SKEW
        while time.time() < since:
            time.sleep(0.01)
        act()
        end = time.monotonic() + PATIENCE
        while not (found := rings(member, since)) and time.monotonic() < end:
            time.sleep(0.01)
        return found

    assert heard(anna, lambda: client_writes(talk, "Ау")) == [0]
    assert heard(anna, lambda: taken(talk, anna)) == [0, anna.pk]
    assert heard(anna, lambda: client_writes(talk, "Ау")) == [anna.pk]
    talk.refresh_from_db()
    assert heard(olga, lambda: mark_read(conversation=talk, member=olga)) == [olga.pk]
    note = lambda: write_note(conversation=talk, member=anna, text="@Ольга", key=uuid.uuid4())  # noqa: E731
    assert heard(olga, note) == [olga.pk]
    assert heard(olga, lambda: Mention.objects.all().delete()) == [olga.pk]
    assert heard(olga, lambda: wish(olga)) == [olga.pk]

    def looks() -> None:
        attend(conversation=talk, member=olga, looks=True)

    def looks_while_the_client_writes() -> None:
        looks()
        client_writes(talk, "Ау")

    assert heard(olga, looks) == [olga.pk], "she comes"
    leave(conversation=talk, member=olga)
    assert heard(olga, looks) == [olga.pk], "she comes back"
    Looking.objects.update(looked_at=timezone.now() - EVERY * 1.5)
    since = time.time() + hearing.SKEW
    assert heard(anna, looks_while_the_client_writes) == [anna.pk]
    assert not rings(olga, since), "a sign that she is still here is no news"
    with django_assert_num_queries(0):
        rings(olga, time.time() - 1)


@pytest.mark.parametrize("address", ["/admin/", "/admin/desk/", "/admin/appeals/contact/"])
def test_every_page_of_who_works_at_the_desk_hears_the_bell(desk: Client, address: str) -> None:
    assert 'id="bell"' in desk.get(address).content.decode()
