"""Devices in a real browser: turned on by a click, told by the worker where nobody looks, and once."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from apps.appeals.live import hearing
from apps.integrations.checking import check_connection
from apps.integrations.connecting import connect
from apps.push.devices import add_phone, note_gone
from apps.push.models import Device
from apps.tenants.models import Member, Role, Tenant
from tests.appeals.test_screens import NAMES, SCHEMES, WINDOWS
from tests.chromium import chromium
from tests.peers.fcm import PROJECT, VAPID, FcmPeer, own_values
from tests.screens import foreign_words, keep, overlapping, raw_values, wider_than_its_window
from tests.work import drain

pytestmark = pytest.mark.django_db(transaction=True)

PAGE = "/admin/desk/notifications/"
# No push service answers a browser without network: what it would give is given here.
SUBSCRIBES = """
PushManager.prototype.subscribe = async function (wanted) {
  window.subscribedWith = String.fromCharCode(...new Uint8Array(wanted.applicationServerKey).slice(0, 3));
  return {toJSON: () => ({endpoint: "https://push.example/abc", keys: {p256dh: "BPublic", auth: "secret"}})};
};
PushManager.prototype.getSubscription = async () => null;
"""
# A push as it comes from the service, with the tabs that there are.
PUSH = """async ([message, tabs]) => {
  if (tabs) Clients.prototype.matchAll = async () => tabs;
  const event = new PushEvent("push", {data: JSON.stringify(message)});
  let work; Object.defineProperty(event, "waitUntil", {value: (one) => { work = one; }});
  self.dispatchEvent(event);
  await work;
  const all = await self.registration.getNotifications();
  return all.map((one) => [one.title, one.body, one.tag, one.silent, one.data]);
}"""
SHOWN = "Bell.registration().then((one) => one.getNotifications()).then((all) => all.length)"
OPEN = """async () => {
  const [notification] = await self.registration.getNotifications();
  Clients.prototype.openWindow = async (url) => { self.done = new URL(url).pathname; };
  const event = new NotificationEvent("notificationclick", {notification});
  let work; Object.defineProperty(event, "waitUntil", {value: (one) => { work = one; }});
  self.dispatchEvent(event);
  await work;
  return self.done;
}"""
TOLD = "**/notifications/told/*"
TAG = "desk:bell:1:/admin/desk/7/"
MESSAGE = {
    "notification": {"title": "Новое сообщение: Иван · Сайт", "body": "Готово?"},
    "data": {
        "type": "new_message",
        "url": "/admin/desk/7/",
        "tag": TAG,
        "key": "own:7:1.000000",
        "sounds": "1",
    },
    "from": "123456789012",
    "priority": "high",
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def google(settings: Any) -> Iterator[FcmPeer]:
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    with FcmPeer() as peer:
        yield peer


@pytest.fixture
def service(google: FcmPeer, shop: Tenant) -> None:
    check_connection(
        connection=connect(tenant=shop, connector="fcm", key="fcm", values=own_values(google.url)), within=9
    )


@pytest.fixture
def context(browser: Browser, live_server: LiveServer, anna: Member) -> Iterator[BrowserContext]:
    """Anna's browser."""
    client = Client()
    client.force_login(anna.user)
    context = browser.new_context(locale="ru-RU", base_url=live_server.url)
    context.set_default_timeout(30_000)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
    context.grant_permissions(["notifications"], origin=live_server.url)
    context.add_init_script(SUBSCRIBES)
    yield context
    context.close()
    hearing.ear.stop()


@pytest.fixture
def page(context: BrowserContext, service: None) -> Page:
    page = context.new_page()
    page.goto(PAGE)
    return page


def test_a_browser_is_turned_on_tried_and_removed(page: Page, google: FcmPeer, anna: Member) -> None:
    page.evaluate("localStorage.clear()")
    button = page.get_by_role("button", name="Включить в этом браузере")
    button.click()
    mine = page.locator(".push-list li")
    expect(mine.get_by_text("этот браузер")).to_be_visible()
    expect(button).to_be_hidden()
    device = Device.objects.get()
    assert device.member == anna
    assert google.subscriptions[0]["endpoint"] == "https://push.example/abc"
    assert google.subscriptions[0]["applicationPubKey"] == VAPID

    page.get_by_role("button", name="Отправить пробное").click()
    expect(page.get_by_text("Отправлено.")).to_be_visible()
    drain()
    assert [one["token"] for one in google.sent] == [device.registration_id]

    page.get_by_role("button", name="Убрать").click()
    expect(page.get_by_text("Устройств пока нет.")).to_be_visible()
    assert not Device.objects.exists()
    assert page.evaluate("localStorage.getItem('push:device')") is None


def test_what_google_refuses_is_told_beside_the_button(page: Page, google: FcmPeer) -> None:
    from tests.peers import fcm

    google.script(fcm.INSTALL, [fcm.refusal(403, "PERMISSION_DENIED")])
    page.get_by_role("button", name="Включить в этом браузере").click()
    expect(page.locator("#push-devices [role=status]")).to_contain_text("apiKey")
    assert not Device.objects.exists()


