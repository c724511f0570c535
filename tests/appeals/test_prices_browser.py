"""The price list in a real browser: from the empty page to a price in the panel, and on a phone."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page, ViewportSize, expect
from pytest_django.live_server_helper import LiveServer

from apps.appeals.models import Repair
from apps.channels.models import Channel
from apps.tenants.membership import add_member
from apps.tenants.models import Role
from tests.appeals.test_prices_importing import FIRST, SECOND, applied
from tests.appeals.test_prices_matching import appeal_of, fill_list
from tests.chromium import chromium
from tests.work import drain

pytestmark = pytest.mark.django_db(transaction=True)
WIDE: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 375, "height": 812}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser, live_server: LiveServer, shop: Any) -> Iterator[Page]:
    member = add_member(tenant=shop, username="lead", password="pass-word-1", role=Role.HEAD, name="Ольга")
    client = Client()
    client.force_login(member.user)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    context = browser.new_context(viewport=WIDE, locale="ru-RU")
    context.set_default_timeout(15_000)
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    assert errors == []
    context.close()


def look(page: Page, name: str) -> None:
    """Pictures of both widths, light and dark, for whoever wants to look; nothing sticks out on a phone."""
    folder = os.environ.get("PICTURES")
    for width, size in (("1280", WIDE), ("375", PHONE)):
        page.set_viewport_size(size)
        for theme in ("light", "dark") if folder else ():
            page.evaluate("dark => document.documentElement.classList.toggle('dark', dark)", theme == "dark")
            page.wait_for_timeout(150)
            page.screenshot(path=Path(str(folder)) / f"{name}-{width}-{theme}.png", full_page=True)
    page.evaluate("document.documentElement.classList.remove('dark')")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.set_viewport_size(WIDE)


def test_a_file_becomes_the_list(page: Page, live_server: LiveServer, shop: Any, tmp_path: Path) -> None:
    page.goto(f"{live_server.url}/admin/appeals/priceitem/")
    expect(page.locator("#no-prices")).to_be_visible()
    look(page, "empty")
    applied(shop, FIRST)

    page.get_by_role("link", name="Импорт файла").click()
    look(page, "upload")
    file = tmp_path / "прайс.csv"
    file.write_text(SECOND)
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Показать, что изменится").click()
    expect(page.locator("#summary")).to_contain_text("1 новая строка")
    page.locator("#columns summary").click()
    look(page, "preview")
    page.locator("input[name=switch_off]").check()
    page.locator("#columns").get_by_role("button", name="Показать, что изменится").click()
    expect(page.locator("#summary")).to_contain_text("1 строка выключится")
    page.locator(".pr-tabs .is-changed").click()
    expect(page.locator("#lines s")).to_have_text("3\u00a0500\u00a0₽")
    look(page, "changes")

    page.get_by_role("button", name="Применить").click()
    expect(page.locator("#stage")).to_contain_text("записываются")
    drain()
    expect(page.locator("#stage")).to_contain_text("Применён")
    look(page, "applied")
    page.get_by_role("link", name="К прайс-листу").click()
    expect(page.locator("input[name=form-0-price]")).to_be_visible()
    look(page, "list")
    page.locator("input[name=form-0-price]").fill("3 750,50")
    page.locator("button[name=_save]").click()
    expect(page.locator("input[name=form-0-price]")).to_have_value("3750.50")


def test_a_file_with_unknown_heads_is_named_by_hand(
    page: Page, live_server: LiveServer, tmp_path: Path
) -> None:
    file = tmp_path / "прайс.csv"
    file.write_text("iPhone 14;АКБ;3500\niPhone 15;АКБ;4500\n")
    page.goto(f"{live_server.url}/admin/appeals/priceitem/import/")
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Показать, что изменится").click()
    expect(page.locator("#name-columns")).to_be_visible()
    look(page, "columns")
    for at, name in enumerate(("model", "work", "price")):
        page.locator(f"select[name=column-{at}]").select_option(name)
    page.locator("#columns").get_by_role("button", name="Показать, что изменится").click()
    expect(page.locator("#summary")).to_contain_text("2 новые строки")


def test_a_price_of_the_list_is_filled_in_at_the_desk(
    page: Page, live_server: LiveServer, shop: Any, chat: Channel
) -> None:
    fill_list(
        shop,
        "Apple | iPhone 14 Pro | Замена аккумулятора | 4500\n"
        "Apple | iPhone 14 Pro | Замена дисплея (оригинал) | 24000\n"
        "Apple | iPhone 14 Pro | Замена дисплея (копия) | 9000\n",
    )
    appeal = appeal_of(chat, ("Apple", "iPhone 14 Pro", ["Замена батареи", "Замена экрана"]))
    Repair.objects.filter(repair_type="Замена экрана").update(price=8000)
    page.goto(f"{live_server.url}/admin/desk/{appeal.conversation_id}/")
    for part in ("device", "repair"):
        for summary in page.locator(f"details[data-key^={part}-] > summary").all():
            summary.click()
    look(page, "panel")
    battery = page.locator(".repair", has_text="Замена батареи")
    battery.locator("[data-fill-price]").click()
    expect(battery.locator("input[name=price]").first).to_have_value("4500")
    battery.get_by_role("button", name="Сохранить").click()
    expect(battery.locator("summary")).to_contain_text("4 500 ₽")
    assert Repair.objects.get(repair_type="Замена батареи").price == 4500

    page.locator("details[data-key^=add-repair] summary").click()
    adding = page.locator("details[data-key^=add-repair] form")
    adding.locator("input[name=repair_type]").fill("Замена дисплея (копия)")
    expect(adding.locator("input[name=price]")).to_have_value("9000")
    adding.locator("input[name=price]").fill("9500")
    adding.locator("input[name=repair_type]").fill("Замена аккумулятора")
    expect(adding.locator("input[name=price]")).to_have_value("9500")
