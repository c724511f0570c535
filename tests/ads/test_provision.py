"""Audiences from a tenant's file, and back into one."""

from typing import Any

import pytest

from apps.ads.models import Audience, Placement
from apps.tenants.models import Tenant
from tests.tenants.provisioned import desk, rows
from tests.tenants.test_provision import export

__all__ = ["desk"]
pytestmark = pytest.mark.django_db
WHOLE = """\
tenant: {slug: battery, name: Battery Service}
connections:
  - {key: ya, connector: yandex_audience, config: {access_token: secret-token-12345, base_url: "http://127.0.0.1:1"}}
audiences:
  - name: Айфоны
    filter: {statuses: [rejected, closed], since: 2026-01-05, device: iPhone, tags: [важный]}
    connections: [ya]
    hour: 6
  - {name: Отказники за 30 дней, is_active: false}
"""


def test_the_file_makes_audiences_and_a_second_run_changes_nothing(desk: Any) -> None:
    desk.run(WHOLE)
    made = Audience.objects.get(name="Айфоны")
    assert made.filter == {
        "statuses": ["rejected", "closed"],
        "since": "2026-01-05",
        "device": "iPhone",
        "tags": ["важный"],
    }
    assert (made.hour, [one.key for one in made.connections.all()]) == (6, ["ya"])
    assert Audience.objects.get(name="Отказники за 30 дней").is_active is False
    before = rows()
    assert "no changes" in desk.run(WHOLE)
    assert rows() == before


def test_what_is_exported_makes_the_same_elsewhere(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YA_ACCESS_TOKEN", "secret-token-12345")
    desk.run(WHOLE)
    first = export()
    assert "secret-token-12345" not in first
    assert "no changes" in desk.run(first)
    Tenant.objects.all().delete()
    desk.run(first)
    assert export() == first


def test_an_account_that_the_file_no_longer_names_is_taken_off(desk: Any) -> None:
    desk.run(WHOLE)
    desk.run(WHOLE.replace("connections: [ya]", "connections: []"))
    assert set(Placement.objects.filter(audience__name="Айфоны").values_list("is_wanted", flat=True)) == {
        False
    }


@pytest.mark.parametrize(
    ("entry", "field", "said"),
    [
        ("{name: А, connections: [nobody]}", "audiences[0].connections", "«nobody»"),
        ("{name: А, filter: {statuses: [lost]}}", "audiences[0].filter.statuses[0]", "'rejected'"),
        ("{name: А, filter: {since: soon}}", "audiences[0].filter.since", "2026-01-31"),
        ("{name: А, hour: 24}", "audiences[0].hour", "23"),
    ],
)
def test_a_mistake_is_told_by_its_field(desk: Any, entry: str, field: str, said: str) -> None:
    head = WHOLE[: WHOLE.index("audiences:")]
    [(_line, name, message)] = desk.errors(f"{head}audiences: [{entry}]\n")
    assert name == field
    assert said in message
