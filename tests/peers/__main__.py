"""The stand-ins by hand: a Telegram and an Anthropic on fixed ports, until Ctrl-C.

    python -m tests.peers

Lines typed here arrive as a client's messages at the webhook that the bot's card has set. What the
application sends is printed, and so is everything the real services would refuse.
"""

import json
import sys
import time
from itertools import count
from typing import Any

import requests

from tests.peers import anthropic, telegram

TELEGRAM_PORT, ANTHROPIC_PORT = 9001, 9002
CLIENT = {
    "id": 700000001,
    "is_bot": False,
    "first_name": "Иван",
    "last_name": "Петров",
    "username": "ivan_petrov",
}


def main() -> None:
    with (
        telegram.TelegramPeer(port=TELEGRAM_PORT) as bot,
        anthropic.AnthropicPeer(port=ANTHROPIC_PORT) as claude,
    ):
        say(f"Telegram   {bot.url}   bot_token {bot.token}")
        say(f"Anthropic  {claude.url}   api_key {claude.key}")
        say("Press «Проверить» on the bot's card, then type a client's message here. Ctrl-D ends.")
        for number, line in zip(count(1), sys.stdin, strict=False):
            write(bot, number, line.strip())
        for complaint in (*bot.complaints, *claude.complaints):
            say(f"complaint: {complaint}")


def write(bot: telegram.TelegramPeer, number: int, text: str) -> None:
    """Deliver it as Telegram does, with the secret that was set together with the webhook."""
    url = bot.webhook.get("url")
    if not url:
        say("No webhook is set yet: press «Проверить» on the bot's card, or give the address to POST to.")
        return
    answer = requests.post(
        url,
        json=update(number, text),
        headers={"X-Telegram-Bot-Api-Secret-Token": bot.webhook.get("secret_token", "")},
        timeout=10,
    )
    sent = json.dumps(bot.sent, ensure_ascii=False)
    say(f"webhook answered {answer.status_code}; sent by us so far: {sent}")


def update(number: int, text: str) -> dict[str, Any]:
    now = int(time.time())
    return {
        "update_id": now * 1000 + number,
        "message": {
            "message_id": now % 100_000_000 * 10 + number,
            "from": CLIENT,
            "chat": {**CLIENT, "type": "private"},
            "date": now,
            "text": text,
        },
    }


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(0)
