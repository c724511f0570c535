"""A tenant with a Telegram bot on a running system, provisioned from a file as its owner would do it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Manage = Callable[..., str]
NOWHERE = "http://127.0.0.1:9"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """`hook` is where its messenger delivers, with `secret` in the header."""

    slug: str
    hook: str
    secret: str
    operator: str
    password: str


def open_shop(
    manage: Manage,
    *,
    folder: Path,
    slug: str,
    window: int,
    bot_url: str = NOWHERE,
    ai: dict[str, str] | None = None,
) -> Shop:
    """`manage` runs a management command there; `ai` is the config of an Anthropic connection.

    Without `bot_url` nobody plays Telegram, and the connections are not checked.
    """
    shop = Shop(
        slug=slug,
        hook="",
        secret=f"secret-of-{slug}",
        operator=f"olga-{slug}",
        password="battery horse 17",
    )
    file = folder / f"{slug}.yaml"
    # JSON is YAML too.
    file.write_text(json.dumps(_document(shop, bot_url, window, ai), ensure_ascii=False))
    options = ("--no-check",) if bot_url == NOWHERE else ()
    told = json.loads(manage("provision", str(file), "--json", *options))
    (hook,) = (row["url"] for row in told["webhooks"])
    return Shop(slug=slug, hook=hook, secret=shop.secret, operator=shop.operator, password=shop.password)


def token_of(slug: str) -> str:
    """The bot's."""
    return f"{sum(slug.encode())}:AA-{slug}"


def _document(shop: Shop, bot_url: str, window: int, ai: dict[str, str] | None) -> dict[str, Any]:
    bot = {"bot_token": token_of(shop.slug), "webhook_secret": shop.secret, "base_url": bot_url}
    connections = [{"key": "tg", "connector": "telegram", "name": "Бот", "config": bot}]
    if ai is not None:
        connections.append({"key": "ai", "connector": "anthropic", "name": "Claude", "config": ai})
    return {
        "tenant": {"slug": shop.slug, "name": f"Мастерская {shop.slug}", "batch_window_seconds": window},
        "members": [
            {"username": shop.operator, "role": "operator", "name": "Ольга", "password": shop.password}
        ],
        "connections": connections,
        "channels": [{"key": "tg", "connection": "tg"}],
    }