def test_the_worker_tells_where_nobody_looks_and_once(
    context: BrowserContext, page: Page, live_server: LiveServer
) -> None:
    # The page's bell would close what it does not know of.
    page.route(TOLD, lambda route: route.abort())
    page.reload()
    scope = page.evaluate("Bell.registration().then((one) => one.scope)")
    assert scope == f"{live_server.url}/push/"
    (worker,) = context.service_workers
    seen, hidden = {"visibilityState": "visible"}, {"visibilityState": "hidden"}
    url = {"url": f"{live_server.url}/admin/desk/"}

    assert worker.evaluate(PUSH, [MESSAGE, [seen | url]]) == []
    elsewhere = [seen | {"url": f"{live_server.url}/chat/abc/"}, hidden | url]
    ((title, body, tag, silent, data),) = worker.evaluate(PUSH, [MESSAGE, elsewhere])
    assert (title, body, tag) == ("Новое сообщение: Иван · Сайт", "Готово?", TAG)
    assert silent is False
    assert data.pop("at") > 0
    assert data == {"url": "/admin/desk/7/", "keys": ["own:7:1.000000"]}

    # Sent twice, and told by a tab as well: still one, and heard once.
    ((*_what, silent, _data),) = worker.evaluate(PUSH, [MESSAGE, [hidden | url]])
    assert silent is True
    page.evaluate(f"Bell.registration().then((one) => one.showNotification('Иван', {{tag: '{TAG}'}}))")
    assert len(page.evaluate("Bell.registration().then((one) => one.getNotifications())")) == 1

    # What is none of ours is no crash.
    assert len(worker.evaluate(PUSH, [{"data": {}}, []])) == 1
    worker.evaluate(PUSH, [MESSAGE, []])
    assert worker.evaluate(OPEN) == "/admin/desk/7/"


def test_the_bell_closes_only_what_it_could_know_of(context: BrowserContext, service: None) -> None:
    page, asked = context.new_page(), list[Route]()
    page.route(TOLD, lambda route: asked.append(route))
    with page.expect_request(TOLD):
        page.goto(PAGE)
    page.evaluate("Bell.registration().then((one) => one.scope)")
    (worker,) = context.service_workers
    # Written after the question was asked: its answer says nothing of it.
    assert len(worker.evaluate(PUSH, [MESSAGE, []])) == 1
    (first,) = asked
    first.continue_()
    page.wait_for_function("Object.keys(localStorage).some((one) => one.startsWith('desk:bell:'))")
    for _turn in range(3):
        assert page.evaluate(SHOWN) == 1

    # The next one is asked after it was shown, and there is no such message.
    page.unroute(TOLD)
    page.evaluate("localStorage.clear()")
    page.reload()
    page.wait_for_function(f"async () => await {SHOWN} === 0")


def test_a_try_is_shown_before_the_very_eyes(context: BrowserContext, page: Page) -> None:
    page.evaluate("Bell.registration().then((one) => one.scope)")
    (worker,) = context.service_workers
    data = {"type": "test", "url": PAGE, "tag": "push:test:1", "key": "test:1", "sounds": "1"}
    ((title, *_rest),) = worker.evaluate(PUSH, [{"notification": {"title": "Работают"}, "data": data}, None])
    assert title == "Работают"


def test_the_screens_are_finished_to_look_at(
    context: BrowserContext, page: Page, anna: Member, live_server: LiveServer
) -> None:
    phone, _new = add_phone(member=anna, registration_id="phone", name="Pixel 9 Pro")
    note_gone(phone)
    add_phone(member=anna, registration_id="tablet", name="Samsung Galaxy Tab S10 Ultra, склад")
    page.get_by_role("button", name="Включить в этом браузере").click()
    expect(page.locator(".push-here:visible")).to_have_text("этот браузер")
    wrong = {}
    for language, window, scheme in product(("ru", "en"), WINDOWS, SCHEMES):
        context.add_cookies([{"name": "django_language", "value": language, "url": live_server.url}])
        page.set_viewport_size(WINDOWS[window])
        page.emulate_media(color_scheme=scheme)
        page.goto(PAGE)
        expect(page.locator(".push-list li")).to_have_count(3)
        page.locator("#push-devices").scroll_into_view_if_needed()
        keep(page, f"devices-{language}-{window}-{scheme}")
        page.locator("#wishes").scroll_into_view_if_needed()
        keep(page, f"devices-wishes-{language}-{window}-{scheme}")
        found = {
            "over each other": overlapping(page),
            "raw": raw_values(page),
            "too wide": wider_than_its_window(page),
        }
        if language == "ru":
            names = NAMES | {"Pixel", "Pro", "Samsung", "Galaxy", "Tab", "Ultra", "Chrome", "Linux", "https"}
            found["not Russian"] = foreign_words(page, besides=names | {"Europe", "Moscow", "Esc"})
        if any(found.values()):
            wrong[f"{language}, {window}, {scheme}"] = {what: these for what, these in found.items() if these}
    assert not wrong, wrong


def test_an_administrator_connects_it_by_its_card(
    context: BrowserContext, google: FcmPeer, anna: Member, live_server: LiveServer
) -> None:
    Member.objects.filter(pk=anna.pk).update(role=Role.ADMIN)
    page = context.new_page()
    page.goto("/admin/integrations/connection/connect/fcm/")
    values = own_values(google.url)
    page.get_by_label("Сервисный аккаунт (файл JSON)").fill(values["service_account_json"])
    page.get_by_label("Веб-приложение: apiKey").fill(values["web_api_key"])
    page.get_by_label("Веб-приложение: appId").fill(values["web_app_id"])
    page.get_by_label("Сертификат Web Push: открытый ключ").fill(values["vapid_public"])
    page.locator("details summary").last.click()
    page.get_by_label("Адрес", exact=True).fill(google.url)
    keep(page, "fcm-connect")
    page.get_by_role("button", name="Подключить").click()
    expect(page.get_by_text(PROJECT).first).to_be_visible()
    keep(page, "fcm-connected")
    page.goto("/admin/integrations/connection/")
    page.get_by_text("Firebase Cloud Messaging").first.scroll_into_view_if_needed()
    keep(page, "fcm-card")
    assert overlapping(page) == []
