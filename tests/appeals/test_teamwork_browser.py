"""Two operators at one appeal in real browsers, and one who has no mouse."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from apps.appeals.models import Appeal, AppealStatus, Author, Conversation, Message
from apps.appeals.people import client_wrote
from apps.appeals.snoozing import snooze
from apps.channels.models import Delivery
from apps.tenants.membership import add_member
from apps.tenants.models import Member, Role, Tenant
from tests.appeals.drafts import proposed
from tests.chromium import chromium

Routed = Callable[..., Conversation]
Open = Callable[[Member, str], Page]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def olga(shop: Tenant) -> Member:
    return add_member(tenant=shop, username="olga", role=Role.OPERATOR, name="Ольга Петрова")


@pytest.fixture
def conversation(routed: Routed) -> Conversation:
    return routed("Здравствуйте! Сколько стоит батарея?")


@pytest.fixture
def opened(browser: Browser, live_server: LiveServer) -> Iterator[Open]:
    """A page of the desk as one of the members sees it, in a browser of their own."""
    contexts, errors = [], []

    def open_page(member: Member, path: str = "") -> Page:
        client = Client()
        client.force_login(member.user)
        context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="ru-RU")
        context.set_default_timeout(10_000)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"{live_server.url}/admin/desk/{path}")
        contexts.append(context)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert errors == []


def the_client_writes(conversation: Conversation, text: str) -> Message:
    message = Message.objects.create(
        tenant=conversation.tenant,
        conversation=conversation,
        author=Author.CLIENT,
        text=text,
        sent_at=timezone.now(),
    )
    client_wrote(Conversation.objects.get(pk=conversation.pk), at=timezone.now())
    return message


def no_looks(page: Page) -> None:
    """What happens from now on is not shown by itself: as in the second before the next look."""
    page.route(re.compile("/live/"), lambda route: route.fulfill(status=204))


def answer(page: Page, text: str) -> None:
    page.locator("#composer textarea").fill(text)
    page.keyboard.press("Control+Enter")


# --- two operators


def test_each_sees_that_the_other_looks_writes_and_leaves(
    opened: Open, conversation: Conversation, anna: Member, olga: Member
) -> None:
    annas, olgas = opened(anna, f"{conversation.pk}/"), opened(olga, f"{conversation.pk}/")
    expect(annas.locator("#here")).to_have_text("Смотрит Ольга Петрова")
    expect(olgas.locator("#here")).to_have_text("Смотрит Анна")
    olgas.locator("#composer textarea").press_sequentially("Добрый")
    expect(annas.locator("#here")).to_have_text("Ольга Петрова пишет ответ…")
    olgas.goto(olgas.url.replace(f"{conversation.pk}/", ""))
    expect(annas.locator("#here")).to_have_text("")


def test_who_answers_first_has_it_and_the_other_is_asked_once(
    opened: Open, conversation: Conversation, anna: Member, olga: Member
) -> None:
    annas, olgas = opened(anna, f"{conversation.pk}/"), opened(olga, f"{conversation.pk}/")
    answer(olgas, "Три с половиной")
    expect(annas.locator(".bubble.is-operator")).to_have_count(1)
    expect(annas.locator("#keeper")).to_contain_text("Ольга Петрова")

    answer(annas, "3500")
    warning = annas.locator("#collision")
    expect(warning).to_contain_text("Обращение ведёт Ольга Петрова. Ответить всё равно?")
    expect(annas.locator("#composer textarea")).to_have_value("3500")
    assert Delivery.objects.count() == 1
    annas.keyboard.press("Enter")  # the focus is on «send all the same»
    expect(annas.locator(".bubble.is-operator")).to_have_count(2)
    expect(annas.locator("#composer textarea")).to_have_value("")
    answer(annas, "И гарантия")
    expect(annas.locator(".bubble.is-operator")).to_have_count(3)

    helped = annas.locator(".feed-event.is-helped")
    expect(helped).to_have_count(1)
    expect(helped).to_contain_text("Ответ в чужом обращении (ведёт Ольга Петрова) · Анна")
    assert Appeal.objects.get().operator == olga


def test_an_answer_is_stopped_once_by_what_the_client_wrote_meanwhile(
    opened: Open, conversation: Conversation, anna: Member
) -> None:
    page = opened(anna, f"{conversation.pk}/")
    no_looks(page)
    the_client_writes(conversation, "Уже не надо, спасибо")
    answer(page, "3500 рублей")

    warning = page.locator("#collision")
    expect(warning).to_contain_text("Пока вы писали, пришло новое сообщение")
    expect(warning).to_contain_text("Уже не надо, спасибо")
    assert Delivery.objects.count() == 0
    page.keyboard.press("Escape")
    expect(warning).to_be_hidden()
    expect(page.locator("#composer textarea")).to_have_value("3500 рублей")

    page.keyboard.press("Control+Enter")
    expect(warning).to_be_visible()
    page.locator("[data-collision-send]").click()
    expect(page.locator("#composer textarea")).to_have_value("")
    assert Delivery.objects.get().text == "3500 рублей"


def test_a_message_after_the_warning_stops_it_again(
    opened: Open, conversation: Conversation, anna: Member
) -> None:
    page = opened(anna, f"{conversation.pk}/")
    no_looks(page)
    the_client_writes(conversation, "Погодите")
    answer(page, "3500 рублей")
    expect(page.locator("#collision")).to_contain_text("Погодите")
    the_client_writes(conversation, "Не надо")
    page.locator("[data-collision-send]").click()

    expect(page.locator("#collision")).to_contain_text("Не надо")
    assert Delivery.objects.count() == 0


def test_a_handed_over_appeal_is_marked_until_its_receiver_looks(
    opened: Open, conversation: Conversation, anna: Member, olga: Member
) -> None:
    annas, olgas = opened(anna, f"{conversation.pk}/"), opened(olga, "")
    annas.locator("details[data-key=hand-over] summary").click()
    form = annas.locator("form[action$='/hand-over/']")
    form.locator("select").select_option(label="Ольга Петрова · 0 открытых обращений")
    form.locator("[name=reason]").fill("Сложный ремонт")
    form.locator("button").click()
    expect(annas.locator(".feed-event.is-handed")).to_contain_text("никто → Ольга Петрова: Сложный ремонт")

    mark = olgas.locator(".desk-chip.is-handed")
    expect(mark).to_have_attribute("title", "Сложный ремонт")
    expect(annas.locator("#keeper")).to_contain_text("Ольга Петрова")
    olgas.locator(".desk-row").click()
    expect(olgas.locator("#keeper")).to_contain_text("Ольга Петрова")
    olgas.go_back()
    expect(mark).to_have_count(0)


def test_to_whom_it_may_go_is_asked_when_wanted_and_the_choice_is_kept(
    opened: Open, conversation: Conversation, anna: Member, olga: Member
) -> None:
    page = opened(anna, f"{conversation.pk}/")
    page.route("**/team/", lambda route: route.abort())
    summary = page.locator("details[data-key=hand-over] summary")
    form = page.locator("form[action$='/hand-over/']")
    summary.click()
    expect(form.get_by_role("alert")).to_contain_text("Нет связи с сервером")

    page.unroute("**/team/")
    summary.click()
    summary.click()
    form.locator("select").select_option(label="Ольга Петрова · 0 открытых обращений")
    expect(form.get_by_role("alert")).to_have_count(0)
    page.locator("#feed").focus()
    the_client_writes(conversation, "Ещё вопрос")
    expect(page.locator("#feed")).to_contain_text("Ещё вопрос")
    expect(form.locator("select")).to_have_value(str(olga.pk))


def test_who_works_the_panel_by_keys_stays_where_they_were(
    opened: Open, conversation: Conversation, anna: Member
) -> None:
    page = opened(anna, f"{conversation.pk}/")
    # The button that took its place.
    page.get_by_role("button", name="Взять себе").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Вернуть в общие")).to_be_focused()

    # What is done is folded.
    summary = page.locator("details[data-key=snooze] > summary")
    summary.focus()
    page.keyboard.press("Enter")
    page.locator("[name=preset][value=tomorrow]").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#snoozed")).to_be_visible()
    expect(page.locator("details[data-key=snooze]")).not_to_have_attribute("open", "")
    expect(summary).to_be_focused()

    # Refused, it is where the reason is asked for.
    page.locator("#panel select[name=status]").select_option("rejected")
    page.get_by_role("button", name="Сохранить").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".form-error")).to_have_text("Укажите, почему клиент отказался.")
    expect(page.get_by_role("button", name="Сохранить").first).to_be_focused()


def test_what_is_brought_back_or_turned_down_by_keys_is_followed_by_an_answer(
    opened: Open, conversation: Conversation, anna: Member
) -> None:
    snooze(conversation=conversation, until=timezone.now() + timedelta(days=1), why="Позвонить", member=anna)
    proposed(conversation, "Добрый день")
    page = opened(anna, f"{conversation.pk}/")
    words = page.locator("#composer textarea")
    page.get_by_role("button", name="Вернуть сейчас").press("Enter")
    expect(page.locator("#snoozed")).to_have_count(0)
    expect(words).to_be_focused()

    page.get_by_role("button", name="Отклонить").press("Enter")
    expect(page.locator("[data-draft]")).to_have_count(0)
    expect(words).to_be_focused()

    # Nothing is to be written: the page's keys lead on.
    page.get_by_role("button", name="Ответ не нужен").press("Enter")
    expect(page.get_by_role("button", name="Ответ не нужен")).to_have_count(0)
    expect(page.locator("#feed")).to_be_focused()


# --- without a mouse


def test_a_working_day_without_a_mouse_in_the_russian_layout(
    opened: Open, routed: Routed, anna: Member, olga: Member
) -> None:
    first, second = routed("Здравствуйте!"), routed("Добрый день!")
    page = opened(anna, "")
    expect(page.locator(".desk-row")).to_have_count(2)

    def press(code: str, key: str) -> None:
        """As a Russian keyboard sends it: the place of the key, and a Cyrillic letter."""
        page.evaluate(
            "([code, key]) => (document.activeElement ?? document.body).dispatchEvent("
            "new KeyboardEvent('keydown', {code, key, bubbles: true, cancelable: true}))",
            [code, key],
        )

    press("KeyJ", "о")
    press("KeyJ", "о")
    press("KeyK", "л")
    expect(page.locator(f"#c{second.pk}")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(f"/desk/{second.pk}/"))

    press("KeyA", "ф")
    expect(page.locator("#keeper")).to_contain_text("Анна")
    press("KeyR", "к")
    expect(page.locator("#composer textarea")).to_be_focused()
    page.keyboard.type("jkeah?")  # letters, nothing else
    page.keyboard.press("Control+Enter")
    expect(page.locator(".bubble.is-operator")).to_contain_text("jkeah?")
    page.keyboard.press("Escape")
    press("KeyN", "т")
    expect(page.locator("#note-form textarea")).to_be_focused()
    page.keyboard.press("Escape")
    press("KeyS", "ы")
    expect(page.locator("details[data-key=snooze] [name=why]")).to_be_focused()
    page.keyboard.press("Escape")
    press("KeyE", "у")
    expect(page.locator(".feed-event.is-ended")).to_be_visible()
    press("KeyJ", "о")
    page.wait_for_url(re.compile(f"/desk/{first.pk}/"))
    press("KeyU", "г")
    page.wait_for_url(re.compile("/desk/$"))
    press("KeyG", "п")
    press("KeyM", "ь")
    page.wait_for_url(re.compile("view=mine"))

    assert Appeal.objects.get(conversation=second).status == AppealStatus.CLOSED
    assert Appeal.objects.get(conversation=second).operator == anna


def test_closing_while_the_client_waits_is_asked_about(
    opened: Open, conversation: Conversation, anna: Member
) -> None:
    page = opened(anna, f"{conversation.pk}/")
    asked: list[str] = []

    def refuse(dialog) -> None:
        asked.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", refuse)
    page.keyboard.press("e")
    expect(page.locator("#appeal [data-hotkey=KeyE]")).to_be_enabled()
    assert len(asked) == 1
    assert Appeal.objects.get().status == AppealStatus.NEW


@pytest.mark.parametrize("path", ["", "{pk}/"])
def test_the_list_of_keys_opens_and_closes_by_keys(
    opened: Open, conversation: Conversation, anna: Member, path: str
) -> None:
    page = opened(anna, path.format(pk=conversation.pk))
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Клавиши")).to_be_visible()
    page.keyboard.press("e")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert Appeal.objects.get().status == AppealStatus.NEW
