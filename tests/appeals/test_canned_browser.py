"""Canned replies in the composer: found by «/», shown with the client's data, put in by keyboard."""

import pytest
from playwright.sync_api import expect

from apps.appeals.models import CannedReply
from apps.channels.models import Delivery
from apps.tenants.models import Tenant
from tests.appeals.test_composer_browser import Open, box, browser, context, opened, replies, talk

__all__ = ["browser", "context", "opened", "replies", "talk"]

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_slash_finds_shows_and_puts_in_a_reply_by_keyboard(opened: Open, replies: None) -> None:
    page = opened()
    box(page).focus()
    page.keyboard.type("/")
    options = page.locator("#canned [role=option]")
    expect(options).to_have_count(3)
    page.keyboard.type("при")
    expect(options).to_have_count(1)
    expect(page.locator(".canned-preview")).to_contain_text("Здравствуйте, Иван! Это Мастерская.")
    page.keyboard.press("Enter")

    expect(box(page)).to_have_value("Здравствуйте, Иван! Это Мастерская.")
    expect(page.locator("#canned")).to_be_hidden()
    page.keyboard.press("Control+Enter")
    expect(page.locator(".bubble.is-operator")).to_contain_text("Это Мастерская.")
    assert CannedReply.objects.get(shortcut="привет").used_count == 1


def test_what_is_not_known_is_marked_and_comes_to_be_typed_over(opened: Open, replies: None) -> None:
    page = opened()
    box(page).focus()
    page.keyboard.type("Смотрите: /цена")
    expect(page.locator(".canned-preview mark")).to_have_text("[цена?]")
    page.keyboard.press("Tab")
    expect(box(page)).to_have_value("Смотрите: Замена стоит {цена}, ждём вас.")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".composer-note")).to_contain_text("{цена}")
    assert Delivery.objects.count() == 0
    page.evaluate(
        """() => { const w = document.querySelector('#composer textarea'), at = w.value.indexOf('{цена}');
        w.setSelectionRange(at, at + 6); }"""
    )
    box(page).focus()
    page.keyboard.type("3500 ₽")

    expect(box(page)).to_have_value("Смотрите: Замена стоит 3500 ₽, ждём вас.")


def test_arrows_choose_escape_closes_and_a_slash_inside_a_word_opens_nothing(
    opened: Open, replies: None
) -> None:
    page = opened()
    box(page).focus()
    page.keyboard.type("1/2")
    expect(page.locator("#canned")).to_be_hidden()
    page.keyboard.type(" /")
    selected = page.locator("#canned [aria-selected=true]")
    first = selected.inner_text()
    page.keyboard.press("ArrowDown")
    expect(selected).not_to_have_text(first)
    page.keyboard.press("Escape")
    expect(page.locator("#canned")).to_be_hidden()
    page.keyboard.type("ц")
    expect(page.locator("#canned")).to_be_hidden()

    expect(box(page)).to_have_value("1/2 /ц")


def test_a_thousand_replies_are_searched_while_one_types(opened: Open, shop: Tenant) -> None:
    """Of many only the first are drawn, and none is asked for: the key that narrows them shows them, too."""
    CannedReply.objects.bulk_create(
        CannedReply(tenant=shop, shortcut=f"s{number}", title=f"Ответ {number}", text="Ждём, {имя}! " * 20)
        for number in range(1000)
    )
    page = opened()
    page.locator("#canned-open").click()
    expect(page.locator("#canned [role=option]")).to_have_count(50)
    shown = page.evaluate(
        """() => { const w = document.querySelector('#composer textarea');
        w.value = '/s999'; w.setSelectionRange(5, 5); w.dispatchEvent(new Event('input', {bubbles: true}));
        return document.querySelectorAll('#canned [role=option]').length; }"""
    )
    assert shown == 1
