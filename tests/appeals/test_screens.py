"""The desk's screens in light and dark, wide and on a phone: finished to look at, and kept as pictures."""

from collections.abc import Callable, Iterator
from itertools import product
from typing import Literal

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page, ViewportSize, expect
from pytest_django.live_server_helper import LiveServer

from apps.appeals.models import Conversation
from apps.tenants.membership import add_member
from apps.tenants.models import Member, Role, Tenant
from tests.appeals.furnishing import busy, furnish
from tests.chromium import chromium
from tests.peers.telegram import TelegramPeer
from tests.screens import foreign_words, keep, overlapping, raw_values, wider_than_its_window

pytestmark = pytest.mark.django_db(transaction=True)

# Names of things, which are so in any language.
NAMES = frozenset({"BatteryCRM", "Telegram", "WhatsApp", "API", "CSV", "XLSX", "Ctrl", "Enter"})
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
WINDOWS: dict[str, ViewportSize] = {
    "wide": {"width": 1280, "height": 900},
    "phone": {"width": 375, "height": 740},
}
SCREENS = {
    "list": ("/admin/desk/", ".desk-row"),
    "conversation": ("/admin/desk/{pk}/", ".bubble"),
    "dashboard": ("/admin/", "svg"),
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def head(shop: Tenant) -> Member:
    return add_member(tenant=shop, username="head", role=Role.ADMIN, name="Вера Ильина")


@pytest.fixture
def conversation(
    shop: Tenant, anna: Member, head: Member, arrive: Callable[..., None], bot_peer: TelegramPeer
) -> Conversation:
    talk = furnish(arrive=arrive, bot_peer=bot_peer, anna=anna, colleague=head)
    busy(shop)
    return talk


@pytest.fixture
def page(browser: Browser, live_server: LiveServer, head: Member) -> Iterator[Page]:
    client = Client()
    client.force_login(head.user)
    context = browser.new_context(locale="ru-RU")
    context.set_default_timeout(10_000)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    yield page
    context.close()
    assert errors == []


def test_the_screens_are_finished_to_look_at(
    page: Page, live_server: LiveServer, conversation: Conversation
) -> None:
    """One test for all: what is looked at takes seconds to be there, and each look an instant."""
    wrong = {}
    for name, window, scheme in product(SCREENS, WINDOWS, SCHEMES):
        path, sign = SCREENS[name]
        page.set_viewport_size(WINDOWS[window])
        page.emulate_media(color_scheme=scheme)
        page.goto(live_server.url + path.format(pk=conversation.pk))
        expect(page.locator(sign).first).to_be_visible()
        assert page.locator("html.dark").count() == (scheme == "dark")
        keep(page, f"{name}-{window}-{scheme}")
        found = {
            "over each other": overlapping(page),
            "raw": raw_values(page),
            "not Russian": foreign_words(page, besides=NAMES),
            "too wide": wider_than_its_window(page),
        }
        if any(found.values()):
            wrong[f"{name}, {window}, {scheme}"] = {what: these for what, these in found.items() if these}
    assert not wrong, wrong
