"""An operator's answer whose worker is killed while the messenger holds its own answer back."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import requests

from tests.live import Live, wait_until
from tests.peers.exchange import Reply
from tests.system import processes
from tests.system.conftest import WORKERS, Open, World
from tests.system.shops import Shop
from tests.system.vendor import text_update

SEND = "POST /bot{token}/sendMessage"
# Without a note of its death a worker is missed when its lease of two minutes ends.
PATIENCE = 240


def test_a_message_whose_worker_died_is_unknown_never_sent_twice_and_the_operator_decides(
    open_world: Open,
) -> None:
    world = open_world("sending", window=1, connections=1)
    world.vendor.deliver([text_update(update_id=1, client=7, message_id=1, text="Сколько стоит батарея?")])
    chat = wait_for_conversation(world)
    world.bot.next("sendMessage", Reply(hang=True))

    with signed_in(world.live, world.shop) as browser:
        page = f"{world.live.url}/admin/desk/{chat}/"
        answer(browser, page, "3500 рублей")
        wait_until(lambda: world.bot.to(SEND), seconds=PATIENCE, what="the messenger has it")
        processes.kill_group(processes.workers(world.pid, WORKERS)[0])
        wait_until(lambda: states(world) == ["unknown"], seconds=PATIENCE, what="it is unknown")

        # The next one of this chat shows that workers are at work again, and that the first one stays put.
        answer(browser, page, "Можно сегодня")
        wait_until(lambda: states(world) == ["unknown", "done"], seconds=PATIENCE, what="the next is sent")
        shown = browser.get(page, timeout=60).text

    assert [sent["text"] for sent in world.bot.sent] == ["3500 рублей", "Можно сегодня"]
    assert len(world.bot.to(SEND)) == 2
    doubtful, certain = ticks(shown)
    assert doubtful.startswith("?")
    assert "desk_resend" not in shown
    assert re.search(r"data-post=\"/admin/desk/\d+/resend/\d+/\"", shown)
    assert certain == "✓"


def wait_for_conversation(world: World) -> int:
    found: list[int] = []

    def is_there() -> bool:
        found[:] = world.ledger.column("SELECT id FROM appeals_conversation WHERE tenant_id = %(tenant)s")
        return bool(found)

    wait_until(is_there, seconds=PATIENCE, what="the client's conversation")
    return found[0]


def states(world: World) -> list[str]:
    return world.ledger.column("SELECT state FROM channels_delivery WHERE tenant_id = %(tenant)s ORDER BY id")


@contextmanager
def signed_in(live: Live, shop: Shop) -> Iterator[requests.Session]:
    with requests.Session() as browser:
        address = f"{live.url}/admin/login/?next=/admin/desk/"
        browser.get(address, timeout=60).raise_for_status()
        form = {
            "username": shop.operator,
            "password": shop.password,
            "csrfmiddlewaretoken": browser.cookies["csrftoken"],
        }
        found = browser.post(address, form, timeout=60)
        assert found.url == f"{live.url}/admin/desk/", found.url
        yield browser


def answer(browser: requests.Session, page: str, text: str) -> None:
    shown = browser.get(page, timeout=60).text
    fields = dict(re.findall(r'name="(csrfmiddlewaretoken|key)" value="([^"]+)"', shown))
    found = browser.post(f"{page}answer/", {**fields, "text": text}, timeout=60)
    assert found.json() == {"ok": True}


def ticks(page: str) -> list[str]:
    """What stands under our messages, in the order in which they were written."""
    return [text.strip() for text in re.findall(r'<span class="tick[^>]*>([^<]*)<', page)]
