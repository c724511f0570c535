"""A CRM's fields and statuses from a tenant's file, and back into one."""

from typing import Any

import pytest

from apps.crm.models import FieldMapping, OrderRules, StatusMapping
from apps.tenants.models import Tenant
from tests.tenants.provisioned import desk, rows
from tests.tenants.test_provision import export

__all__ = ["desk"]
pytestmark = pytest.mark.django_db
WHOLE = """\
tenant: {slug: battery, name: Battery Service}
connections:
  - {key: ls, connector: livesklad, config: {api_key: secret-key-12345, shop_id: 12345, base_url: "http://127.0.0.1:1"}}
orders:
  - connection: ls
    sends_itself: false
    fields:
      - {field: notes, source: text, text: Из чата}
      - {field: device.color, source: prefilled.shade, owner: ours}
      - {field: price, owner: theirs}
    statuses: [{remote: Готов, status: ready, message: "{name}, приезжайте!"}]
"""


def test_the_file_maps_fields_and_statuses_and_a_second_run_changes_nothing(desk: Any) -> None:
    desk.run(WHOLE)
    assert OrderRules.objects.get().sends_itself is False
    assert set(FieldMapping.objects.values_list("field", "source", "text", "owner")) == {
        ("notes", "text", "Из чата", ""),
        ("device.color", "prefilled.shade", "", "ours"),
        ("price", "", "", "theirs"),
    }
    assert StatusMapping.objects.get().message == "{name}, приезжайте!"
    before = rows()
    assert "no changes" in desk.run(WHOLE)
    assert rows() == before


def test_what_is_exported_makes_the_same_elsewhere(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LS_API_KEY", "secret-key-12345")
    desk.run(WHOLE)
    first = export()
    assert "secret-key-12345" not in first
    assert "no changes" in desk.run(first)
    Tenant.objects.all().delete()
    desk.run(first)
    assert export() == first


@pytest.mark.parametrize(
    ("entry", "field", "said"),
    [
        ("{connection: nobody}", "orders[0].connection", "no CRM «nobody»"),
        ("{connection: ls, fields: [{field: colour}]}", "orders[0].fields[0].field", "device.color"),
        (
            "{connection: ls, fields: [{field: notes, source: x}]}",
            "orders[0].fields[0].source",
            "client.name",
        ),
        ("{connection: ls, statuses: [{remote: Г, status: x}]}", "orders[0].statuses[0].status", "'ready'"),
    ],
)
def test_a_mistake_is_told_by_its_field(desk: Any, entry: str, field: str, said: str) -> None:
    head = WHOLE[: WHOLE.index("orders:")]
    [(_line, name, message)] = desk.errors(f"{head}orders: [{entry}]\n")
    assert name == field
    assert said in message
    assert not OrderRules.objects.exists()
