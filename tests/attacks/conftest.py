"""One running system for the attacks over the wire, with a shop and its bot."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.live import Live, running
from tests.system.shops import Shop, open_shop

# Seconds, as interfaces.md promises.
SOON = 2.0
UPDATE = json.loads(
    (Path(__file__).parents[1] / "channels" / "fixtures" / "telegram" / "text.json").read_text()
)


def update(number: int, **message: object) -> bytes:
    whole = {**UPDATE, "update_id": number}
    user = {"id": number, "is_bot": False, "first_name": "Аня"} | dict(message.pop("sender", {}))  # type: ignore[call-overload]
    whole["message"] = {
        **UPDATE["message"],
        "message_id": number,
        "chat": {"id": number, "type": "private"},
        "from": user,
    } | message
    return json.dumps(whole).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    live: Live
    shop: Shop

    @property
    def secret(self) -> str:
        return f"X-Telegram-Bot-Api-Secret-Token: {self.shop.secret}"

    def address(self, path: str) -> str:
        return f"{self.live.url}{path}"


@pytest.fixture(scope="module")
def target(database_server: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with running("attacked", LOG_FORMAT="json") as live:
        folder = tmp_path_factory.mktemp("shop")
        yield Target(live=live, shop=open_shop(live.manage, folder=folder, slug="attacked", window=1))
