"""One running system for these tests, with two workers; each test has a tenant of its own there."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.live import Live, running
from tests.peers.telegram import TelegramPeer
from tests.system.ledger import Ledger, accounting, opened
from tests.system.shops import Shop, open_shop, token_of
from tests.system.vendor import Vendor

WORKERS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A tenant, the messenger that delivers to it, and its books."""

    live: Live
    shop: Shop
    bot: TelegramPeer
    vendor: Vendor
    ledger: Ledger

    @property
    def pid(self) -> int:
        return self.live.process.pid

    def accounting(self) -> dict[str, object]:
        return accounting(self.live.manage, self.shop.slug)


Open = Callable[..., World]


@pytest.fixture(scope="session")
def live(database_server: None) -> Iterator[Live]:
    with running("system", WORKERS=str(WORKERS)) as system:
        yield system


@pytest.fixture
def open_world(live: Live, tmp_path: Path) -> Iterator[Open]:
    with ExitStack() as stack:

        def begin(slug: str, *, window: int, connections: int = 8) -> World:
            return stack.enter_context(_world(live, tmp_path, slug, window, connections))

        yield begin


@contextmanager
def _world(live: Live, folder: Path, slug: str, window: int, connections: int) -> Iterator[World]:
    data = Path(live.environment["DATA_DIR"])
    with TelegramPeer(token=token_of(slug)) as bot:
        shop = open_shop(live.manage, folder=folder, slug=slug, bot_url=bot.url, window=window)
        vendor = Vendor(hook=shop.hook, secret=shop.secret, connections=connections)
        with opened(data, slug) as ledger:
            yield World(live=live, shop=shop, bot=bot, vendor=vendor, ledger=ledger)
