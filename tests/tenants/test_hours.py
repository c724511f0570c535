"""Working hours: what can be understood is taken, the rest is told by day."""

import pytest
from django.core.exceptions import ValidationError

from apps.tenants.hours import errors_in_hours
from apps.tenants.models import Tenant


@pytest.mark.parametrize(
    "hours",
    [
        {},
        {"mon-fri": "09:00-20:00", "sat": "10:00-18:00"},
        {"mon": ["09:00-13:00", "13:00-18:30"], "tue-sun": "00:00-24:00"},
    ],
)
def test_hours_are_taken(hours):
    assert errors_in_hours(hours) == {}


@pytest.mark.parametrize(
    ("hours", "wrong"),
    [
        ([], ""),
        ("09:00-18:00", ""),
        ({"monday": "09:00-18:00"}, "monday"),
        ({"fri-mon": "09:00-18:00"}, "fri-mon"),
        ({"mon-": "09:00-18:00"}, "mon-"),
        ({"mon-fri": "09:00-18:00", "fri": "10:00-12:00"}, "fri"),
        ({"mon": "9:00-18:00"}, "mon"),
        ({"mon": "09:00-25:00"}, "mon"),
        ({"mon": "20:00-02:00"}, "mon"),
        ({"mon": "09:00-09:00"}, "mon"),
        ({"mon": ["09:00-14:00", "13:00-18:00"]}, "mon"),
        ({"mon": []}, "mon"),
        ({"mon": None}, "mon"),
        ({"mon": {"from": "09:00"}}, "mon"),
        ({"mon": "٠٩:٠٠-١٨:٠٠"}, "mon"),
    ],
)
def test_hours_that_cannot_be_understood_are_told_by_day(hours, wrong):
    assert list(errors_in_hours(hours)) == [wrong]


def test_the_organisations_form_refuses_them_too():
    with pytest.raises(ValidationError) as raised:
        Tenant(slug="a", name="A", working_hours={"someday": "09:00-18:00"}).clean_fields()
    assert "someday" in raised.value.message_dict["working_hours"][0]
