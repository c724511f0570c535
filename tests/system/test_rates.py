"""A messenger that takes one message a second in a chat, and two workers that share its rate."""

import json
from collections import Counter

from tests.live import wait_until
from tests.system import processes
from tests.system.conftest import WORKERS, Open, World

PATIENCE = 240
LONG_CHAT, LONG = 900, 20
SHORT_CHATS, SHORT = range(901, 917), 5
MESSAGES = LONG + len(SHORT_CHATS) * SHORT

_QUEUE = """
import json
import time
from apps.channels.delivery import queue_delivery
from apps.channels.models import Channel
channel = Channel.objects.get(tenant__slug={slug!r})
for chat, text in json.loads({messages!r}):
    queue_delivery(channel=channel, external_chat_id=chat, external_user_id=chat, text=text)
    while {after_pause!r} and not channel.connection.is_paused:
        time.sleep(0.02)
        channel.connection.refresh_from_db()
"""
_STATES = "SELECT state FROM channels_delivery WHERE tenant_id = %(tenant)s ORDER BY id"
_ATTEMPTS = "SELECT sum(attempts) FROM channels_delivery WHERE tenant_id = %(tenant)s"


def test_a_hundred_messages_to_a_slow_peer_arrive_in_order_and_none_is_refused_even_if_a_worker_dies(
    open_world: Open,
) -> None:
    world = open_world("rates", window=1)
    world.bot.limit_chats(apart=1.0)
    queue(world, [(chat, f"{chat} {number}") for number in range(LONG) for chat in chats_of(number)])

    wait_until(lambda: len(world.bot.sent) >= MESSAGES // 3, seconds=PATIENCE, what="a third is sent")
    processes.kill(processes.workers(world.pid, WORKERS)[0])
    wait_until(lambda: not unsettled(world), seconds=PATIENCE, what="all of them are settled")

    states = Counter(world.ledger.column(_STATES))
    assert world.bot.limited == []
    # What was in the hands of those that died.
    assert states["unknown"] <= WORKERS
    assert states["done"] == MESSAGES - states["unknown"]
    sent = [message["text"] for message in world.bot.sent]
    assert states["done"] <= len(sent) == len(set(sent)) <= MESSAGES
    for chat in (LONG_CHAT, *SHORT_CHATS):
        numbers = [int(text.split()[1]) for text in sent if text.startswith(f"{chat} ")]
        assert numbers == sorted(numbers)
    # To wait costs nothing: a message is taken up when its turn has come, not again and again.
    assert world.ledger.value(_ATTEMPTS) <= 2 * MESSAGES


def test_while_the_messenger_wants_a_pause_nobody_calls_it_and_afterwards_all_goes_out_once(
    open_world: Open,
) -> None:
    world = open_world("pauses", window=1)
    world.bot.fail("sendMessage", 429, "Too Many Requests: retry after 5", retry_after=5)
    queue(world, [(chat, f"{chat}") for chat in (LONG_CHAT, *SHORT_CHATS)], after_pause=True)
    wait_until(lambda: not unsettled(world), seconds=PATIENCE, what="all of them are settled")

    assert set(world.ledger.column(_STATES)) == {"done"}
    assert sorted(message["chat_id"] for message in world.bot.sent) == [LONG_CHAT, *SHORT_CHATS]
    refused, *heard = world.bot.heard_at
    assert len(heard) == len(world.bot.sent)
    assert heard[0] >= refused + 5
    # At the connection's rate of 25 in a second, not all at once.
    assert heard[-1] - heard[0] >= (len(heard) - 6) / 25


def chats_of(number: int) -> list[int]:
    return [LONG_CHAT, *SHORT_CHATS] if number < SHORT else [LONG_CHAT]


def queue(world: World, messages: list[tuple[int, str]], *, after_pause: bool = False) -> None:
    """With `after_pause` the first of them alone, and the others once it has brought about a pause."""
    told = json.dumps([(str(chat), text) for chat, text in messages])
    script = _QUEUE.format(slug=world.shop.slug, messages=told, after_pause=after_pause)
    world.live.manage("shell", "-v", "0", "-c", script)


def unsettled(world: World) -> bool:
    return bool({"queued", "running"} & set(world.ledger.column(_STATES)))
