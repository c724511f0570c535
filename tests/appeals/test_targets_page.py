"""The page of deadlines: what is typed is understood, shown by examples, and kept for one organisation."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from apps.appeals.models import Recount, Target
from apps.channels.models import Channel
from apps.integrations.connecting import connect
from apps.tenants.models import Member, Tenant

pytestmark = pytest.mark.django_db
# A Tuesday.
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


@pytest.fixture
def site(tenant_a: Tenant) -> Channel:
    connection = connect(tenant=tenant_a, connector="webchat", key="site", name="Сайт", values={})
    return Channel.objects.get(connection=connection)


def address() -> str:
    return reverse("admin:appeals_targets")


@pytest.mark.parametrize(
    ("written", "minutes"),
    [
        ("30", 30),
        ("30 мин", 30),
        ("4 ч", 240),
        ("1 ч 30 мин", 90),
        ("1h 30m", 90),
        ("2 часа", 120),
        ("", None),
    ],
)
def test_a_span_is_taken_as_people_write_it(
    boss: Member, signed_in, written: str, minutes: int | None
) -> None:
    data = {"all-first_answer_minutes": written, "all-next_answer_minutes": "1"}
    assert signed_in(boss).post(address(), data).status_code == 302
    assert Target.objects.get().first_answer_minutes == minutes


@pytest.mark.parametrize("written", ["скоро", "0", "1 год", "999999 ч", "-5", "1" * 40])
def test_what_is_no_span_is_told_and_nothing_is_kept(boss: Member, signed_in, written: str) -> None:
    answer = signed_in(boss).post(address(), {"all-first_answer_minutes": written})
    assert answer.status_code == 200
    assert 'role="alert"' in answer.text
    assert not Target.objects.exists()


def test_a_channel_has_its_own_until_it_is_switched_off(boss: Member, signed_in, site: Channel) -> None:
    client, own = signed_in(boss), f"c{site.pk}"
    data = {"all-first_answer_minutes": "30 мин", f"{own}-is_own": "on", f"{own}-first_answer_minutes": "5"}
    client.post(address(), data)
    found = dict(Target.objects.values_list("channel", "first_answer_minutes"))
    assert found == {None: 30, site.pk: 5}
    client.post(address(), {"all-first_answer_minutes": "30 мин", f"{own}-first_answer_minutes": "5"})
    assert dict(Target.objects.values_list("channel", "first_answer_minutes")) == {None: 30}
    client.post(address(), {})
    assert not Target.objects.exists()


def test_what_is_open_is_reckoned_anew_in_the_same_transaction(boss: Member, signed_in) -> None:
    signed_in(boss).post(address(), {"all-first_answer_minutes": "30"})
    assert Recount.objects.get().tenant == boss.tenant


@time_machine.travel(NOW, tick=False)
def test_examples_show_what_is_typed_before_it_is_kept(boss: Member, signed_in) -> None:
    Tenant.objects.update(working_hours={"mon-fri": "10:00-20:00"})
    data = {"act": "preview", "all-first_answer_minutes": "1 ч"}
    shown = signed_in(boss).post(address(), data).text
    assert "Если клиент напишет в пятницу в 19:30, ответить нужно до понедельника, 10:30." in shown
    assert not Target.objects.exists()


@time_machine.travel(datetime(2026, 12, 22, 9, tzinfo=UTC), tick=False)
def test_a_holiday_is_an_example_of_its_own(boss: Member, signed_in) -> None:
    Tenant.objects.update(working_hours={"mon-fri": "10:00-20:00"})
    client = signed_in(boss)
    client.post(reverse("admin:tenants_hours"), {"act": "fill", "year": "2026"})
    client.post(reverse("admin:tenants_hours"), {"act": "fill", "year": "2027"})
    shown = client.post(address(), {"act": "preview", "all-first_answer_minutes": "30 мин"}).text
    assert "Если клиент напишет 31 декабря в 12:00, ответить нужно до 11 января, 10:30." in shown


def test_others_than_administrators_are_not_let_in(head: Member, anna: Member, signed_in) -> None:
    for who in (head, anna):
        assert signed_in(who).get(address()).status_code == 403
    assert Client().get(address()).status_code == 302


def test_another_organisations_channels_are_not_there(stranger: Member, signed_in, site: Channel) -> None:
    data = {f"c{site.pk}-is_own": "on", f"c{site.pk}-first_answer_minutes": "5"}
    assert "Сайт" not in signed_in(stranger).get(address()).text
    signed_in(stranger).post(address(), data)
    assert not Target.objects.exists()
