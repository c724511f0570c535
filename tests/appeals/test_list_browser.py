"""The list of conversations in a real browser: found, filtered, changed in bulk, and in English."""

import re
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from apps.appeals.desk.feed import SHOWN
from apps.appeals.jotting import write_note
from apps.appeals.models import Appeal, Author, Conversation, Device, Message
from apps.channels.models import Channel, Delivery
from apps.core.models import State
from apps.tenants.membership import add_member
from apps.tenants.models import Member, Role, Tenant
from tests.channels.outbox import let_pass
from tests.chromium import chromium
from tests.peers.telegram import TelegramPeer
from tests.work import drain

Routed = Callable[..., Conversation]
Open = Callable[..., Page]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def opened(browser: Browser, live_server: LiveServer, desk: Client) -> Iterator[Open]:
    contexts, errors = [], []

    def open_page(path: str = "", language: str = "ru") -> Page:
        context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="ru-RU")
        context.set_default_timeout(10_000)
        cookie = desk.cookies[settings.SESSION_COOKIE_NAME]
        context.add_cookies(
            [
                {"name": cookie.key, "value": cookie.value, "url": live_server.url},
                {"name": settings.LANGUAGE_COOKIE_NAME, "value": language, "url": live_server.url},
            ]
        )
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"{live_server.url}/admin/desk/{path}")
        contexts.append(context)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert errors == []


def test_a_search_leads_to_the_message_however_old_it_is(opened: Open, routed: Routed) -> None:
    talk = routed("Потёк аквариум с рыбками, телефон утонул")
    old = talk.messages.get()
    much_more_is_said(talk)
    routed("Совсем о другом")
    page = opened()

    page.keyboard.press("/")
    page.keyboard.type("аквариумы")
    row = page.locator(".desk-row")
    expect(row).to_have_count(1)
    expect(row.locator("mark")).to_have_text("аквариум")
    row.click()

    expect(page).to_have_url(re.compile(rf"/{talk.pk}/\?at={old.pk}#m{old.pk}$"))
    expect(page.locator(f"#m{old.pk}")).to_be_in_viewport()
    expect(page.locator(f"#m{old.pk}")).to_contain_text("Потёк аквариум")
    # A screen reader reads it, and goes on from there.
    expect(page.locator(f"#m{old.pk}")).to_be_focused()


def test_an_old_mention_leads_to_its_note_and_an_old_proof_to_its_words(
    opened: Open, routed: Routed, anna: Member
) -> None:
    talk = routed("Экран разбит")
    old = talk.messages.get()
    olga = add_member(tenant=talk.tenant, username="olga", role=Role.OPERATOR, name="Ольга")
    note = write_note(conversation=talk, member=olga, text="@Анна, глянь", key=uuid.uuid4())
    much_more_is_said(talk)
    appeal = talk.appeals.get()
    proof = {"model": {"value": "iPhone 13", "message": old.pk, "quote": "Экран"}}
    Device.objects.create(tenant=talk.tenant, appeal=appeal, model="iPhone 13", evidence=proof)

    page = opened("mentions/")
    page.locator(".desk-row").click()
    expect(page.locator(f"#n{note.pk}")).to_be_focused()
    expect(page.locator(f"#n{note.pk}")).to_be_in_viewport()
    expect(page.get_by_role("link", name="К новым сообщениям")).to_have_count(1)

    page.goto(page.url.split("?")[0])
    expect(page.locator(f"#m{old.pk}")).to_have_count(0)
    page.locator(f'a[href="#m{old.pk}"]').first.click()
    expect(page.locator(f"#m{old.pk}")).to_be_focused()
    expect(page.locator(f"#m{old.pk}")).to_be_in_viewport()


def much_more_is_said(talk: Conversation) -> None:
    Message.objects.bulk_create(
        Message(
            tenant=talk.tenant,
            conversation=talk,
            author=Author.CLIENT,
            text=f"Ещё вопрос {n}",
            sent_at=timezone.now() + timedelta(seconds=n),
        )
        for n in range(SHOWN * 2)
    )


def test_appeals_are_closed_in_bulk_and_come_back_by_undo(opened: Open, routed: Routed) -> None:
    talks = [routed(f"Вопрос {n}") for n in range(3)]
    page = opened("?view=free")
    expect(page.locator(".desk-row")).to_have_count(3)

    for talk in talks[:2]:
        page.locator(f"#t{talk.pk}").check()
    expect(page.locator("#chosen [data-told]")).to_have_text("Выбрано: 2")
    page.locator("#chosen [data-bulk=close]").click()
    expect(page.locator(".desk-bulk progress")).to_be_visible()
    drain()
    bulk = page.locator(".desk-bulk")
    expect(bulk).to_contain_text("2 из 2")
    expect(page.locator(".desk-row")).to_have_count(1)
    assert set(Appeal.objects.values_list("conversation", "status")) == {
        (talks[0].pk, "closed"),
        (talks[1].pk, "closed"),
        (talks[2].pk, "new"),
    }

    bulk.get_by_role("button", name="Отменить").click()
    expect(bulk.filter(has_text="Отменяется")).to_be_visible()
    drain()
    expect(bulk.filter(has_text="Отменено")).to_contain_text("2")
    expect(page.locator(".desk-row")).to_have_count(3)
    assert set(Appeal.objects.values_list("status", flat=True)) == {"new"}


