"""Notifications in a real browser: one tab of many tells, once, and not what is looked at or was read."""

import re
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from apps.appeals.deciding import take
from apps.appeals.live import hearing
from apps.appeals.models import Appeal, Contact, Conversation
from apps.appeals.people import client_wrote
from apps.appeals.read_marks import mark_read
from apps.tenants.models import Member
from tests.chromium import chromium
from tests.live import wait_until

Routed = Callable[..., Conversation]

pytestmark = pytest.mark.django_db(transaction=True)

# What was shown, and which sounds were to be heard, in each tab since it was opened.
NOTE = """
window.shown = []; window.sounds = 0;
const show = ServiceWorkerRegistration.prototype.showNotification;
ServiceWorkerRegistration.prototype.showNotification = function (title, more) {
  window.shown.push(`${title}|${more.body}`); return show.call(this, title, more);
};
addEventListener("DOMContentLoaded", () => {
  const play = Tunes.play;
  Tunes.play = (...how) => { window.sounds += 1; return true; };
});
"""
OPEN = "Bell.registration().then((one) => one.getNotifications()).then((all) => all.map((one) => one.title))"
# The browser's own click, which no test can make, with what it would do noted.
CLICK = """async () => {
  const [notification] = await self.registration.getNotifications();
  WindowClient.prototype.focus = async function () { self.done = `focus ${new URL(this.url).pathname}`; };
  Clients.prototype.openWindow = async (url) => { self.done = `open ${new URL(url).pathname}`; };
  const event = new NotificationEvent("notificationclick", {notification});
  let work; Object.defineProperty(event, "waitUntil", {value: (one) => { work = one; }});
  self.dispatchEvent(event);
  await work;
  return self.done;
}"""

NEVER_ASKED = """
window.asked = 0;
Notification.requestPermission = async () => { window.asked += 1; return "default"; };
Object.defineProperty(Notification, "permission", {get: () => localStorage.denied ? "denied" : "default"});
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def context(browser: Browser, live_server: LiveServer, anna: Member) -> Iterator[BrowserContext]:
    """Anna's browser."""
    client = Client()
    client.force_login(anna.user)
    context = browser.new_context(locale="ru-RU", base_url=live_server.url)
    context.set_default_timeout(15_000)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
    yield context
    context.close()
    hearing.ear.stop()


@pytest.fixture
def mine(anna: Member, routed: Routed) -> Callable[[str], Conversation]:
    """A conversation of Anna's, which she has read."""

    def make(name: str) -> Conversation:
        talk = routed("Здравствуйте")
        Contact.objects.filter(pk=talk.contact_id).update(name=name)
        take(appeal=Appeal.objects.get(conversation=talk), member=anna, instead_of=None)
        mark_read(conversation=talk, member=anna)
        return talk

    return make


def client_writes(talk: Conversation, text: str) -> None:
    now = timezone.now()
    talk.messages.create(tenant=talk.tenant, author="client", text=text, sent_at=now, received_at=now)
    client_wrote(Conversation.objects.get(pk=talk.pk), at=now)


def opened(context: BrowserContext, path: str = "") -> Page:
    page = context.new_page()
    page.add_init_script(NOTE)
    page.goto(f"/admin/desk/{path}")
    return page


def learnt(page: Page) -> None:
    """It knows what there was: from now on, what is new is told."""
    page.wait_for_function("Object.keys(localStorage).some((key) => /^desk:bell:\\d+$/.test(key))")


def shown(*pages: Page) -> list[str]:
    return [one for page in pages for one in page.evaluate("window.shown")]


def hears(wanted: list[str], *pages: Page) -> None:
    wait_until(lambda: shown(*pages) == wanted, seconds=20, what=f"{wanted}")


