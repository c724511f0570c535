"""Files for `provision`, and the command as a script would run it."""

import json
import textwrap
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db.models import Model

BOT_TOKEN = "123456789:AAtelegram-token-of-the-bot-77"
CLAUDE_KEY = "sk-ant-claude-key-0123456789-zzzz"
WHISPER_KEY = "sk-whisper-key-0123456789-yyyy"
BOSS_PASSWORD = "Boss-words-of-the-day-19"
ANNA_PASSWORD = "Anna-words-of-the-day-23"
SECRETS = (BOT_TOKEN, CLAUDE_KEY, WHISPER_KEY, BOSS_PASSWORD, ANNA_PASSWORD)
ENVIRONMENT = {"BOSS_PASSWORD": BOSS_PASSWORD, "CLAUDE": CLAUDE_KEY}

# Port 1 answers nobody.
WHOLE = f"""\
tenant: {{slug: battery, name: "Battery Service", timezone: Europe/Moscow, language: ru,
         batch_window_seconds: 30, working_hours: {{mon-fri: "09:00-20:00", sat: "10:00-18:00"}}}}
members:
  - {{username: boss, role: admin, password: {{env: BOSS_PASSWORD}}}}
  - {{username: anna, role: operator, name: "Анна", password: "{ANNA_PASSWORD}"}}
connections:
  - {{key: tg, connector: telegram, name: "Бот", config: {{bot_token: "{BOT_TOKEN}", base_url: "http://127.0.0.1:1"}}}}
  - {{key: claude, connector: anthropic, config: {{api_key: {{env: CLAUDE}}, base_url: "http://127.0.0.1:1"}}}}
  - {{key: whisper, connector: openai, config: {{api_key: {{file: whisper.key}}, model: "whisper-1",
                                               base_url: "http://127.0.0.1:1/v1"}}}}
channels: [{{key: tg, connection: tg}}, {{key: site, connector: webchat, name: "Чат на сайте"}}]
"""


class Desk:
    """Where somebody provisions: a folder with a file, and what came out of the last command."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.out = self.err = ""
        (folder / "whisper.key").write_text(f"{WHISPER_KEY}\n")

    def run(self, text: str | bytes, *options: str) -> str:
        """Raises CommandError, as the command does."""
        file = self.folder / "tenant.yaml"
        file.write_bytes(text if isinstance(text, bytes) else textwrap.dedent(text).encode())
        out, err = StringIO(), StringIO()
        try:
            call_command("provision", str(file), *options, stdout=out, stderr=err)
        except CommandError as error:
            err.write(str(error))
            raise
        finally:
            self.out, self.err = out.getvalue(), err.getvalue()
        return self.out

    def run_json(self, text: str, *options: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.run(text, "--json", *options))
        return found

    def errors(self, text: str | bytes) -> list[tuple[int, str, str]]:
        """(line, field, message) of a file that is refused."""
        with pytest.raises(CommandError) as raised:
            self.run(text, "--json")
        assert raised.value.returncode == 1
        found = json.loads(self.out)
        assert found["changes"] == found["webhooks"] == []
        return [(one["line"], one["field"], one["message"]) for one in found["errors"]]


@pytest.fixture
def desk(tmp_path, monkeypatch, settings) -> Desk:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    settings.PUBLIC_URL = "https://crm.example.com"
    return Desk(tmp_path)


def rows() -> dict[str, int]:
    """Every table of ours, history included."""
    ours: list[type[Model]] = [User]
    ours += [model for model in apps.get_models() if model.__module__.startswith("apps.")]
    return {model._meta.label: model._base_manager.count() for model in ours}
