"""A tenant from a file: made, changed, left alone, and never half done."""

import json
import logging
import subprocess
import sys
from io import StringIO
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import CommandError

from apps.channels.models import Channel
from apps.integrations.connecting import disconnect
from apps.integrations.models import Connection, Health
from apps.integrations.opening import open_connection
from apps.tenants.models import Member, Role, Tenant
from tests.channels.bots import post, update
from tests.peers.server import Peer, Reply
from tests.peers.telegram import TelegramPeer
from tests.tenants.provisioned import (
    ANNA_PASSWORD,
    BOSS_PASSWORD,
    BOT_TOKEN,
    CLAUDE_KEY,
    SECRETS,
    WHISPER_KEY,
    WHOLE,
    desk,
    rows,
)

__all__ = ["desk"]
pytestmark = pytest.mark.django_db
TENANT = "tenant: {slug: battery, name: Battery Service}\n"


def names(report: dict) -> list[tuple[str, ...]]:
    """What happens to what, and in which fields; values made at random differ."""
    return [
        (one["kind"], one["what"], one["key"], *(field["field"] for field in one["differences"]))
        for one in report["changes"]
    ]


def export(slug: str = "battery") -> str:
    out = StringIO()
    call_command("export_tenant", slug, stdout=out)
    return out.getvalue()


def test_the_file_makes_all_it_names(desk):
    desk.run(WHOLE)
    tenant = Tenant.objects.get(slug="battery")
    assert (tenant.name, tenant.working_hours["sat"]) == ("Battery Service", "10:00-18:00")
    assert {m.user.username: (m.role, m.name) for m in tenant.members.all()} == {
        "boss": (Role.ADMIN, "boss"),
        "anna": (Role.OPERATOR, "Анна"),
    }
    assert User.objects.get(username="boss").check_password(BOSS_PASSWORD)
    assert User.objects.get(username="anna").check_password(ANNA_PASSWORD)
    connections = {one.key: open_connection(one).config for one in tenant.connections.all()}
    assert connections["tg"].bot_token.get_secret_value() == BOT_TOKEN
    assert connections["claude"].api_key.get_secret_value() == CLAUDE_KEY
    assert connections["whisper"].api_key.get_secret_value() == WHISPER_KEY
    assert {c.key: (c.connection.connector, c.name) for c in tenant.channels.all()} == {
        "tg": ("telegram", "Бот"),
        "site": ("webchat", "Чат на сайте"),
    }


def test_a_new_connections_name_is_in_the_tenants_language(desk):
    desk.run("tenant: {slug: x, name: X, language: en}\nchannels: [{key: site, connector: webchat}]")
    assert Connection.objects.get().name == "Chat on your site"


def test_the_second_run_changes_nothing_and_leaves_no_trace(desk):
    desk.run(WHOLE)
    before = rows()
    stamps = list(Connection.objects.order_by("pk").values_list("updated_at", "config"))
    assert "no changes" in desk.run(WHOLE)
    assert "created" not in desk.out
    assert "checks:" not in desk.out
    assert rows() == before
    assert list(Connection.objects.order_by("pk").values_list("updated_at", "config")) == stamps
    again = desk.run_json(WHOLE)
    assert (again["changed"], {one["kind"] for one in again["changes"]}) == (False, {"unchanged"})


def test_a_dry_run_says_the_same_and_does_nothing(desk):
    before = rows()
    planned = desk.run_json(WHOLE, "--dry-run")
    assert rows() == before
    assert not planned["changed"]
    assert "checks" not in planned
    assert "webhooks" in planned
    assert "dry run" in desk.run(WHOLE, "--dry-run")
    assert names(desk.run_json(WHOLE)) == names(planned)
    assert "no changes" in desk.run(WHOLE, "--dry-run")


def test_what_changed_is_shown_field_by_field(desk):
    desk.run(WHOLE)
    changed = desk.run(
        WHOLE.replace("batch_window_seconds: 30", "batch_window_seconds: 45")
        .replace("role: operator", "role: head")
        .replace("whisper-1", "whisper-2")
        .replace("{key: tg, connection: tg}", "{key: tg, connection: tg, batch_window_seconds: 10}")
    )
    assert "~ tenant battery: changed\n    batch_window_seconds: 30 → 45\n" in changed
    assert "~ member anna: changed\n    role: operator → head\n" in changed
    assert "~ connection whisper: changed\n    model: whisper-1 → whisper-2\n" in changed
    assert "~ channel tg: changed\n    batch_window_seconds: — → 10\n" in changed
    assert "  connection tg: unchanged" in changed
    assert Channel.objects.get(key="tg").window_seconds == 10


def test_what_the_file_does_not_name_is_left_alone(desk):
    desk.run(WHOLE)
    assert "no changes" in desk.run(TENANT)
    desk.run("tenant: {slug: battery, language: en}")
    tenant = Tenant.objects.get()
    assert (tenant.name, tenant.language, tenant.batch_window_seconds) == ("Battery Service", "en", 30)
    assert (tenant.members.count(), tenant.connections.count(), tenant.channels.count()) == (2, 4, 2)