def test_one_of_two_tabs_tells_once_and_takes_it_back(
    context: BrowserContext, live_server: LiveServer, anna: Member, mine: Callable[[str], Conversation]
) -> None:
    ivan, olga = mine("Иван"), mine("+7 916 123-45-67")
    client_writes(ivan, "Это было раньше")
    context.grant_permissions(["notifications"], origin=live_server.url)
    first, second = opened(context), opened(context)
    learnt(first)

    client_writes(ivan, "Готово? Мой номер 8 916 123-45-67")
    client_writes(ivan, "Ау")
    hears(["Иван · Сайт: 3 новых сообщения|Ау"], first, second)
    assert first.evaluate("window.sounds") + second.evaluate("window.sounds") == 1
    assert second.evaluate(OPEN) == ["Иван · Сайт: 3 новых сообщения"]

    # Read on another machine.
    ivan.refresh_from_db()
    mark_read(conversation=ivan, member=anna)
    wait_until(lambda: second.evaluate(OPEN) == [], seconds=20, what="it goes away")

    # Neither a reload, nor a server that begins anew, nor another tab that leads tells it again; two are one.
    second.reload()
    hearing.ear.stop()
    first.close()
    client_writes(ivan, "Спасибо")
    client_writes(olga, "Добрый день")
    hears(["2 новых сообщения|Клиент · Сайт\nИван · Сайт"], second)
    worker = context.service_workers[0]
    assert worker.evaluate(CLICK) == "focus /admin/desk/"
    expect(second).to_have_title(re.compile(r"^\(2\) "))


def test_what_is_looked_at_is_not_told_and_what_lies_aside_is(
    context: BrowserContext, live_server: LiveServer, anna: Member, mine: Callable[[str], Conversation]
) -> None:
    ivan = mine("Иван")
    context.grant_permissions(["notifications"], origin=live_server.url)
    page, other = opened(context, f"{ivan.pk}/"), opened(context, "mentions/")
    learnt(page)
    client_writes(ivan, "Пока вы смотрите")
    expect(page.locator("#feed")).to_contain_text("Пока вы смотрите")

    page.evaluate("document.hasFocus = () => false")
    client_writes(ivan, "Пока вы рядом")
    hears(["Иван · Сайт|Пока вы рядом"], page, other)
    expect(page.locator("#feed")).to_contain_text("Пока вы рядом")
    expect(other).to_have_title(re.compile(r"^\(1\) "))
    assert context.service_workers[0].evaluate(CLICK) == f"focus /admin/desk/{ivan.pk}/"

    page.evaluate("document.hasFocus = () => true; dispatchEvent(new Event('focus'))")
    expect(other).to_have_title(re.compile(r"^[^(]"))
    assert shown(page, other) == ["Иван · Сайт|Пока вы рядом"]


def test_who_signed_out_is_told_nothing_and_in_again_everything(
    context: BrowserContext, live_server: LiveServer, mine: Callable[[str], Conversation]
) -> None:
    ivan = mine("Иван")
    context.grant_permissions(["notifications"], origin=live_server.url)
    old = opened(context, "mentions/")
    learnt(old)
    cookies = context.cookies()
    context.clear_cookies()
    client_writes(ivan, "Есть кто?")
    leads = "navigator.locks.query().then((all) => all.held.length)"
    wait_until(lambda: not old.evaluate(leads), seconds=20, what="it leads no more")
    assert shown(old) == []

    context.add_cookies(cookies)  # type: ignore[arg-type] # as they were read
    new = opened(context, "mentions/")
    hears(["Иван · Сайт|Есть кто?"], new)
    assert shown(old) == []


def test_the_browser_is_asked_by_a_click_alone(context: BrowserContext, live_server: LiveServer) -> None:
    context.add_init_script(NEVER_ASKED)
    page = opened(context)
    strip = page.get_by_role("region", name="Уведомления")
    expect(strip).to_be_visible()
    assert page.evaluate("window.asked") == 0
    strip.get_by_role("button", name="Включить уведомления").click()
    assert page.evaluate("window.asked") == 1
    strip.get_by_role("button", name="Не сейчас").click()
    page.reload()
    expect(page.locator(".desk-views")).to_be_visible()
    expect(strip).to_be_hidden()

    page.evaluate("localStorage.denied = 1")
    page.goto("/admin/desk/notifications/")
    expect(page.get_by_text("В этом браузере уведомления запрещены.")).to_be_visible()
    page.get_by_role("button", name="Проверить").click()
    expect(page.locator(".wishes-said")).to_contain_text("Звук прозвучал")
