"""The client beside the conversation in a real browser: merged, undone and looked through by keyboard."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from apps.appeals.models import Appeal, Contact, ContactMerge, Conversation
from apps.channels.models import Channel
from tests.appeals.mailing import client_of
from tests.chromium import chromium

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def context(browser: Browser, live_server: LiveServer, desk: Client) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="ru-RU")
    context.set_default_timeout(10_000)
    cookie = desk.cookies[settings.SESSION_COOKIE_NAME]
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
    yield context
    context.close()


@pytest.fixture
def ivan(bot: Channel) -> Conversation:
    return known(client_of(bot, "Иван Петров"), phone="8 (900) 111-22-33")


@pytest.fixture
def page(context: BrowserContext, live_server: LiveServer, ivan: Conversation) -> Iterator[Page]:
    page, errors = context.new_page(), []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{live_server.url}/admin/desk/{ivan.pk}/")
    yield page
    assert errors == []


def known(found: Conversation, **fields: str) -> Conversation:
    Contact.objects.filter(pk=found.contact_id).update(**fields)
    return Conversation.objects.select_related("contact").get(pk=found.pk)


def test_two_clients_are_merged_and_taken_apart_without_a_mouse(
    page: Page, ivan: Conversation, chat: Channel
) -> None:
    known(client_of(chat, "Ваня"), phone="+7 900 111 22 33", note="Торгуется")
    page.reload()
    page.get_by_role("button", name="Возможно, это один клиент").press("Enter")
    expect(page.locator("#alike a")).to_be_focused()
    page.keyboard.press("Tab")
    button = page.locator("#alike [data-merge]")
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    dialog = page.locator("#merge")
    expect(dialog).to_contain_text("Объединить «Ваня» с «Иван Петров»?")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert not ContactMerge.objects.exists()

    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("button", name="Объединить", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    expect(page.locator("#alike")).to_have_count(0)
    expect(page.locator("#history")).to_contain_text("Объединён с «Ваня»")
    expect(page.locator("#feed .feed-event")).to_contain_text("«Ваня» теперь «Иван Петров»")
    expect(page.locator("#places li")).to_have_count(2)
    expect(page.locator("#panel textarea[name=note]")).to_have_value("Торгуется")
    expect(page.get_by_role("button", name="Отменить объединение")).to_be_focused()

    page.once("dialog", lambda asked: asked.accept())
    page.get_by_role("button", name="Отменить объединение").press("Enter")
    expect(page.locator("#client-said")).to_contain_text("«Ваня» снова отдельный клиент")
    expect(page.locator("#alike")).to_contain_text("тот же телефон")
    expect(page.locator("#places li")).to_have_count(1)


def test_another_client_is_looked_for_while_the_page_goes_on_and_older_history_is_fetched(
    page: Page, ivan: Conversation, chat: Channel, bot: Channel
) -> None:
    client_of(chat, "Пётр Сидоров")
    for number in range(20):
        Appeal.objects.create(
            tenant=bot.tenant,
            contact=ivan.contact,
            conversation=ivan,
            channel=bot,
            status="closed",
            created_at=timezone.now() - timedelta(days=number),
        )
    page.set_viewport_size({"width": 375, "height": 740})
    page.reload()
    entries = page.locator("#history .history li:not(.history-more)")
    expect(entries).to_have_count(15)
    page.get_by_role("button", name="Ещё", exact=True).press("Enter")
    expect(entries).to_have_count(20)
    expect(entries.nth(15).locator("a")).to_be_focused()

    page.locator("#merging summary", has_text="Объединить с другим").click()
    page.locator("#client-search").fill("сидор")
    # What changes meanwhile takes nothing out of one's hands.
    known(ivan, phone="+7 900 000-00-00")
    Conversation.objects.filter(pk=ivan.pk).update(revision=99)
    expect(page.locator("#panel input[name=phone]")).to_have_value("+7 900 000-00-00")
    expect(page.locator("#client-search")).to_have_value("сидор")
    found = page.locator("#client-found .alike")
    expect(found).to_contain_text("Пётр Сидоров")
    found.locator("[data-merge]").click()
    expect(page.locator("#merge")).to_contain_text(re.compile("Перейдёт от «Пётр Сидоров»"))
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator("#merge [type=submit]").click()
    expect(page.locator("#merging")).to_contain_text("Объединён с «Пётр Сидоров»")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
