"""The picker of templates in a real browser: chosen, filled in before one's eyes, sent; and what was seen."""

import re
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from apps.appeals.models import Conversation, Message
from apps.appeals.people import client_wrote
from apps.channels.models import Channel, Delivery, Receipt
from apps.integrations.checking import check_connection
from tests.appeals.drafts import proposed
from tests.appeals.test_whatsapp import Come, come, meta, number
from tests.channels.test_templates import LONG_AGO, NAMED, READY
from tests.chromium import chromium, lose_confirmation
from tests.peers.whatsapp import WhatsAppPeer, template
from tests.work import close_windows, drain

__all__ = ["come", "meta", "number"]

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
def silent(come: Come, meta: WhatsAppPeer, number: Channel) -> Conversation:
    meta.templates = [NAMED, READY]
    check_connection(connection=number.connection)
    come("text", timestamp=str(int((timezone.now() - LONG_AGO).timestamp())))
    close_windows()
    drain()
    return Conversation.objects.get()


@pytest.fixture
def page(context: BrowserContext, live_server: LiveServer, silent: Conversation) -> Iterator[Page]:
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{live_server.url}/admin/desk/{silent.pk}/")
    yield page
    assert errors == []


def test_a_template_is_filled_in_before_ones_eyes_and_sent(page: Page, meta: WhatsAppPeer) -> None:
    """The window is closed: the picker is open by itself, and the box for words is not."""
    expect(page.locator("#composer textarea")).to_be_disabled()
    picker = page.locator("#templates")
    expect(picker.locator("select")).to_be_visible()
    picker.locator("select").select_option(label="order_ready · ru")
    preview = picker.locator("fieldset:not([hidden]) .template-preview")
    expect(preview).to_contain_text("Здравствуйте, Иван Петров! Ваш {{2}} готов, Иван Петров.")
    picker.get_by_label("Поле 2").fill("iPhone 14")
    expect(preview).to_contain_text("Ваш iPhone 14 готов")

    picker.locator("button[type=submit]").click()
    assert Delivery.objects.count() == 0  # the browser itself wants the other fields
    picker.locator("fieldset:not([hidden]) [data-slot='header.1']").fill("№17")
    picker.get_by_label("Для кнопки").fill("17")
    picker.locator("button[type=submit]").click()
    expect(page.locator(".bubble.is-operator")).to_contain_text("Ваш iPhone 14 готов, Иван Петров.")
    expect(picker).to_be_hidden()
    drain()
    assert [one["template"]["name"] for one in meta.sent] == ["order_ready"]


def test_by_keys_one_goes_into_the_picker_and_out_of_it_again(page: Page, silent: Conversation) -> None:
    proposed(silent, "Добрый день")
    opener = page.get_by_role("button", name="Выбрать шаблон")
    page.locator("#templates").get_by_role("button", name="Закрыть").press("Enter")
    expect(page.locator("#templates")).to_be_hidden()
    expect(opener).to_be_focused()
    # What can't be sent now leaves its place to what can.
    draft = page.locator("[data-draft]")
    expect(draft).to_be_visible()
    page.keyboard.press("Enter")
    choice = page.locator("#templates select")
    expect(choice).to_be_focused()
    expect(draft).to_be_hidden()

    choice.select_option(label="order_late · ru")
    for field in page.locator("#templates fieldset:not([hidden]) [data-slot]").all():
        field.fill("завтра")
    page.locator("#templates button[type=submit]").press("Enter")
    expect(page.locator("#templates")).to_be_hidden()
    expect(opener).to_be_focused()


def test_a_confirmation_that_is_lost_makes_no_second_message(page: Page) -> None:
    lose_confirmation(page, "/templates/send/$")
    fill_named(page)
    expect(page.locator("#templates .composer-note")).to_have_class(re.compile("is-bad"))
    expect(page.locator("#templates [data-slot='body.when']")).to_have_value("в среду")
    page.locator("#templates button[type=submit]").click()
    expect(page.locator("#templates")).to_be_hidden()
    assert Delivery.objects.count() == 1


