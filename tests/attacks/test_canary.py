"""Secrets with a mark on them, given in every way there is: then everything stored and said is searched."""

import io
import json
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection as database
from django.urls import reverse

from apps.integrations.connecting import disconnect
from apps.integrations.models import ActionLog, Connection
from apps.tenants.models import ApiKey
from tests.cast import PASSWORD
from tests.channels.bots import post
from tests.peers.telegram import TelegramPeer

pytestmark = pytest.mark.django_db

MARK = "canary"
TOKEN = f"123456:{MARK}-of-the-bot-000000000000000"
OTHER_TOKEN = f"123456:{MARK}-of-the-bot-111111111111111"
HOOK = f"{MARK}-of-the-hook"
KEY = f"sk-ant-{MARK}-of-the-model-0000"


@pytest.fixture
def bot(settings):
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    with TelegramPeer(token=TOKEN) as peer:
        yield peer


def everything_stored() -> str:
    """Each row of each table as PostgreSQL writes it."""
    with database.cursor() as cursor:
        tables = database.introspection.table_names(cursor)
        texts = []
        for table in tables:
            cursor.execute(f'SELECT t::text FROM "{table}" AS t')  # noqa: S608 - names of our own tables
            texts += [f"{table}: {row[0]}" for row in cursor.fetchall() if MARK in row[0]]
    return "\n".join(texts)


def connect(visitor: Any, slug: str, **values: str) -> Any:
    return visitor.post(
        reverse("admin:integrations_connect", args=[slug]), {"connection-name": slug, **values}, follow=True
    )


def test_no_marked_secret_is_found_anywhere(bot, boss, signed_in, caplog, capfd, tmp_path, monkeypatch):
    caplog.set_level("DEBUG")
    visitor = signed_in(boss)
    heard = [
        connect(
            visitor, "telegram", bot_token=TOKEN, webhook_secret=HOOK, base_url=bot.url, parse_mode="HTML"
        ),
        connect(visitor, "anthropic", api_key=KEY, base_url="http://127.0.0.1:9"),
    ]
    made = Connection.objects.get(connector="telegram")
    page = reverse("admin:integrations_connection_change", args=[made.pk])
    heard.append(visitor.post(page, {"bot_token": OTHER_TOKEN, "base_url": "not an address"}, follow=True))
    heard.append(visitor.post(page, {"bot_token": OTHER_TOKEN, "base_url": "http://10.0.0.1"}, follow=True))
    heard.append(visitor.post(reverse("admin:integrations_check", args=[made.pk]), follow=True))
    for where in (
        page,
        reverse("admin:integrations_cards"),
        reverse("admin:integrations_actionlog_changelist"),
        reverse("admin:channels_channel_change", args=[made.channel.pk]),
        "/api/integrations",
        "/admin/",
    ):
        heard.append(visitor.get(where, follow=True))
    heard.append(post(f"/webhook/telegram/{made.channel.public_id}", b'{"update_id": 1}', secret=HOOK))
    heard.append(post("/webhook/telegram/nobody", b'{"update_id": 2}', secret=HOOK))
    assert all(MARK not in answer.text for answer in heard)

    monkeypatch.setenv("BOT_TOKEN", TOKEN)
    told = provisioned(tmp_path, bot.url)
    exported = io.StringIO()
    call_command("export_tenant", "alpha", stdout=exported)
    dumped = io.StringIO()
    call_command("dumpdata", stdout=dumped)
    assert MARK not in told + exported.getvalue() + dumped.getvalue()
    disconnect(connection=made)

    assert ActionLog.objects.exists()
    assert everything_stored() == ""
    captured = capfd.readouterr()
    assert MARK not in captured.out + captured.err
    assert MARK not in "".join(record.getMessage() + str(record.exc_text) for record in caplog.records)


def provisioned(folder: Any, base_url: str) -> str:
    """Right, and then wrong in several ways."""
    said = ""
    for config in (
        {"bot_token": {"env": "BOT_TOKEN"}, "webhook_secret": HOOK, "base_url": base_url},
        {"bot_token": TOKEN + " with spaces", "webhook_secret": HOOK + "!", "base_url": base_url},
        {"bot_token": [TOKEN], "webhook_secret": {"env": HOOK, "file": TOKEN}},
        {"bot_token": TOKEN, TOKEN: 1},
    ):
        document = {
            "tenant": {"slug": "alpha"},
            "connections": [{"key": "tg2", "connector": "telegram", "config": config}],
        }
        file = folder / "alpha.yaml"
        file.write_text(json.dumps(document))
        told = io.StringIO()
        try:
            call_command("provision", str(file), "--json", stdout=told, stderr=told)
        except Exception as error:
            # A field's own name is no secret, even where it is one.
            said += str(error).replace(f"config.{TOKEN}", "")
        said += told.getvalue().replace(f"config.{TOKEN}", "")
    return said


def test_a_password_and_an_api_key_are_stored_as_digests_alone(boss, signed_in, caplog):
    visitor = signed_in(boss)
    form = {"username": "newcomer", "password": f"{MARK} horse 17", "name": "N", "role": "operator"}
    assert visitor.post(reverse("admin:tenants_member_add"), form).status_code == 302
    answer = visitor.post(reverse("admin:tenants_apikey_add"), {"name": "CRM"})
    value = answer.context["value"]
    assert "no-store" in answer["Cache-Control"]
    refused = visitor.post(reverse("admin:tenants_member_add"), {**form, "role": "nonsense"})
    assert MARK not in refused.text
    assert ApiKey.objects.get().last_four == value[-4:]
    with database.cursor() as cursor:
        for table in database.introspection.table_names(cursor):
            cursor.execute(f'SELECT count(*) FROM "{table}" AS t WHERE t::text LIKE %s', [f"%{value}%"])  # noqa: S608
            assert cursor.fetchone() == (0,), table
    assert everything_stored() == ""
    assert PASSWORD not in caplog.text
