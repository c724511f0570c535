"""Checklists and tables as a tenant's file lists them: made, changed by versions, and written back."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management.base import CommandError
from django.test import Client

from apps.callanalysis.models import Checklist, Office, Table
from apps.callanalysis.publishing import in_force
from apps.callanalysis.receiving import least_seconds
from apps.tenants.keys import revoke_key
from apps.tenants.models import ApiKey, Tenant
from tests.tenants.provisioned import Desk
from tests.tenants.test_provision import export

pytestmark = pytest.mark.django_db

KEY = "key-of-the-crm-0123456789"
HEAD = "tenant: {slug: battery, name: Battery}\n"
WHOLE = f"""{HEAD}
call_analysis:
  api_keys: [{{name: "CRM", value: {{env: CALLS_KEY}}}}]
  minimum_duration: 0
  webhooks: [{{key: crm, url: "http://127.0.0.1:9005/hook"}}]
  checklists:
    - {{name: "Первичный звонок", webhook: crm,
       stages: [{{id: greeting, name: "Приветствие", criterion: "Назвал себя и компанию"}}]}}
  tables:
    - {{id: TBL_1755863365, name: "Запись на ремонт", webhook: crm,
       fields: [{{name: device, title: "Устройство", type: text}},
                {{name: agreed, title: "Согласен", type: bool}}]}}
"""


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("CALLS_KEY", KEY)
    return Desk(tmp_path)


def test_the_documents_own_file_is_applied_once_and_written_back(desk: Desk) -> None:
    desk.run(WHOLE)
    checklist: Any = Checklist.objects.get()
    table: Any = Table.objects.get()
    assert in_force(checklist).items == [
        {
            "id": "greeting",
            "name": "Приветствие",
            "criterion": "Назвал себя и компанию",
            "weight": 1,
            "critical": False,
        }
    ]
    assert [(one["name"], one["type"]) for one in in_force(table).items] == [
        ("device", "text"),
        ("agreed", "bool"),
    ]
    assert (checklist.webhook.key, table.webhook.key) == ("crm", "crm")
    assert table.public_id == "TBL_1755863365"
    histories = checklist.history.count()
    desk.run(WHOLE)
    assert "created" not in desk.out
    assert (checklist.versions.count(), table.versions.count()) == (1, 1)
    assert checklist.history.count() == histories
    written: Any = yaml.safe_load(export("battery"))["call_analysis"]
    asked: Any = yaml.safe_load(WHOLE)["call_analysis"]
    assert written["checklists"] == asked["checklists"]
    assert written["tables"] == asked["tables"]


def test_a_key_is_known_by_its_value_and_one_without_is_made_and_told_once(
    desk: Desk, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.run(WHOLE)
    assert KEY not in desk.out
    address = "/api/v1/calls/none"
    assert client.get(address, headers={"X-API-Key": KEY}).status_code == 404
    two = f"{HEAD}call_analysis:\n  api_keys: [{{name: CRM, value: {{env: CALLS_KEY}}}}, {{name: second}}]\n"
    desk.run(two)
    made = ApiKey.objects.get(name="second")
    told = next(line for line in desk.out.splitlines() if "second" in line and "bk_" in line).split()[-1]
    assert client.get(address, headers={"X-API-Key": told}).status_code == 404
    desk.run(two)
    assert "no changes" in desk.out
    assert yaml.safe_load(export("battery"))["call_analysis"]["api_keys"] == [
        {"name": "CRM"},
        {"name": "second"},
    ]
    revoke_key(key=ApiKey.objects.get(name="CRM"))
    with pytest.raises(CommandError):
        desk.run(two)
    assert "call_analysis.api_keys[0].value: This value is, or was, another key's" in desk.err
    assert KEY not in desk.err
    assert ApiKey.objects.filter(revoked_at=None).get() == made


@pytest.mark.parametrize(
    ("given", "kept"), [("15", 15), ("0", 0), ("-1", None), ("abc", None), ("9999", None)]
)
def test_the_shortest_call_is_whole_seconds(given: str, kept: int | None, desk: Desk) -> None:
    text = f"{HEAD}call_analysis: {{minimum_duration: {given}}}\n"
    if kept is None:
        with pytest.raises(CommandError):
            desk.run(text)
        assert "call_analysis.minimum_duration: Whole seconds" in desk.err
        return
    desk.run(text)
    assert least_seconds(Tenant.objects.get()) == kept
    desk.run(text)
    assert "no changes" in desk.out


def test_a_changed_list_is_a_new_version_and_what_is_not_named_stays(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.run(WHOLE)
    tenant = Tenant.objects.get()
    Office.objects.create(tenant=tenant, external_id="o1", title="Центр")
    desk.run(
        f"""{HEAD}
call_analysis:
  checklists:
    - name: "Первичный звонок"
      active: false
      applies_to: [chats]
      offices: [o1]
      deal_stages: [won, 12]
      stages: [{{id: greeting, name: "Приветствие", weight: 5, critical: true}}]
  tables:
    - {{id: TBL_1755863365, name: "Запись", webhook: null}}
"""
    )
    checklist: Any = Checklist.objects.get()
    table: Any = Table.objects.get()
    assert (in_force(checklist).number, in_force(checklist).items[0]["weight"]) == (2, 5)
    assert (checklist.is_active, checklist.deal_stages) == (False, ["won", "12"])
    assert (checklist.for_calls, checklist.for_chats) == (False, True)
    assert [one.external_id for one in checklist.offices.all()] == ["o1"]
    assert checklist.webhook.key == "crm"
    assert (table.name, table.webhook, in_force(table).number) == ("Запись", None, 1)
    versions = checklist.versions.count()
    monkeypatch.setenv("CRM_SECRET", "whsec_" + "A" * 32)
    desk.run(export("battery"))
    assert checklist.versions.count() == versions


@pytest.mark.parametrize(
    ("part", "field", "words"),
    [
        ('checklists: [{name: "x"}]', "checklists[0].stages", "required"),
        ('checklists: [{name: "x", stages: []}]', "checklists[0].stages", "From 1 to 40"),
        ("tables: [{id: T, name: x}]", "tables[0].fields", "required"),
        ("checklists: [{name: x, webhook: no, stages: [{id: a, name: b}]}]", "webhook", "no webhook «no»"),
        ("checklists: [{name: x, offices: [o9], stages: [{id: a, name: b}]}]", "offices", "no office «o9»"),
        ("checklists: [{name: x, stages: [{id: a, name: b}, {id: a, name: c}]}]", "stages", "listed twice"),
        ("checklists: [{name: x, stages: [{id: a, name: b, weight: 0}]}]", "weight", "greater"),
        ("tables: [{id: T, name: x, fields: [{name: a, title: b, type: choice}]}]", "fields[0]", "options"),
        ("tables: [{id: T, name: x, fields: [{name: a b, title: b}]}]", "fields[0].name", "pattern"),
    ],
)
def test_what_is_wrong_is_told_with_its_place_and_nothing_is_applied(
    part: str, field: str, words: str, desk: Desk
) -> None:
    with pytest.raises(CommandError):
        desk.run(f"{HEAD}call_analysis:\n  {part}\n")
    assert field in desk.err
    assert words in desk.err
    assert not Tenant.objects.exists()