def fill_named(page: Page) -> None:
    page.locator("#templates select").select_option(label="order_late · ru")
    expect(page.locator("#templates [data-slot='body.client_name']")).to_have_value("Иван Петров")
    page.locator("#templates [data-slot='body.when']").fill("в среду")
    page.locator("#templates button[type=submit]").click()


def test_a_refresh_keeps_what_was_typed(page: Page, meta: WhatsAppPeer) -> None:
    page.locator("#templates select").select_option(label="order_late · ru")
    page.locator("#templates [data-slot='body.when']").fill("в среду")
    meta.templates = [NAMED, template("aaa_new", "ru", BODY={"text": "Новый"})]
    page.locator("[data-templates-refresh]").click()
    expect(page.locator("[data-refreshing]")).to_be_visible()
    drain()
    expect(page.locator("#templates option")).to_have_text(["aaa_new · ru", "order_late · ru"])
    expect(page.locator("#templates [data-slot='body.when']")).to_have_value("в среду")
    expect(page.locator("#templates fieldset:not([hidden]) .template-preview")).to_contain_text("в среду")


def test_the_client_writes_and_the_box_for_words_opens(page: Page, silent: Conversation) -> None:
    box = page.locator("#composer textarea")
    expect(box).to_be_disabled()
    the_client_writes(silent)
    expect(box).to_be_enabled()
    box.fill("Здравствуйте!")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".bubble.is-operator")).to_have_count(1)
    # Inside the window a template is one press away, as well.
    page.locator("[data-templates-close]").click()
    page.locator("#composer [data-templates-open]").click()
    expect(page.locator("#templates select")).to_be_visible()


def the_client_writes(conversation: Conversation) -> Message:
    message = Message.objects.create(
        tenant=conversation.tenant,
        conversation=conversation,
        author="client",
        text="Я тут",
        external_message_id="wamid.NEW",
        sent_at=timezone.now(),
    )
    client_wrote(Conversation.objects.get(pk=conversation.pk), at=timezone.now())
    return message


def test_what_is_on_the_screen_is_told_once_and_again_when_there_is_more(
    page: Page, silent: Conversation, meta: WhatsAppPeer
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/seen/" in request.url else None)
    with page.expect_response(re.compile("/seen/$")):
        page.reload()
    assert Receipt.objects.get().position == silent.messages.get().pk
    with page.expect_response(re.compile("/seen/$")):
        new = the_client_writes(silent)
        expect(page.locator(".bubble.is-client")).to_have_count(2)
    assert Receipt.objects.get().position == new.pk
    for _twice in range(2):
        with page.expect_response(re.compile("/live/")):
            pass
    assert len(asked) == 2
    drain()
    assert meta.read == ["wamid.NEW"]


def test_on_a_phone_the_picker_fits(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 700})
    expect(page.locator("#templates select")).to_be_visible()
    wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    assert not wide
    page.locator("#templates button[type=submit]").scroll_into_view_if_needed()
    expect(page.locator("#templates button[type=submit]")).to_be_in_viewport()


def test_one_for_tomorrow_is_seen_and_taken_back_with_its_words(page: Page, meta: WhatsAppPeer) -> None:
    picker = page.locator("#templates")
    picker.locator("select").select_option(label="order_late · ru")
    picker.locator("[data-slot='body.when']").fill("в среду")
    picker.locator("[data-plan-open]").click()
    picker.locator("[data-preset=tomorrow]").click()
    expect(picker.locator(".composer-plan b")).to_have_text("завтра в 09:00")
    expect(picker.locator("button[type=submit]")).to_have_text("Запланировать")
    picker.locator("button[type=submit]").click()
    planned = page.locator(".bubble.is-planned")
    expect(planned).to_contain_text("в среду")
    expect(planned).to_contain_text("order_late")
    expect(picker).to_be_hidden()
    drain()
    assert meta.sent == []

    planned.get_by_text("Изменить").click()
    expect(planned).to_have_count(0)
    expect(picker.locator("[data-slot='body.when']")).to_have_value("в среду")
    expect(picker.locator(".composer-plan b")).to_have_text("завтра в 09:00")
    picker.locator("[data-plan-off]").click()
    picker.locator("button[type=submit]").click()
    expect(page.locator(".bubble.is-operator:not(.is-planned)")).to_contain_text("в среду")
    drain()
    assert len(meta.sent) == 1