def test_a_secret_left_out_of_a_known_connection_stays(desk):
    desk.run(WHOLE)
    text = TENANT + "connections: [{key: tg, connector: telegram, name: Новое, config: {parse_mode: HTML}}]"
    assert "    name: Бот → Новое\n    parse_mode: Markdown → HTML\n" in desk.run(text)
    config = open_connection(Connection.objects.get(key="tg")).config
    assert config.bot_token.get_secret_value() == BOT_TOKEN
    assert config.base_url == "http://127.0.0.1:1"


def test_a_disconnected_connection_is_connected_again(desk):
    desk.run(WHOLE)
    disconnect(connection=Connection.objects.get(key="tg"))
    assert "connected again" in desk.run(WHOLE)
    assert Connection.objects.get(key="tg").is_active


def test_a_channel_can_take_another_key_and_two_can_swap_theirs(desk):
    desk.run(WHOLE)
    desk.run(TENANT + "channels: [{key: site, connection: tg}, {key: tg, connection: site}]")
    assert {c.key: c.connection.key for c in Channel.objects.all()} == {"site": "tg", "tg": "site"}
    assert "no changes" in desk.run(TENANT + "channels: [{key: site, connection: tg}]")


def test_a_password_is_changed_only_where_it_differs_and_is_never_shown(desk):
    desk.run(WHOLE)
    anna = User.objects.get(username="anna").password
    desk.run(WHOLE.replace(ANNA_PASSWORD, "quite-another-41"))
    assert "~ member anna: changed\n    password changed\n" in desk.out
    assert "  member boss: unchanged" in desk.out
    assert "quite-another-41" not in desk.out
    assert User.objects.get(username="anna").password != anna


def test_a_weak_password_is_taken_and_said_to_be_weak(desk):
    desk.run(TENANT + "members: [{username: eve, role: operator, password: 12345}]")
    assert "the password is weak" in desk.out
    assert User.objects.get(username="eve").check_password("12345")


def test_an_account_of_another_organisation_joins_with_its_own_password(desk, stranger):
    before = stranger.user.password
    desk.run(TENANT + "members: [{username: stranger, role: operator, password: taken-over-7781}]")
    assert "password left alone" in desk.out
    assert Member.objects.get(tenant__slug="battery").user == stranger.user
    stranger.user.refresh_from_db()
    assert stranger.user.password == before
    stranger.refresh_from_db()
    assert stranger.role == Role.ADMIN


def test_a_superusers_password_is_left_alone(desk, root):
    desk.run(TENANT + "members: [{username: root, role: admin, password: taken-over-7781}]")
    root.refresh_from_db()
    assert not root.check_password("taken-over-7781")


def test_administrators_may_hand_over_in_one_file(desk):
    desk.run(WHOLE)
    desk.run(TENANT + "members: [{username: boss, role: operator}, {username: anna, role: admin}]")
    assert set(Member.objects.values_list("user__username", "role")) == {
        ("boss", "operator"),
        ("anna", "admin"),
    }
    assert desk.errors(TENANT + "members:\n- {username: anna, role: head}") == [
        (3, "members[0].role", "This is the last administrator. Make somebody else one first.")
    ]


def test_two_tenants_with_the_same_keys_do_not_touch_each_other(desk):
    desk.run(WHOLE)
    first = export()
    other = (
        WHOLE.replace("slug: battery", "slug: other")
        .replace("anna", "olga")
        .replace("boss, role", "bob, role")
    )
    desk.run(other.replace("Бот", "Другой бот").replace(BOT_TOKEN, "987654:another-token-of-a-bot-88"))
    assert export() == first
    assert Connection.objects.filter(key="tg").count() == 2
    desk.run(WHOLE)
    assert "no changes" in desk.out


def test_addresses_of_webhooks_and_chats_are_told(desk):
    found = desk.run_json(WHOLE)
    channels = {one.key: one for one in Channel.objects.all()}
    telegram = f"https://crm.example.com/webhook/telegram/{channels['tg'].public_id}"
    chat = f"https://crm.example.com/chat/{channels['site'].public_id}/"
    assert {"channel": "tg", "connector": "telegram", "url": telegram} in found["webhooks"]
    assert found["chats"] == [{"channel": "site", "connector": "webchat", "url": chat}]
    assert telegram in desk.run(WHOLE)
    assert chat in desk.out


def test_a_dry_run_tells_no_address_of_a_channel_that_is_still_to_be_made(desk):
    assert desk.run_json(WHOLE, "--dry-run")["webhooks"] == []


@pytest.mark.parametrize("options", [(), ("--json",), ("--dry-run",)])
def test_no_secret_gets_into_any_output(desk, caplog, capfd, options):
    caplog.set_level(logging.DEBUG)
    desk.run(WHOLE, *options)
    shown = desk.out + desk.err
    shown += desk.run(
        WHOLE.replace("whisper-1", "whisper-2").replace(ANNA_PASSWORD, "Other-words-99"), *options
    )
    with pytest.raises(CommandError):
        desk.run(
            WHOLE.replace("role: admin", "role: king").replace("connector: tele", "connector: tola"), *options
        )
    captured = capfd.readouterr()
    shown += desk.out + desk.err + captured.out + captured.err + caplog.text
    if not options or options == ("--json",):
        generated = Connection.objects.get(key="tg").secrets["webhook_secret"]
        assert generated not in shown
    for secret in (*SECRETS, "Other-words-99"):
        assert secret not in shown


