"""What tests of outgoing messages start from: a bot on a strict peer, and work done as a worker does it."""

import os
import subprocess
import sys
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connection as database
from django.db.models import F
from model_bakery import baker

from apps.channels.delivery import queue_delivery
from apps.channels.models import Attempt, Channel, Delivery
from apps.channels.registering import ensure_channel
from apps.core.models import Bucket
from apps.core.work.perform import run
from apps.integrations.models import Connection, Health
from apps.tenants.models import Tenant
from tests.peers.exchange import Received, Reply
from tests.peers.server import Peer

TOKEN = "123456:AbCdEfGhIjKlMnOp"
SEND = "POST /bot{token}/sendMessage"


def bot_peer() -> Peer:
    """Accepts what Telegram would, and numbers it."""
    peer = Peer()

    def accept(request: Received) -> Reply:
        body = request.json
        assert request.params["token"] == TOKEN
        assert set(body) <= {"chat_id", "text", "parse_mode", "reply_parameters", "link_preview_options"}
        number = len(peer.requests)
        result = {
            "message_id": number,
            "date": 1,
            "chat": {"id": int(body["chat_id"]), "type": "private"},
            "text": body["text"],
        }
        return Reply(json={"ok": True, "result": result})

    peer.route(SEND, accept)
    return peer


def make_tenant(**fields: Any) -> Tenant:
    tenant: Tenant = baker.make(Tenant, language="ru", timezone="Europe/Moscow", **fields)
    return tenant


def make_bot(peer_url: str, *, tenant: Tenant | None = None, **fields: Any) -> Channel:
    connection: Connection = baker.make(
        Connection,
        tenant=tenant or make_tenant(),
        connector="telegram",
        name="Bot",
        health=Health.OK,
        config={"base_url": peer_url},
        secrets={"bot_token": TOKEN, "webhook_secret": "s3cret"},
        **fields,
    )
    return ensure_channel(connection)


def make_webchat(
    *, tenant: Tenant | None = None, config: dict[str, Any] | None = None, **fields: Any
) -> Channel:
    connection: Connection = baker.make(
        Connection,
        tenant=tenant or make_tenant(),
        connector="webchat",
        name="Чат на сайте",
        health=Health.OK,
        config=config or {},
        secrets={},
        **fields,
    )
    return ensure_channel(connection)


def put(channel: Channel, text: str = "Здравствуйте", *, chat: str = "77", **options: Any) -> Delivery:
    return queue_delivery(channel=channel, external_chat_id=chat, external_user_id=chat, text=text, **options)


def work(delivery: Delivery) -> Delivery:
    """What a worker does when the bell rings for this row; the row as it is afterwards."""
    run("channels.Delivery", delivery.pk)
    return Delivery.objects.get(pk=delivery.pk)


def let_pass(seconds: float) -> None:
    """What has happened so far was so much earlier."""
    earlier = timedelta(seconds=seconds)
    Delivery.objects.update(due_at=F("due_at") - earlier)
    Attempt.objects.update(started_at=F("started_at") - earlier, finished_at=F("finished_at") - earlier)
    Connection.objects.update(paused_until=F("paused_until") - earlier)
    Bucket.objects.update(updated_at=F("updated_at") - earlier)


def worker_process(row: Any) -> "subprocess.Popen[bytes]":
    """A worker of its own process on the same test database, doing this one row."""
    script = (
        "import os, django\n"
        "from django.conf import settings\n"
        "settings.DATABASES['default'].update(NAME=os.environ['TEST_DATABASE'])\n"
        "django.setup()\n"
        "from apps.core.work.perform import run\n"
        f"run('{row._meta.label}', {row.pk})\n"
    )
    return subprocess.Popen([sys.executable, "-c", script], env=worker_environment(), cwd=settings.BASE_DIR)


def worker_environment() -> dict[str, str]:
    """Of a process that works on the same test database."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "DATA_DIR": str(settings.DATA_DIR),
        "TEST_DATABASE": str(database.settings_dict["NAME"]),
        "OUTBOUND_PRIVATE_NETWORKS": "127.0.0.0/8",
    }
