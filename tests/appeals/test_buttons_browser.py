"""Reply buttons in real browsers: entered by the operator, pressed by the visitor, said once."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from apps.appeals.models import Author, Conversation, Message
from apps.channels.models import Channel, ChatLine, Delivery
from tests.chromium import chromium
from tests.work import drain

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def opened(browser: Browser) -> Iterator[Callable[..., Page]]:
    """A page of a context of its own; an error in it fails the test."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def open_page(url: str, *, width: int = 1280, cookies: Any = ()) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 800}, locale="ru-RU")
        context.set_default_timeout(10_000)
        context.add_cookies(list(cookies))
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(url)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture
def visitor(opened: Callable[..., Page], live_server: LiveServer, chat: Channel) -> Page:
    page = opened(f"{live_server.url}/chat/{chat.public_id}/", width=390)
    page.locator("#text").fill("Можно заменить батарею?")
    page.locator("#send").click()
    expect(page.locator(".line.mine[data-id]")).to_have_count(1)
    drain()
    return page


@pytest.fixture
def operator(opened: Callable[..., Page], live_server: LiveServer, desk: Client, visitor: Page) -> Page:
    cookie = desk.cookies[settings.SESSION_COOKIE_NAME]
    cookies = [{"name": cookie.key, "value": cookie.value, "url": live_server.url}]
    return opened(f"{live_server.url}/admin/desk/{Conversation.objects.get().pk}/", cookies=cookies)


def enter(page: Page, *buttons: str) -> None:
    page.locator("[data-buttons-open]").click()
    for text in buttons:
        page.keyboard.type(text)
        page.keyboard.press("Enter")


def send(page: Page, text: str) -> None:
    page.locator("#composer textarea").fill(text)
    page.locator("#composer button[type=submit]").click()
    expect(page.locator(".bubble.is-operator", has_text=text)).to_be_visible()
    drain()


def test_what_the_operator_offers_the_visitor_presses_and_it_is_said_once(
    operator: Page, visitor: Page
) -> None:
    enter(operator, "Да, запишите", "Позже")
    send(operator, "Записать вас на завтра?")
    expect(operator.locator(".bubble-buttons .template-button")).to_have_text(["Да, запишите", "Позже"])
    expect(operator.locator("#reply-buttons")).to_be_hidden()

    choices = visitor.locator(".choices button")
    expect(choices).to_have_text(["Да, запишите", "Позже"])
    choices.first.dblclick()
    expect(visitor.locator(".line.mine[data-id]", has_text="Да, запишите")).to_have_count(1)
    expect(choices.first).to_be_hidden()
    drain()
    said = Message.objects.filter(author=Author.CLIENT).order_by("pk")
    assert [one.text for one in said] == ["Можно заменить батарею?", "Да, запишите"]
    assert ChatLine.objects.filter(from_visitor=True).count() == 2

    visitor.reload()
    expect(visitor.locator(".line.mine")).to_have_count(2)
    expect(visitor.locator(".choices button").first).to_be_hidden()


def test_whoever_writes_instead_has_answered_as_well(operator: Page, visitor: Page) -> None:
    enter(operator, "Да", "Нет")
    send(operator, "Записать?")
    expect(visitor.locator(".choices button").first).to_be_visible()
    visitor.locator("#text").fill("А сколько стоит?")
    visitor.locator("#send").click()

    expect(visitor.locator(".choices button").first).to_be_hidden()


def test_buttons_are_entered_from_the_keyboard_and_kept_over_a_reload(operator: Page) -> None:
    enter(operator, "Да", "Нет", "Позже")
    fields = operator.locator("#reply-buttons input")
    expect(fields).to_have_count(4)
    operator.keyboard.press("Backspace")  # the empty one goes, and what stands before it has the cursor
    expect(fields).to_have_count(3)
    operator.keyboard.type("!")
    operator.reload()

    expect(fields).to_have_count(3)
    assert [field.input_value() for field in fields.all()] == ["Да", "Нет", "Позже!"]
    operator.get_by_title("Убрать эту кнопку").nth(1).click()
    send(operator, "Записать?")
    assert Delivery.objects.get().buttons == ["Да", "Позже!"]


def test_a_list_that_is_pasted_is_a_button_for_each_line_as_far_as_there_is_room(operator: Page) -> None:
    operator.context.grant_permissions(["clipboard-read", "clipboard-write"])
    operator.locator("[data-buttons-open]").click()
    lines = "\n".join(f"Вариант {number}" for number in range(20))
    operator.evaluate("text => navigator.clipboard.writeText(text)", lines)
    operator.keyboard.press("Control+V")

    expect(operator.locator("#reply-buttons input")).to_have_count(12)
    expect(operator.locator("[data-button-add]")).to_be_hidden()


def test_without_buttons_there_are_none_and_a_word_that_is_too_long_cannot_be_typed(operator: Page) -> None:
    enter(operator, "я" * 70)
    expect(operator.locator("#reply-buttons input").first).to_have_value(re.compile("^я{60}$"))
    operator.get_by_text("Без кнопок").click()
    expect(operator.locator("#reply-buttons")).to_be_hidden()
    send(operator, "Здравствуйте")

    assert Delivery.objects.get().buttons == []
    expect(operator.locator(".bubble-buttons")).to_have_count(0)
