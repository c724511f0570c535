"""Notes for colleagues in real browsers: named, kept from clients, changed where they stand."""

import re

import pytest
from playwright.sync_api import expect

from apps.appeals.models import Conversation, Mention, Note
from apps.channels.models import Delivery
from apps.tenants.models import Member
from tests.appeals.test_teamwork_browser import Open, browser, conversation, olga, opened
from tests.chromium import lose_confirmation

__all__ = ["browser", "conversation", "olga", "opened"]

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_note_names_a_colleague_and_never_leaves(
    opened: Open, conversation: Conversation, anna: Member, olga: Member
) -> None:
    annas, olgas = opened(anna, f"{conversation.pk}/"), opened(olga, "")
    annas.locator("[data-writes=note]").click()
    expect(annas.locator("#composer")).to_be_hidden()
    box = annas.locator("#note-form textarea")
    box.press_sequentially("Скидка 10%, спросите @оль")
    expect(annas.locator("#mentions [role=option]")).to_have_text("Ольга Петрова")
    annas.keyboard.press("Enter")
    expect(box).to_have_value("Скидка 10%, спросите @Ольга Петрова ")
    annas.keyboard.press("Control+Enter")
    expect(annas.locator(".bubble.is-note")).to_contain_text("Скидка 10%")
    expect(box).to_have_value("")

    expect(olgas.locator(".desk-chip.is-mentioned")).to_be_visible()
    olgas.locator(".desk-row").click()
    expect(olgas.locator(".mention.is-me")).to_have_text("@Ольга Петрова")
    olgas.go_back()
    expect(olgas.locator(".desk-chip.is-mentioned")).to_have_count(0)
    assert (Delivery.objects.count(), Mention.objects.get().member) == (0, olga)


def test_a_half_written_note_does_not_become_the_answer(
    opened: Open, conversation: Conversation, anna: Member
) -> None:
    page = opened(anna, f"{conversation.pk}/")
    page.locator("[data-writes=note]").click()
    page.locator("#note-form textarea").fill("Клиент грубит")
    page.locator("[data-writes=answer]").click()
    expect(page.locator("#composer textarea")).to_have_value("")
    page.keyboard.press("Control+Enter")
    page.reload()

    expect(page.locator("#note-form textarea")).to_have_value("Клиент грубит")
    expect(page.locator("[data-writes=note]")).to_have_attribute("aria-checked", "true")
    assert Delivery.objects.count() == 0


def test_a_note_whose_confirmation_is_lost_is_one_note(
    opened: Open, conversation: Conversation, anna: Member
) -> None:
    page = opened(anna, f"{conversation.pk}/")
    lose_confirmation(page, "/notes/$")
    page.locator("[data-writes=note]").click()
    page.locator("#note-form textarea").fill("Перезвонить")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".note-said")).to_have_class(re.compile("is-bad"))
    page.reload()
    page.locator("#note-form button[type=submit]").click()
    expect(page.locator("#note-form textarea")).to_have_value("")

    assert Note.objects.count() == 1


def test_ones_own_note_is_changed_and_deleted_where_it_stands(
    opened: Open, conversation: Conversation, anna: Member
) -> None:
    page = opened(anna, f"{conversation.pk}/")
    page.locator("[data-writes=note]").click()
    page.locator("#note-form textarea").fill("Скидка 10%")
    page.keyboard.press("Control+Enter")
    note = page.locator(".bubble.is-note")
    note.locator(".note-edit summary").click()
    note.locator("textarea").fill("Скидка 15%")
    note.locator("textarea").press("Control+Enter")
    expect(note.locator(".bubble-text")).to_have_text("Скидка 15%")

    page.on("dialog", lambda dialog: dialog.accept())
    note.locator(".note-edit summary").click()
    note.get_by_text("Удалить").click()
    expect(note).to_contain_text("Заметка удалена")
    expect(note).not_to_contain_text("Скидка")
