"""Contacts are left in the chat's page; and it is whole on a phone and from the keyboard."""

import pytest
from playwright.sync_api import expect

from apps.channels.models import ChatLine
from tests.channels.chat_pages import _files, browser, channel, choose, context, named, page, stored
from tests.channels.outbox import make_tenant, make_webchat

pytestmark = pytest.mark.django_db(transaction=True)

__all__ = ["_files", "browser", "channel", "context", "page"]


@pytest.fixture
def away(channel) -> None:
    """Nobody answers, whatever the time is."""
    channel.connection.config = {"is_away": True}
    channel.connection.save()


def test_when_nobody_answers_contacts_are_asked_for_and_become_a_message(away, page):
    expect(page.locator("#away")).to_be_visible()
    form = page.locator("#contact")
    expect(form).to_be_visible()
    expect(page.locator("#composer")).to_be_hidden()
    form.get_by_role("button", name="Отправить").click()
    expect(page.locator("#contact-trouble")).to_contain_text("телефон или адрес почты")
    expect(form.locator("[name=reach]")).to_be_focused()
    form.locator("[name=name]").fill("Иван")
    form.locator("[name=reach]").fill("8 900 123-45-67")
    form.locator("[name=matter]").fill("Разбит экран")
    form.get_by_role("button", name="Отправить").click()
    expect(page.locator("#contact-trouble")).to_contain_text("согласие")
    form.locator("[name=consent]").check()
    form.get_by_role("button", name="Отправить").click()
    stored(page, 1)

    expect(form).to_be_hidden()
    expect(page.locator("#composer")).to_be_visible()
    expect(page.locator(".note")).to_contain_text("мы свяжемся")
    assert ChatLine.objects.get().text == "Разбит экран\n\nИван, +79001234567"
    page.reload()
    expect(page.locator(".line.mine[data-id]")).to_have_count(1)
    expect(form).to_be_hidden()


def test_who_would_rather_write_is_not_asked_again(away, page):
    page.locator("#contact-off").click()
    expect(page.locator("#text")).to_be_focused()
    page.reload()
    expect(page.locator("#composer")).to_be_visible()
    expect(page.locator("#contact")).to_be_hidden()
    expect(page.locator("#away")).to_be_visible()


def test_contacts_can_be_left_while_we_are_here_and_corrected_when_refused(page):
    page.locator("#leave").click()
    page.locator("[name=reach]").fill("a@b.c")  # fits the page, not the server
    page.locator("[name=consent]").check()
    page.locator("#contact").get_by_role("button", name="Отправить").click()
    failed = page.locator(".line.failed")
    expect(failed).to_contain_text("name@example.com")
    failed.get_by_role("button", name="Изменить").click()
    expect(page.locator("[name=reach]")).to_have_value("a@b.c")
    page.locator("[name=reach]").fill("ivan@example.com")
    page.locator("#contact").get_by_role("button", name="Отправить").click()
    stored(page, 1)

    assert ChatLine.objects.get().text == "ivan@example.com"


def test_everything_is_reached_with_the_keyboard_and_named(page):
    page.locator("#text").focus()
    page.keyboard.press("Tab")
    expect(page.locator("#mic")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    expect(page.locator("#clip")).to_be_focused()
    page.locator("#mic").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#stop")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#mic")).to_be_focused()
    unnamed = page.evaluate(
        """() => [...document.querySelectorAll("button, a, input:not(#picker), textarea, audio")]
            .filter(one => !one.textContent.trim() && !one.getAttribute("aria-label"))
            .filter(one => !(one.labels && one.labels.length)).map(one => one.outerHTML)"""
    )
    assert unnamed == []


@pytest.mark.parametrize("language", ["ru", "en"])
def test_on_a_phone_nothing_is_cut_off(browser, live_server, language):
    channel = make_webchat(tenant=make_tenant(), config={"is_away": True})
    type(channel.tenant).objects.update(language=language)
    context = browser.new_context(viewport={"width": 360, "height": 640}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(f"{live_server.url}/chat/{channel.public_id}/")
    expect(page.locator("#contact")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.locator("#contact-off").click()
    choose(page, named("очень длинное имя файла " * 6 + ".pdf", b"%PDF-1.7", "application/pdf"))
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.locator("#send").click()
    stored(page, 1)
    assert page.evaluate("(log => log.scrollWidth <= log.clientWidth)(document.getElementById('log'))")
    context.close()
