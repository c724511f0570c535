"""Webhooks in a tenant's file."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import call_command
from django.core.management.base import CommandError

from apps.integrations.models import WebhookEndpoint
from apps.integrations.webhooks.endpoints import secrets_in_use, switch_off
from apps.integrations.webhooks.signing import is_secret, new_secret
from tests.integrations.webhooks.conftest import SECRET, Tell, Work
from tests.tenants.provisioned import Desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def file(hooks: str, *, more: str = "") -> str:
    return f"""\
tenant: {{slug: battery, name: "Battery Service", timezone: Europe/Moscow, language: ru}}
call_analysis:
  webhooks: {hooks}
{more}"""


HOOK = '{key: crm, url: "http://127.0.0.1:9005/hook"}'


def told(desk: Desk, text: str) -> Any:
    return json.loads(desk.run(text, "--json"))


def test_a_new_one_gets_a_secret_which_is_told_once(desk: Desk) -> None:
    report = told(desk, file(f"[{HOOK}]"))
    endpoint = WebhookEndpoint.objects.get()
    assert (endpoint.key, endpoint.name, endpoint.url) == ("crm", "crm", "http://127.0.0.1:9005/hook")
    (row,) = report["webhook_secrets"]
    assert row == {"webhook": "crm", "secret": endpoint.secrets["current"]}
    assert is_secret(row["secret"])
    again = told(desk, file(f"[{HOOK}]"))
    assert not again["changed"]
    assert "webhook_secrets" not in again
    assert endpoint.history.count() == 1


def test_a_given_secret_is_kept_and_not_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK_SECRET", SECRET)
    text = file(
        '[{key: crm, name: "Наша CRM", url: "https://crm.example.com/h", secret: {env: HOOK_SECRET}}]'
    )
    report = desk.run(text)
    assert SECRET not in report
    endpoint = WebhookEndpoint.objects.get()
    assert (endpoint.name, endpoint.secrets["current"]) == ("Наша CRM", SECRET)
    assert "no changes" in desk.run(text)


def test_another_secret_replaces_it_with_a_day_of_both(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    text = file('[{key: crm, url: "https://crm.example.com/h", secret: {env: HOOK_SECRET}}]')
    monkeypatch.setenv("HOOK_SECRET", SECRET)
    desk.run(text)
    new = new_secret()
    monkeypatch.setenv("HOOK_SECRET", new)
    report = desk.run(text)
    assert "the former one signs along for 24 hours" in report
    assert new not in report
    assert secrets_in_use(WebhookEndpoint.objects.get()) == [new, SECRET]


def test_name_and_address_follow_the_file_until_it_is_used(desk: Desk) -> None:
    desk.run(file(f"[{HOOK}]"))
    report = desk.run(file('[{key: crm, name: "CRM", url: "https://crm.example.com/h"}]'))
    assert "url: http://127.0.0.1:9005/hook → https://crm.example.com/h" in report
    endpoint = WebhookEndpoint.objects.get()
    assert (endpoint.name, endpoint.url) == ("CRM", "https://crm.example.com/h")


@pytest.mark.usefixtures("tenant")
def test_the_address_of_a_used_one_is_an_error_that_says_what_to_do(
    desk: Desk, endpoint: WebhookEndpoint, tell: Tell, work: Work
) -> None:
    work(tell())
    with pytest.raises(CommandError):
        desk.run(file('[{key: crm, name: "Другое", url: "https://crm.example.com/h"}]'))
    assert "line 3: call_analysis.webhooks[0].url: Its address was used already and is fixed." in desk.err
    assert "Add a new endpoint with the new address" in desk.err
    endpoint.refresh_from_db()
    assert endpoint.name == "CRM"  # nothing is half applied
    assert "no changes" in desk.run(
        f"""\
tenant: {{slug: battery}}
call_analysis: {{webhooks: [{{key: crm, url: "{endpoint.url}"}}]}}
"""
    )


@pytest.mark.parametrize(
    ("hooks", "said"),
    [
        ('[{key: crm, url: "crm.example.com"}]', "webhooks[0].url: Enter a full address"),
        ('[{key: crm, url: "https://u:p@x/"}]', "must not hold a name or password"),
        ('[{key: crm, url: "https://x/", secret: "short"}]', "whsec_ followed by 24 to 64 bytes"),
        ("[{key: crm}]", "webhooks[0].url: It is required."),
        (f"[{HOOK}, {HOOK}]", "webhooks[1].key: crm is listed twice."),
        ("{}", "webhooks: A list is expected here"),
        ('[{key: crm, url: "https://x/", secrets: "a"}]', "There is no such field here"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(hooks: str, said: str, desk: Desk) -> None:
    with pytest.raises(CommandError):
        desk.run(file(hooks))
    assert "line 3: " in desk.err
    assert said in desk.err
    assert not WebhookEndpoint.objects.exists()


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ("call_analysis: {hooks: []}", "call_analysis.hooks: There is no such field here"),
        ("call_analysis: [1]", "call_analysis: Fields are expected here"),
    ],
)
def test_a_section_that_is_none(section: str, said: str, desk: Desk) -> None:
    with pytest.raises(CommandError):
        desk.run(f"tenant: {{slug: battery, name: B, timezone: Europe/Moscow, language: ru}}\n{section}\n")
    assert said in desk.err


def test_exported_and_provisioned_again_it_is_the_same(
    desk: Desk, endpoint: WebhookEndpoint, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("export_tenant", "battery")
    text = capsys.readouterr().out
    assert SECRET not in text
    data = yaml.safe_load(text)["call_analysis"]
    assert data == {
        "webhooks": [{"key": "crm", "name": "CRM", "url": endpoint.url, "secret": {"env": "CRM_SECRET"}}]
    }
    monkeypatch.setenv("CRM_SECRET", SECRET)
    assert "no changes" in desk.run(text)
    switch_off(endpoint=endpoint)
    call_command("export_tenant", "battery")
    left_out = capsys.readouterr().out
    assert "Webhooks that are switched off, left out: crm." in left_out
    assert "call_analysis:" not in left_out
