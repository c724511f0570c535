"""A wrong file: every mistake with its line and field, and nothing applied."""

import threading

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection as database

from apps.integrations.registry import connectors
from apps.tenants.models import Tenant
from apps.tenants.provisioning.document import MAX_BYTES, MAX_DEPTH, Unreadable, read_document
from tests.tenants.provisioned import BOT_TOKEN, WHOLE, desk, rows

__all__ = ["desk"]
pytestmark = pytest.mark.django_db
TENANT = "tenant: {slug: battery, name: Battery Service}\n"
WITH_BOT = (
    TENANT + f"connections:\n  - key: tg\n    connector: telegram\n    config: {{bot_token: '{BOT_TOKEN}'}}\n"
)

WRONG = {
    "no_tenant": ("members: []", 1, "", "required"),
    "new_without_a_name": ("# My shop\ntenant:\n  slug: battery", 2, "tenant.name", "blank"),
    "slug": ("tenant:\n  name: A\n  slug: Бат арея", 3, "tenant.slug", "letters"),
    "time_zone": ("tenant:\n  slug: a\n  name: A\n  timezone: Moskau", 4, "tenant.timezone", "time zone"),
    "language": ("tenant:\n  slug: a\n  name: A\n  language: xx", 4, "tenant.language", "choice"),
    "window": (
        "tenant:\n  slug: a\n  name: A\n  batch_window_seconds: 601",
        4,
        "tenant.batch_window_seconds",
        "600",
    ),
    "hours": (
        "tenant:\n  slug: a\n  name: A\n  working_hours:\n    mon: '09:00-18:00'\n    sat: '9-18'",
        6,
        "tenant.working_hours.sat",
        "09:00-20:00",
    ),
    "unknown_field": ("tenant:\n  slug: a\n  name: A\n  colour: red", 4, "tenant.colour", "no such field"),
    "unknown_section": (
        TENANT + "payroll:\n  minimum: 0",
        2,
        "payroll",
        "no such section",
    ),
    "not_a_list": (TENANT + "members: {username: eve, role: admin}", 2, "members", "list"),
    "not_a_mapping": (TENANT + "members:\n  - eve", 3, "members[0]", "Fields are expected"),
    "role": (TENANT + "members:\n  - username: eve\n    role: king", 4, "members[0].role", "'admin'"),
    "no_role": (TENANT + "members:\n  - username: eve", 3, "members[0].role", "required"),
    "user_name": (
        TENANT + "members:\n- {username: 'a b', role: head}",
        3,
        "members[0].username",
        "valid username",
    ),
    "member_twice": (
        TENANT + "members:\n- {username: eve, role: head}\n- {username: eve, role: admin}",
        4,
        "members[1].username",
        "twice",
    ),
    "variable_not_set": (
        TENANT + "members:\n- username: eve\n  role: head\n  password: {env: NOBODY_SET_THIS}",
        5,
        "members[0].password",
        "NOBODY_SET_THIS is not set",
    ),
    "no_file": (
        TENANT + "members:\n- {username: eve, role: head,\n   password: {file: none.txt}}",
        4,
        "members[0].password",
        "There is no file",
    ),
    "neither_env_nor_file": (
        TENANT + "members:\n- {username: eve, role: head, password: {vault: x}}",
        3,
        "members[0].password",
        "{env: NAME} or {file: PATH}",
    ),
    "connector": (
        TENANT + "connections:\n  - key: tg\n    connector: telegramm",
        4,
        "connections[0].connector",
        ", ".join(sorted(connectors())),
    ),
    "no_secret": (
        TENANT + "connections:\n  - key: tg\n    connector: telegram\n    config:\n      parse_mode: HTML",
        5,
        "connections[0].config.bot_token",
        "required",
    ),
    "setting": (
        WITH_BOT + "  - {key: x, connector: webchat, config: {color: '#fff'}}",
        6,
        "connections[1].config.color",
        "colour",
    ),
    "setting_value": (
        WITH_BOT + "  - key: x\n    connector: webchat\n    config:\n      greeting: hi\n      colour: red",
        10,
        "connections[1].config.colour",
        "look right",
    ),
    "setting_from_outside": (
        WITH_BOT + "  - {key: x, connector: webchat, config: {title: {env: HOME}}}",
        6,
        "connections[1].config.title",
        "Only a secret",
    ),
    "secret_from_an_unset_variable": (
        TENANT + "connections:\n- {key: tg, connector: telegram, config: {bot_token: {env: NOT_SET}}}",
        3,
        "connections[0].config.bot_token",
        "NOT_SET is not set",
    ),
    "channel_of_nothing": (
        TENANT + "channels:\n- {key: tg, connection: tg}",
        3,
        "channels[0].connection",
        "no connection",
    ),
    "channel_of_both": (
        WITH_BOT + "channels:\n- {key: tg, connection: tg, connector: webchat}",
        7,
        "channels[0]",
        "either",
    ),
    "channel_without_settings": (
        TENANT + "channels:\n- {key: tg, connector: telegram}",
        3,
        "channels[0].connector",
        "needs settings (bot_token)",
    ),
    "channel_that_carries_nothing": (
        TENANT + "channels:\n- {key: c, connector: anthropic}",
        3,
        "channels[0].connector",
        "carries no messages",
    ),
    "two_channels_of_one": (
        WITH_BOT + "channels:\n- {key: a, connection: tg}\n- {key: b, connection: tg}",
        8,
        "channels[1]",
        "already",
    ),
    "key_twice": (
        "tenant:\n  slug: a\n  name: A\n  name: B",
        4,
        "tenant.name",
        "twice; the first time in line 3",
    ),
    "unstorable": ('tenant:\n  slug: a\n  name: "A\\0"', 3, "tenant.name", "cannot be stored"),
    "syntax": ("tenant:\n  slug: a\n  name: ]", 3, "", "not YAML"),
    "alias": ("tenant: &t\n  slug: a\nmembers: *t", 3, "", "Aliases"),
    "tag": ("tenant:\n  slug: !!python/object:os.system a", 2, "", "Tags"),
    "two_documents": (TENANT + "---\n" + TENANT, 2, "", "not YAML"),
    "empty": ("", 1, "", "must hold sections"),
    "control_character": ("tenant:\n  slug: a\n  name: \x01", 3, "", "character"),
}