def test_whoever_works_the_list_by_keys_goes_on_where_the_next_step_is(opened: Open, routed: Routed) -> None:
    talk = routed("Вопрос")
    page = opened()
    page.locator("[name=status]").select_option("new")
    page.locator("[data-save-view]").press("Enter")
    page.keyboard.type("Свежие")
    page.keyboard.press("Enter")
    saved = page.get_by_role("link", name="Свежие")
    expect(saved).to_be_focused()
    expect(saved).to_have_attribute("aria-current", "page")
    page.once("dialog", lambda asked: asked.accept())
    page.get_by_role("button", name="Удалить вид «Свежие»").press("Enter")
    expect(saved).to_have_count(0)
    expect(page.get_by_role("link", name="Все", exact=True)).to_be_focused()

    above = page.locator("[data-choose-page]")
    above.press("Space")
    page.locator("#chosen [data-bulk=close]").press("Enter")
    expect(page.locator(".desk-bulk")).to_be_visible()
    expect(above).to_be_focused()
    drain()
    page.locator(".desk-bulk").get_by_role("button", name="Отменить", exact=True).press("Enter")
    drain()
    expect(page.locator(".desk-bulk")).to_contain_text("Отменено")
    expect(above).to_be_focused()
    page.keyboard.press("j")
    expect(page.locator(f"#c{talk.pk}")).to_be_focused()


def test_a_filter_narrows_the_list_at_once_and_is_an_address(
    opened: Open, routed: Routed, arrive: Callable[..., None], bot: Channel
) -> None:
    routed("С сайта")
    arrive("text")
    page = opened()
    expect(page.locator(".desk-row")).to_have_count(2)

    page.get_by_label("Канал", exact=True).select_option(str(bot.pk))
    expect(page.locator(".desk-row")).to_have_count(1)
    expect(page).to_have_url(re.compile(rf"channel={bot.pk}"))
    page.reload()
    expect(page.locator(".desk-row")).to_have_count(1)
    page.go_back()
    expect(page.locator(".desk-row")).to_have_count(2)


def test_how_long_clients_wait_grows_on_the_page_itself(opened: Open, routed: Routed) -> None:
    talk = routed("Вы ещё работаете?")
    now = timezone.now()
    Conversation.objects.update(
        waiting_since=now - timedelta(minutes=125), answer_due_at=now + timedelta(minutes=5, seconds=30)
    )
    page = opened()
    row = page.locator(f"#c{talk.pk}")
    expect(row.locator(".desk-wait")).to_have_text("ждёт 2 ч 5 мин")
    expect(row.locator(".sla.is-soon")).to_contain_text("ответить за 5 мин")

    page.route("**/desk/live/**", lambda route: route.abort())
    page.evaluate("const now = Date.now; Date.now = () => now() + 600000")
    expect(row.locator(".desk-wait")).to_have_text("ждёт 2 ч 15 мин")
    expect(row.locator(".sla.is-late")).to_contain_text("просрочено на 4 мин")


def test_what_is_read_in_another_tab_is_read_in_the_list(opened: Open, routed: Routed) -> None:
    talk = routed("Прочтёте?")
    page = opened()
    expect(page.locator(f".desk-item.is-unread #c{talk.pk}")).to_be_visible()

    other = page.context.new_page()
    other.goto(f"{page.url}{talk.pk}/")
    expect(page.locator(f"#c{talk.pk}")).to_be_visible()
    expect(page.locator(".desk-item.is-unread")).to_have_count(0)


def test_an_answer_that_failed_is_sent_again_by_a_click(
    opened: Open, arrive: Callable[..., None], bot_peer: TelegramPeer
) -> None:
    arrive("text")
    page = opened(f"{Conversation.objects.get().pk}/")
    bot_peer.fail("sendMessage", 400, "Bad Request: chat not found")
    page.locator("#composer textarea").fill("Приезжайте завтра")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#feed")).to_contain_text("Приезжайте завтра")
    drain()

    failed = page.locator("#feed .tick.is-bad")
    expect(failed).to_be_visible()
    page.get_by_role("button", name="Отправить ещё раз").click()
    expect(failed).to_have_count(0)
    let_pass(2)  # the chat takes a message a second
    drain()
    expect(page.locator("#feed .tick[data-reached=sent]")).to_be_visible()
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.tries.count()) == (State.DONE, 2)
    assert page.locator(".tick-tries summary").inner_text() == "2 попытки"


@pytest.mark.parametrize("path", ["", "{pk}/", "../"])
def test_in_english_no_russian_is_left(opened: Open, routed: Routed, anna: Member, path: str) -> None:
    talk = routed("Screen is broken")
    Channel.objects.update(name="Site")
    Tenant.objects.update(name="Repair shop")
    Member.objects.update(name="Ann")
    User.objects.update(first_name="Ann")
    page = opened(path.format(pk=talk.pk), language="en")
    expect(page.locator("h1, .desk-name").first).to_be_visible()

    assert re.findall(r"[А-Яа-яЁё]+", page.locator("body").inner_text()) == []
