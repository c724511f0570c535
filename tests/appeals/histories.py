"""What was said at Avito before, and its bringing done as the workers do it, for tests."""

import json
from datetime import datetime, timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from apps.appeals.models import Message
from apps.channels.backfill import order_history
from apps.channels.models import Backfill, Channel
from apps.core.models import State
from apps.core.work.perform import run
from tests.channels.outbox import let_pass
from tests.peers.avito import ACCOUNT, AvitoPeer
from tests.work import drain

CHAT, CLIENT = "u2i-1", 501
NOW = timezone.now().replace(microsecond=0)
YEAR = timedelta(days=365)


def say(
    avito: AvitoPeer, number: int, *, ago: timedelta, own: bool = False, chat: str = CHAT, **fields: Any
) -> dict[str, Any]:
    """At Avito, later than all that was said in this chat before."""
    message = {
        "id": f"m{number}",
        "author_id": ACCOUNT if own else CLIENT,
        "created": int((NOW - ago).timestamp()),
        "direction": "out" if own else "in",
        "type": "text",
        "content": {"text": f"слова {number}"},
        **fields,
    }
    avito.messages.setdefault(chat, []).insert(0, message)
    avito.chats = [one for one in avito.chats if one["id"] != chat]
    users = [{"id": ACCOUNT, "name": "Мастерская"}, {"id": CLIENT, "name": "Иван"}]
    avito.chats.insert(0, {"id": chat, "updated": message["created"], "users": users})
    return message


def hook(channel: Channel, message: dict[str, Any], *, chat: str = CHAT) -> None:
    """The same message, as Avito tells of it by itself."""
    told = {name: value for name, value in message.items() if name != "direction"}
    value = {**told, "chat_id": chat, "user_id": ACCOUNT, "chat_type": "u2i"}
    body = json.dumps({"payload": {"type": "message", "value": value}})
    path = f"/webhook/avito/{channel.public_id}"
    assert Client().post(path, body, content_type="application/json").status_code == 200
    drain()


def bring(channel: Channel, *, since: datetime = NOW - YEAR) -> Backfill:
    row = order_history(channel=channel, since=since)
    finish(row)
    row.refresh_from_db()
    return row


def finish(row: Backfill) -> None:
    """As if the pauses between the steps had passed."""
    for _step in range(60):
        let_pass(91)
        Backfill.objects.filter(pk=row.pk, state=State.QUEUED).update(due_at=timezone.now())
        run("channels.Backfill", row.pk)
        row.refresh_from_db()
        if row.is_settled:
            # One lane, so one at a time.
            for pk in row.events.order_by("pk").values_list("pk", flat=True):
                run("channels.InboundEvent", pk)
            drain()
            return
    raise AssertionError("it goes on without end")


def texts() -> list[str]:
    return list(Message.objects.values_list("text", flat=True))


def three_chats(avito: AvitoPeer) -> None:
    for number in range(3):
        say(avito, number, ago=timedelta(days=9), chat=f"u2i-{number}")


def one_step(row: Backfill) -> None:
    let_pass(91)
    Backfill.objects.filter(pk=row.pk, state=State.QUEUED).update(due_at=timezone.now())
    run("channels.Backfill", row.pk)
    row.refresh_from_db()


def begun(avito: AvitoPeer, channel: Channel) -> Backfill:
    three_chats(avito)
    row = order_history(channel=channel, since=NOW - YEAR)
    one_step(row)
    assert (row.state, row.found) == (State.QUEUED, 1)
    return row