@pytest.mark.parametrize("mistake", WRONG)
def test_a_mistake_is_told_with_line_and_field_and_nothing_is_applied(desk, mistake):
    text, line, field, words = WRONG[mistake]
    before = rows()
    errors = desk.errors(text)
    assert [(found, name) for found, name, _words in errors] == [(line, field)]
    assert words in errors[0][2]
    assert rows() == before


def test_all_mistakes_are_told_at_once_in_the_files_order(desk):
    text = WHOLE.replace("Europe/Moscow", "Moskau").replace("role: admin", "role: king")
    text = (
        text.replace("whisper.key", "none.key").replace("connection: tg", "connection: tgg") + "agents: []\n"
    )
    found = desk.errors(text)
    assert [field for _line, field, _text in found] == [
        "tenant.timezone",
        "members[0].role",
        "connections[2].config.api_key",
        "channels[0].connection",
        "agents",
    ]
    assert [line for line, *_ in found] == sorted(line for line, *_ in found)


def test_a_person_reads_the_errors_with_the_files_name(desk):
    with pytest.raises(CommandError):
        desk.run("tenant:\n  slug: a\n  name: A\n  timezone: Moskau")
    assert "tenant.yaml: line 4: tenant.timezone: " in desk.err
    assert desk.err.endswith("Nothing was changed.")


def test_a_mistake_leaves_an_existing_tenant_as_it_was(desk):
    desk.run(WHOLE)
    before = rows()
    desk.errors(WHOLE.replace("Battery Service", "Renamed").replace("role: operator", "role: king"))
    assert Tenant.objects.get().name == "Battery Service"
    assert rows() == before


def test_a_connection_cannot_become_another_services(desk):
    desk.run(WHOLE)
    [(line, field, text)] = desk.errors(TENANT + "connections:\n- key: tg\n  connector: webchat")
    assert (line, field) == (4, "connections[0].connector")
    assert "telegram" in text


def test_a_secret_with_a_leading_star_or_exclamation_mark_is_not_quoted_back(desk):
    for secret in (
        "*secret-word-91",
        "!secret-word!91",
        "!<secret-word-91",
        "%secret-word-91",
        "{secret-word-91",
    ):
        found = desk.errors(f"tenant: {{slug: a, name: A}}\nmembers:\n- username: eve\n  password: {secret}")
        assert "secret-word" not in str(found)


def test_a_file_that_is_no_text_is_refused_with_its_line(desk):
    assert desk.errors(b"tenant:\n  name: \xff\xfe")[0][:1] == (2,)


def test_a_file_that_is_not_there_is_said_so(desk):
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("provision", "/nonexistent/tenant.yaml")


@pytest.mark.parametrize(
    "content",
    [b"a: " + b"[" * (MAX_DEPTH + 5), b"[" * 500_000, b"a: 1\n" * MAX_BYTES, b"? " * 1000],
    ids=["deep", "deeper", "long", "keys_of_keys"],
)
def test_a_bomb_is_refused(content):
    with pytest.raises(Unreadable):
        read_document(content)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("no", "no"),
        ("09:00", "09:00"),
        ("123:45", "123:45"),
        ("007", "007"),
        ("1.10", "1.10"),
        ("1_000", "1_000"),
        ("2026-11-21", "2026-11-21"),
        ("'5'", "5"),
        ("5", 5),
        ("1.5", 1.5),
        ("true", True),
        ("", None),
        ("99999999999999999999", "99999999999999999999"),
    ],
)
def test_a_word_stays_what_was_written(written, read):
    assert read_document(f"a: {written}".encode()).data == {"a": read}


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_take_turns(desk, monkeypatch):
    (desk.folder / "tenant.yaml").write_text(WHOLE)
    failed: list[BaseException] = []

    def run() -> None:
        try:
            call_command("provision", str(desk.folder / "tenant.yaml"), "--no-check", "--json")
        except BaseException as error:
            failed.append(error)
        finally:
            database.close()

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert Tenant.objects.count() == 1