def test_new_connections_are_checked_once_all_is_stored(desk):
    with Peer() as claude:
        claude.route("GET /v1/models/{name}", lambda _request: Reply(status=401, json={"type": "error"}))
        text = TENANT + (
            "connections:\n- key: claude\n  connector: anthropic\n"
            f"  config: {{api_key: {CLAUDE_KEY}, base_url: '{claude.url}'}}"
        )
        assert desk.run_json(text, "--no-check").get("checks") is None
        assert claude.requests == []
        later = desk.run_json(text)
        assert [one["health"] for one in later["checks"]] == ["needs_reconnect"]
        assert not later["changed"]
        assert Connection.objects.get().health == Health.NEEDS_RECONNECT
        assert "checks" not in desk.run_json(text)
        assert len(desk.run_json(text.replace("zzzz", "yyyy"))["checks"]) == 1


def test_a_bots_updates_come_in_as_soon_as_it_is_provisioned(desk):
    with TelegramPeer(token=BOT_TOKEN) as bot:
        found = desk.run_json(WHOLE.replace("http://127.0.0.1:1", bot.url, 1))
        told = next(json.loads(one.body) for one in bot.requests if one.path.endswith("/setWebhook"))
    assert {"channel": "tg", "connector": "telegram", "url": told["url"]} in found["webhooks"]
    assert ("tg", "ok") in [(one["connection"], one["health"]) for one in found["checks"]]
    path = urlsplit(told["url"]).path
    assert post(path, update("text"), secret=told["secret_token"]).status_code == 200
    assert post(path, update("text"), secret="another").status_code == 403


def test_the_example_of_the_documentation_works(desk, monkeypatch):
    for name in ("ANNA_PASSWORD", "TG_BOT_TOKEN", "CLAUDE_API_KEY"):
        monkeypatch.setenv(name, "123456:given-by-the-environment")
    example = Path(django_settings.BASE_DIR, "docs/examples/demo-tenant.yaml").read_text()
    desk.run(example, "--no-check")
    assert Channel.objects.count() == 2


def test_the_command_explains_itself():
    command = [sys.executable, "manage.py", "provision", "--help"]
    done = subprocess.run(command, cwd=django_settings.BASE_DIR, capture_output=True, text=True, check=True)
    assert "--dry-run" in done.stdout


def test_what_is_exported_makes_the_same_elsewhere(desk, monkeypatch):
    desk.run(WHOLE.replace("}}\nmembers", "}, ai_monthly_cap_usd: 12.50}\nmembers"))
    first = export()
    for secret in SECRETS:
        assert secret not in first
    assert "# Set before provisioning: CLAUDE_API_KEY, TG_BOT_TOKEN, WHISPER_API_KEY.\n" in first
    for name, value in zip(
        ("CLAUDE_API_KEY", "TG_BOT_TOKEN", "WHISPER_API_KEY"),
        (CLAUDE_KEY, BOT_TOKEN, WHISPER_KEY),
        strict=True,
    ):
        monkeypatch.setenv(name, value)
    assert "no changes" in desk.run(first)
    Tenant.objects.all().delete()
    User.objects.all().delete()
    desk.run(first)
    assert "no password" in desk.out
    assert export() == first


def test_an_export_names_what_it_leaves_out(desk):
    desk.run(WHOLE)
    disconnect(connection=Connection.objects.get(key="tg"))
    exported = export()
    assert "# Left out, because they are not connected: tg." in exported
    assert "connection: tg" not in exported


def test_an_unknown_tenant_is_not_exported():
    with pytest.raises(CommandError, match="no tenant"):
        export("nobody")


def test_teams_and_what_their_members_see_go_into_a_tenant_and_out_again(desk):
    whole = (
        "tenant: {slug: battery, name: Battery Service, operators_see: team, operators_phones: on_click}\n"
        "teams:\n  - {name: Вечер}\n"
        "members:\n"
        "  - {username: boss, role: admin, name: Борис}\n"
        "  - {username: anna, role: operator, name: Анна, team: Вечер}\n"
    )
    desk.run(whole)
    tenant = Tenant.objects.get(slug="battery")
    assert (tenant.operators_see, tenant.operators_phones, tenant.heads_phones) == (
        "team",
        "on_click",
        "shown",
    )
    assert Member.objects.get(user__username="anna", team__name="Вечер").name == "Анна"
    assert desk.run_json(whole)["changed"] is False
    written = export()
    assert desk.run_json(written)["changed"] is False

    # Left out, a team stays; null takes a member out of it.
    one = TENANT + "members: [{username: anna, role: operator, name: Анна%s}]\n"
    assert desk.run_json(one % "")["changed"] is False
    assert desk.run_json(one % ", team: null")["changed"] is True
    assert Member.objects.get(user__username="anna").team is None
