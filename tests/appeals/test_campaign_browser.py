"""A campaign in a real browser: from an empty list to the last tick, and on a phone."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page, ViewportSize, expect
from pytest_django.live_server_helper import LiveServer

from apps.appeals.campaigns import counting
from apps.appeals.campaigns.starting import start
from apps.appeals.models import Campaign, Contact
from apps.channels.models import Channel
from apps.tenants.membership import add_member
from apps.tenants.models import Role
from tests.appeals.mailing import campaign_of, client_of, one_round
from tests.chromium import chromium
from tests.work import drain

pytestmark = pytest.mark.django_db(transaction=True)
WIDE: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}


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
    """Pictures of both widths, for whoever wants to look; and nothing may stick out on a phone."""
    folder = os.environ.get("PICTURES")
    for width, size in (("1280", WIDE), ("390", PHONE)):
        page.set_viewport_size(size)
        page.wait_for_timeout(100)
        if folder:
            page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.set_viewport_size(WIDE)


def test_a_campaign_from_the_empty_list_to_the_last_tick(
    page: Page, live_server: LiveServer, bot: Channel
) -> None:
    for name in ("Иван Петров", "Мария", "", "Ольга Сергеевна"):
        client_of(bot, name)
    Contact.objects.filter(name="Мария").update(unsubscribed_at="2026-11-01T10:00:00Z")
    page.goto(f"{live_server.url}/admin/appeals/campaign/")
    expect(page.locator("#nothing-yet")).to_be_visible()
    look(page, "empty")

    page.goto(f"{live_server.url}/admin/appeals/campaign/add/")
    page.locator("#id_name").fill("Переезд на Ленина, 5")
    page.locator("#id_text").fill("{имя|Здравствуйте}, мы переехали! Теперь мы на Ленина, 5.")
    page.locator("#id_quiet_from").fill("00:00")
    page.locator("#id_quiet_until").fill("00:00")
    # News of the service, to whoever has not agreed to advertising.
    page.locator("#id_is_advertising").uncheck()
    look(page, "form")
    page.locator("#id_name").press("Enter")

    expect(page.locator("#will")).to_contain_text("3 клиента получат")
    expect(page.locator("#skipped")).to_contain_text("Просил не писать рассылки")
    expect(page.get_by_text("Иван, мы переехали!")).to_be_visible()
    look(page, "draft")
    page.get_by_role("button", name="Отправить 3 клиентам").click()
    expect(page.get_by_role("heading", name="Отправить 3 клиентам?")).to_be_visible()
    look(page, "confirm")
    page.get_by_role("button", name="Отправить 3 клиентам").click()

    expect(page.locator("#state")).to_have_text("Отправляется")
    expect(page.locator("#sent")).to_have_text("0 из 3")
    campaign = Campaign.objects.get()
    one_round(campaign)
    expect(page.locator("#sent")).to_have_text("1 из 3")
    look(page, "sending")
    page.get_by_role("button", name="Приостановить").click()
    expect(page.locator("#state")).to_have_text("Приостановлена")
    look(page, "paused")
    page.get_by_role("button", name="Остановить совсем").click()
    page.get_by_role("button", name="Остановить совсем").click()
    expect(page.locator("#state")).to_have_text("Остановлена")
    look(page, "stopped")
    page.locator("select[name=outcome]").select_option("sent")
    expect(page.locator("#recipients tbody tr")).to_have_count(1)
    page.goto(f"{live_server.url}/admin/appeals/campaign/")
    expect(page.get_by_text("1 из 3")).to_be_visible()
    look(page, "list")
    page.get_by_role("link", name="Переезд на Ленина, 5").click()
    expect(page.locator("#sent")).to_have_text("1 из 3")


def test_progress_comes_by_itself_and_leaves_the_page_alone(
    page: Page, live_server: LiveServer, bot: Channel
) -> None:
    for name in ("Иван", "Анна"):
        client_of(bot, name)
    campaign = campaign_of(bot)
    start(campaign=campaign, member=None, expected=2)
    page.goto(f"{live_server.url}{campaign.get_absolute_url()}")
    page.evaluate("window.isTheSamePage = true")
    one_round(campaign)
    expect(page.locator("#sent")).to_have_text("2 из 2")
    one_round(campaign)
    expect(page.locator("#state")).to_have_text("Завершена")
    expect(page.get_by_role("button", name="Приостановить")).to_have_count(0)
    assert page.evaluate("window.isTheSamePage") is True


def test_many_clients_are_counted_and_started_before_ones_eyes(
    page: Page, live_server: LiveServer, bot: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "AT_ONCE", 1)
    for name in ("Иван", "Анна"):
        client_of(bot, name)
    campaign = campaign_of(bot)
    page.goto(f"{live_server.url}{campaign.get_absolute_url()}")
    expect(page.locator("#counting")).to_contain_text("0 из 2")
    look(page, "counting")
    drain()
    page.get_by_role("button", name="Отправить 2 клиентам").click()
    page.get_by_role("button", name="Отправить 2 клиентам").click()
    expect(page.locator("#settling")).to_contain_text("Составляется список")
    look(page, "settling")
    client_of(bot, "Третий")
    drain()
    # It is a draft again, and the page finds that out by itself.
    expect(page.locator("#start-problem")).to_contain_text("число клиентов изменилось")
    drain()
    expect(page.get_by_role("button", name="Отправить 3 клиентам")).to_be_visible()


def test_a_file_of_clients_fits_a_phone(page: Page, live_server: LiveServer, bot: Channel) -> None:
    client_of(bot, "Иван")
    Contact.objects.update(phone="+79215553535")
    campaign = campaign_of(bot)
    page.goto(f"{live_server.url}{campaign.get_absolute_url()}")
    page.get_by_role("link", name="Клиенты из файла").click()
    look(page, "list-upload")
    content = "Имя;Телефон\nИван;8 921 555-35-35\nНикто;+7 900 000-00-00\n".encode()
    page.locator("input[type=file]").set_input_files(
        {"name": "клиенты.csv", "mimeType": "text/csv", "buffer": content}
    )
    page.get_by_role("button", name="Посмотреть, кто найдётся").click()
    expect(page.locator("#summary")).to_contain_text("1 клиент найден")
    expect(page.locator("#problems")).to_contain_text("Такого телефона или имени нет")
    look(page, "list-preview")
    page.get_by_role("button", name="Взять этих клиентов").click()
    expect(page.locator("#will")).to_contain_text("1 клиент получит")
