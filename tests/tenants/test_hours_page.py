"""The page of working hours: a week as a grid, holidays with one press, and nobody else's."""

from datetime import UTC, date, datetime

import pytest
import time_machine
from django.urls import reverse

from apps.tenants.models import Member, SpecialDay, Tenant

pytestmark = pytest.mark.django_db


def address() -> str:
    return reverse("admin:tenants_hours")


def grid(**days: str) -> dict[str, str]:
    """`mon="09:00-13:00 14:00-18:00"`."""
    data = {"act": "week"}
    for day, text in days.items():
        for number, stretch in enumerate(text.split()):
            start, end = stretch.split("-")
            data |= {f"{day}_{number}_from": start, f"{day}_{number}_to": end}
    return data


def kept(member: Member) -> dict:
    return dict(Tenant.objects.get(pk=member.tenant_id).working_hours)


def test_a_week_is_kept_as_a_file_would_write_it(boss: Member, signed_in) -> None:
    day = "09:00-13:00 14:00-20:00"
    data = grid(mon=day, tue=day, wed=day, thu=day, fri=day, sat="10:00-00:00")
    assert signed_in(boss).post(address(), data).status_code == 302
    assert kept(boss) == {"mon-fri": ["09:00-13:00", "14:00-20:00"], "sat": "10:00-24:00"}
    shown = signed_in(boss).get(address()).text
    assert 'value="14:00"' in shown


def test_round_the_clock_is_no_hours_at_all(boss: Member, signed_in) -> None:
    signed_in(boss).post(address(), grid(mon="09:00-18:00"))
    signed_in(boss).post(address(), {"act": "week", "is_always": "on"})
    assert kept(boss) == {}


@pytest.mark.parametrize(
    "wrong",
    [
        {"mon_0_from": "09:00"},
        {"mon_0_from": "18:00", "mon_0_to": "09:00"},
        {"mon_0_from": "09:00", "mon_0_to": "14:00", "mon_1_from": "13:00", "mon_1_to": "18:00"},
        {"mon_0_from": "später", "mon_0_to": "18:00"},
        {},
    ],
)
def test_what_cannot_be_is_told_beside_its_day(boss: Member, signed_in, wrong: dict[str, str]) -> None:
    answer = signed_in(boss).post(address(), {"act": "week", **wrong})
    assert answer.status_code == 200
    assert 'role="alert"' in answer.text
    assert kept(boss) == {}


def test_more_stretches_than_the_grid_offers_are_not_lost(boss: Member, signed_in) -> None:
    four = ["08:00-09:00", "10:00-11:00", "12:00-13:00", "14:00-15:00"]
    Tenant.objects.update(working_hours={"mon": four})
    shown = signed_in(boss).get(address()).context["week"]
    data = {"act": "week"} | {
        name: field.initial.strftime("%H:%M")
        for name, field in shown.fields.items()
        if name != "is_always" and field.initial is not None
    }
    signed_in(boss).post(address(), data)
    assert kept(boss) == {"mon": four}


@time_machine.travel(datetime(2026, 2, 1, 9, tzinfo=UTC))
def test_a_years_holidays_come_with_one_press_and_spare_what_was_entered(boss: Member, signed_in) -> None:
    Tenant.objects.update(working_hours={"mon-fri": "09:00-18:00"})
    client = signed_in(boss)
    client.post(
        address(), {"act": "day", "date": "08.03.2026", "hours_text": "10:00–15:00", "name": "Открыты"}
    )
    client.post(address(), {"act": "fill", "year": "2026"})
    days = dict(SpecialDay.objects.values_list("date", "hours"))
    assert days[date(2026, 3, 8)] == ["10:00-15:00"]
    assert days[date(2026, 5, 11)] == []
    assert days[date(2026, 4, 30)] == ["09:00-17:00"]
    count = len(days)
    client.post(address(), {"act": "fill", "year": "2026"})
    assert SpecialDay.objects.count() == count


def test_chosen_days_are_removed_and_only_ones_own(boss: Member, stranger: Member, signed_in) -> None:
    mine = SpecialDay.objects.create(tenant=boss.tenant, date="2027-01-01")
    theirs = SpecialDay.objects.create(tenant=stranger.tenant, date="2027-01-01")
    signed_in(boss).post(address(), {"act": "remove", "row": [mine.pk, theirs.pk, "x", "9" * 30]})
    assert list(SpecialDay.objects.all()) == [theirs]


@pytest.mark.parametrize("hours", ["abc", "10:00", "15:00-10:00", "10:00-12:00, 11:00-13:00"])
def test_hours_of_a_day_that_cannot_be_are_told(boss: Member, signed_in, hours: str) -> None:
    answer = signed_in(boss).post(address(), {"act": "day", "date": "08.03.2027", "hours_text": hours})
    assert 'role="alert"' in answer.text
    assert not SpecialDay.objects.exists()


def test_only_administrators_and_a_superuser_who_names_the_organisation(
    boss: Member, head: Member, stranger: Member, root, signed_in
) -> None:
    assert signed_in(head).get(address()).status_code == 403
    offered = signed_in(root).get(address()).text
    assert boss.tenant.name in offered
    signed_in(root).post(f"{address()}?tenant={boss.tenant_id}", grid(mon="09:00-18:00"))
    assert (kept(boss), kept(stranger)) == ({"mon": "09:00-18:00"}, {})
