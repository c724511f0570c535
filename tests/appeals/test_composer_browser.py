"""The composer in a real browser: undone, planned, and with files; by keyboard alone."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, FilePayload, Page, expect
from pytest_django.live_server_helper import LiveServer

from apps.appeals.models import (
    Author,
    CannedReply,
    Contact,
    Conversation,
    Message,
    PlannedAnswer,
    PlannedFate,
)
from apps.appeals.people import touch
from apps.channels.connectors import telegram
from apps.channels.models import Channel, Delivery
from apps.tenants.models import Tenant
from tests.appeals.composing import its_time_comes, let_undo
from tests.appeals.test_desk_browser import sign_in
from tests.chromium import chromium
from tests.sounds import picture
from tests.work import drain

pytestmark = pytest.mark.django_db(transaction=True)

LONG = 60  # seconds of undoing, for a slow machine


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def context(browser: Browser, live_server: LiveServer, desk: Client) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="ru-RU")
    context.set_default_timeout(15_000)
    expect.set_options(timeout=15_000)
    sign_in(context, live_server, desk)
    yield context
    context.close()


@pytest.fixture
def talk(arrive: Callable[..., None]) -> Conversation:
    arrive("text", date=int(timezone.now().timestamp()))
    return Conversation.objects.get()


@pytest.fixture
def replies(shop: Tenant) -> None:
    for shortcut, title, text in (
        ("привет", "Приветствие", "Здравствуйте, {имя}! Это {организация}."),
        ("цена", "Цена", "Замена стоит {цена}, ждём вас."),
        ("адрес", "Как проехать", "Ленина, 1."),
    ):
        CannedReply.objects.create(tenant=shop, shortcut=shortcut, title=title, text=text)


Open = Callable[[], Page]


@pytest.fixture
def opened(context: BrowserContext, live_server: LiveServer, talk: Conversation) -> Iterator[Open]:
    errors: list[str] = []

    def go() -> Page:
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"{live_server.url}/admin/desk/{talk.pk}/")
        return page

    yield go
    assert errors == []


def box(page: Page) -> Any:
    return page.locator("#composer textarea")


def write(page: Page, text: str) -> None:
    box(page).fill(text)
    page.keyboard.press("Control+Enter")
    expect(box(page)).to_have_value("")


def jpeg(name: str) -> FilePayload:
    return {"name": name, "mimeType": "image/jpeg", "buffer": picture()}


def ours() -> list[str]:
    return list(Message.objects.filter(author=Author.OPERATOR).order_by("pk").values_list("text", flat=True))


# --- undoing


@pytest.mark.parametrize("way", ["Escape", "Control+z", "button"])
def test_an_answer_is_undone_and_stands_in_the_composer_again(opened: Open, shop: Tenant, way: str) -> None:
    let_undo(shop, LONG)
    page = opened()
    write(page, "Рано отправил")
    bubble = page.locator(".bubble.is-planned")
    expect(bubble).to_contain_text("Отправляется…")
    expect(bubble.locator("[data-countdown]")).to_have_text(re.compile(r"\d:\d\d"))
    if way == "button":
        bubble.get_by_role("button", name="Отменить").click()
    else:
        page.keyboard.press(way)

    expect(box(page)).to_have_value("Рано отправил")
    expect(box(page)).to_be_focused()
    expect(bubble).to_have_count(0)
    its_time_comes()
    drain()
    assert (Delivery.objects.count(), ours()) == (0, [])


def test_what_was_typed_meanwhile_stays_below_what_is_undone(opened: Open, shop: Tenant) -> None:
    let_undo(shop, LONG)
    page = opened()
    write(page, "Первое")
    box(page).fill("Второе")
    page.locator(".planned-undo").click()

    expect(box(page)).to_have_value("Первое\nВторое")


# --- planning


def test_an_answer_is_planned_changed_and_cancelled_by_keyboard_alone(opened: Open) -> None:
    page = opened()
    box(page).fill("Напоминаю о записи")
    page.locator("#plan-open").focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-preset=hour]")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".composer-plan")).to_contain_text("Уйдёт")
    expect(page.locator("#composer button[type=submit]")).to_have_text("Запланировать")
    page.reload()  # the time is kept with the words
    expect(page.locator(".composer-plan")).to_be_visible()
    box(page).focus()
    page.keyboard.press("Control+Enter")
    bubble = page.locator(".bubble.is-planned")
    expect(bubble).to_contain_text("если клиент не напишет раньше")
    expect(page.locator(".composer-plan")).to_be_hidden()
    planned = PlannedAnswer.objects.get()
    assert timedelta(minutes=55) < planned.send_at - timezone.now() < timedelta(minutes=62)

    bubble.get_by_role("button", name="Изменить").press("Enter")
    expect(box(page)).to_have_value("Напоминаю о записи")
    expect(page.locator(".composer-plan")).to_be_visible()
    page.locator("[data-plan-off]").press("Enter")
    expect(page.locator("#composer button[type=submit]")).to_have_text("Отправить")
    assert PlannedAnswer.objects.get().fate == PlannedFate.TAKEN_BACK


def test_a_chosen_time_is_the_organisations_wherever_the_operator_sits(
    browser: Browser, live_server: LiveServer, desk: Client, talk: Conversation
) -> None:
    context = browser.new_context(timezone_id="America/Los_Angeles", locale="ru-RU")
    sign_in(context, live_server, desk)
    page = context.new_page()
    page.goto(f"{live_server.url}/admin/desk/{talk.pk}/")
    box(page).fill("Утром")
    page.locator("#plan-open").click()
    page.locator("[data-preset=tomorrow]").click()
    expect(page.locator(".composer-plan b")).to_have_text("завтра в 09:00")
    page.locator("#composer button[type=submit]").click()
    expect(page.locator(".bubble.is-planned")).to_be_visible()
    context.close()

    at = timezone.localtime(PlannedAnswer.objects.get().send_at, timezone.get_default_timezone())
    assert at.strftime("%H:%M") == "09:00"  # Moscow's, which the organisation has


def test_the_clients_word_cancels_it_before_the_operators_eyes(
    opened: Open, arrive: Callable[..., None], talk: Conversation
) -> None:
    page = opened()
    box(page).fill("Вы ещё думаете?")
    page.locator("#plan-open").click()
    page.locator("[data-preset=hour]").click()
    page.keyboard.press("Control+Enter")
    expect(page.locator(".bubble.is-planned")).to_be_visible()
    arrive("text", message_id=900, text="Беру!")
    notice = page.locator(".planned-notice")
    expect(notice).to_contain_text("клиент написал раньше")
    notice.get_by_role("button", name="Вернуть в поле ответа").click()

    expect(box(page)).to_have_value("Вы ещё думаете?")
    expect(notice).to_have_count(0)


def test_a_time_after_the_window_is_warned_of_and_goes_on_insisting(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telegram, "LIMITS", telegram.LIMITS.__class__(window=timedelta(hours=3)))
    page = opened()
    expect(page.locator("[data-open-until] b")).to_have_text(re.compile(r"2 ч \d+ мин|3 ч"))
    box(page).fill("Поздно")
    page.locator("#plan-open").click()
    page.locator("[data-preset=tomorrow]").click()
    expect(page.locator(".composer-plan-warning")).to_be_visible()
    page.locator("#composer button[type=submit]").click()
    expect(page.locator(".composer-note")).to_contain_text("сервис ответ не пропустит")
    page.locator("#composer button[type=submit]").click()

    expect(page.locator(".bubble.is-planned")).to_contain_text("к этому времени окно закроется")


# --- the window


def test_the_window_warns_in_its_last_hour_and_closes_by_itself(
    opened: Open, talk: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telegram, "LIMITS", telegram.LIMITS.__class__(window=timedelta(hours=24)))
    words = Message.objects.filter(conversation=talk)
    words.update(sent_at=timezone.now() - timedelta(hours=23, minutes=30))
    page = opened()
    strip = page.locator("[data-open-until]")
    expect(strip).to_have_class(re.compile("is-ending"))
    expect(strip.locator("b")).to_have_text(re.compile(r"^(29|30) мин$"))
    words.update(sent_at=timezone.now() - timedelta(hours=24) + timedelta(seconds=6))
    touch(talk.pk)

    expect(page.locator("[data-closed]")).to_contain_text("Клиент писал больше 24 ч назад")
    expect(box(page)).to_be_disabled()


# --- files


def test_each_of_two_tabs_keeps_its_own_words(opened: Open) -> None:
    one, other = opened(), opened()
    for page, words in ((one, "Экран в наличии"), (other, "Батарея будет завтра")):
        page.locator("#composer textarea").fill(words)
    one.reload()
    expect(one.locator("#composer textarea")).to_have_value("Экран в наличии")
    # What is done with here stays there; a third tab has what was typed last.
    one.locator("#composer textarea").fill("")
    other.reload()
    expect(other.locator("#composer textarea")).to_have_value("Батарея будет завтра")
    third = opened()
    expect(third.locator("#composer textarea")).to_have_value("Батарея будет завтра")
    # The same words sent from there are gone here, too.
    third.locator("#composer button[type=submit]").click()
    expect(third.locator(".bubble.is-operator")).to_contain_text("Батарея будет завтра")
    other.reload()
    expect(other.locator("#composer textarea")).to_have_value("")


def test_several_files_are_shown_removed_kept_over_a_reload_and_sent_in_order(
    opened: Open, bot: Channel
) -> None:
    page = opened()
    page.locator("#composer input[type=file]").set_input_files([jpeg("а.jpg"), jpeg("б.jpg"), jpeg("в.jpg")])
    chips = page.locator(".composer-file")
    expect(chips).to_have_count(3)
    expect(page.locator(".composer-file.is-waiting")).to_have_count(0)
    expect(chips.first.locator("img")).to_be_visible()
    chips.nth(1).locator("[data-file-off]").click()
    page.reload()
    expect(chips).to_have_count(2)
    box(page).fill("Вот")
    page.keyboard.press("Control+Enter")
    expect(chips).to_have_count(0)

    sent = Message.objects.filter(author=Author.OPERATOR).order_by("pk")
    assert list(sent.values_list("attachments__name", "text")) == [("а.jpg", ""), ("в.jpg", "Вот")]


def test_a_file_that_can_not_go_says_why_and_holds_the_answer_back(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telegram, "LIMITS", telegram.LIMITS.__class__(file_bytes=1000))
    page = opened()
    page.locator("#composer input[type=file]").set_input_files(
        {"name": "большой.bin", "mimeType": "application/octet-stream", "buffer": b"x" * 5000}
    )
    expect(page.locator(".composer-file.is-bad")).to_contain_text("этот больше")
    box(page).fill("Вот")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".composer-note")).to_contain_text("Уберите файлы")
    assert Delivery.objects.count() == 0
    page.locator("[data-file-off]").click()
    page.keyboard.press("Control+Enter")

    expect(page.locator(".bubble.is-operator")).to_contain_text("Вот")


@pytest.mark.parametrize("event", ["drop", "paste"])
def test_files_come_by_dropping_and_by_pasting(opened: Open, event: str) -> None:
    page = opened()
    page.evaluate(
        """(name) => { const data = new DataTransfer();
        for (const one of ['а.txt', 'б.txt']) data.items.add(new File(['слова'], one, {type: 'text/plain'}));
        const options = {bubbles: true, cancelable: true};
        const event = name === 'drop' ? new DragEvent('drop', {...options, dataTransfer: data})
          : new ClipboardEvent('paste', {...options, clipboardData: data});
        document.querySelector(name === 'drop' ? '#feed' : '#composer textarea').dispatchEvent(event); }""",
        event,
    )

    expect(page.locator(".composer-file")).to_have_count(2)
    expect(page.locator(".composer-file.is-waiting")).to_have_count(0)


# --- a phone


def test_on_a_phone_all_of_it_fits(
    browser: Browser, live_server: LiveServer, desk: Client, talk: Conversation, replies: None, shop: Tenant
) -> None:
    let_undo(shop, LONG)
    Contact.objects.filter(pk=talk.contact_id).update(name="Константин Константинопольский")
    context = browser.new_context(
        viewport={"width": 375, "height": 740}, has_touch=True, is_mobile=True, locale="ru-RU"
    )
    sign_in(context, live_server, desk)
    page = context.new_page()
    page.goto(f"{live_server.url}/admin/desk/{talk.pk}/")
    # The head is one line, however long the name.
    back, unread = (page.locator(part).bounding_box() for part in (".talk-back", "[data-unread]"))
    assert back is not None
    assert unread is not None
    assert unread["y"] < back["y"] + back["height"]
    page.locator("#canned-open").tap()
    page.locator("#canned [role=option]").first.tap()
    expect(box(page)).not_to_have_value("")
    page.locator("#composer input[type=file]").set_input_files(jpeg("Ж" * 80 + ".jpg"))
    expect(page.locator(".composer-file img")).to_be_visible()
    page.locator("#plan-open").tap()
    for part in ("#plan", "#composer"):
        place = page.locator(part).bounding_box()
        assert place is not None
        assert min(place["x"], place["y"]) >= 0
        assert place["x"] + place["width"] <= 375
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    page.goto(f"{live_server.url}/admin/desk/planned/")
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    context.close()
