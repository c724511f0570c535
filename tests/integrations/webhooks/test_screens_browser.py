"""The webhook pages as an administrator sees them: light and dark, wide and on a phone; set up by hand."""

from collections.abc import Iterator
from itertools import product
from typing import Literal

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page, ViewportSize, expect
from pytest_django.live_server_helper import LiveServer

from apps.integrations.models import Disabled, WebhookDelivery, WebhookEndpoint
from apps.integrations.webhooks.endpoints import rotate_secret, switch_off
from apps.tenants.membership import add_member
from apps.tenants.models import Member, Role, Tenant
from tests.chromium import chromium
from tests.integrations.webhooks.conftest import Tell, Work, make_endpoint
from tests.peers.receiver import HOOK, Receiver
from tests.peers.server import Reply
from tests.screens import foreign_words, keep, overlapping, raw_values, wider_than_its_window

pytestmark = pytest.mark.django_db(transaction=True)

# Names of things, which are so in any language; of events and addresses too.
NAMES = frozenset(
    {"BatteryCRM", "CRM", "API", "Webhooks", "Standard", "call", "checklist", "completed", "http", "ping"}
    | {
        "webhook",
        "signature",
        "crm",
        "example",
        "com",
        "localhost",
        "whsec",
        "hook",
        "mon",
        "ERP",
        "erp",
        "Battery",
        "Service",
        "msg",
        "Msg",
        # A setting of the server: EMAIL_URL.
        "EMAIL",
        "URL",
    }
)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
WINDOWS: dict[str, ViewportSize] = {
    "wide": {"width": 1280, "height": 900},
    "phone": {"width": 375, "height": 740},
}
ENDPOINTS = "/admin/integrations/webhookendpoint/"
DELIVERIES = "/admin/integrations/webhookdelivery/"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def boss_member(tenant: Tenant) -> Member:
    return add_member(tenant=tenant, username="boss", role=Role.ADMIN, name="Вера Ильина")


@pytest.fixture
def page(browser: Browser, live_server: LiveServer, boss_member: Member) -> Iterator[Page]:
    client = Client()
    client.force_login(boss_member.user)
    context = browser.new_context(locale="ru-RU", base_url=live_server.url)
    context.set_default_timeout(10_000)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []


@pytest.fixture
def log(
    tell: Tell, work: Work, receiver: Receiver, endpoint: WebhookEndpoint, tenant: Tenant
) -> WebhookDelivery:
    """Some that arrived, one on its way, one that failed twice, and an endpoint that switched itself off."""
    for _ in range(3):
        work(tell())
    failing = Reply(status=500, body="Внутренняя ошибка сервера: " + "очередь переполнена; " * 12)
    receiver.script(HOOK, [failing, Reply(status=404)])
    troubled = work(tell(quote="Длинная цитата из разговора. " * 20))
    WebhookDelivery.objects.filter(pk=troubled.pk).update(message_id="msg_1")
    tell()
    # Its last four are shown, and here they must not look like a word.
    rotate_secret(endpoint=endpoint, secret=f"whsec_{'A' * 40}1A4=")
    gone = make_endpoint(tenant, "https://erp.example.com/hook", key="erp")
    WebhookEndpoint.objects.filter(pk=gone.pk).update(name="Склад")
    switch_off(endpoint=gone, because=Disabled.GONE)
    return troubled


def looked_at(page: Page, screens: dict[str, tuple[str, str]]) -> dict[str, object]:
    wrong: dict[str, object] = {}
    for name, window, scheme in product(screens, WINDOWS, SCHEMES):
        path, sign = screens[name]
        page.set_viewport_size(WINDOWS[window])
        page.emulate_media(color_scheme=scheme)
        page.goto(path)
        expect(page.locator(sign).first).to_be_attached()
        keep(page, f"webhooks-{name}-{window}-{scheme}")
        found = {
            "over each other": overlapping(page),
            "raw": raw_values(page),
            "not Russian": foreign_words(page, besides=NAMES),
            "too wide": wider_than_its_window(page),
        }
        if any(found.values()):
            wrong[f"{name}, {window}, {scheme}"] = {what: these for what, these in found.items() if these}
    return wrong


def test_the_empty_pages_are_finished_to_look_at(page: Page) -> None:
    wrong = looked_at(
        page,
        {"no-endpoints": (ENDPOINTS, "#no-endpoints"), "no-deliveries": (DELIVERIES, "#no-deliveries")},
    )
    assert not wrong, wrong


def test_the_pages_are_finished_to_look_at(
    page: Page, log: WebhookDelivery, endpoint: WebhookEndpoint
) -> None:
    wrong = looked_at(
        page,
        {
            "endpoints": (ENDPOINTS, "#result_list"),
            "endpoint": (f"{ENDPOINTS}{endpoint.pk}/change/", "form"),
            "rotate": (f"{ENDPOINTS}{endpoint.pk}/rotate/", "form"),
            "deliveries": (DELIVERIES, "#result_list"),
            "delivery": (f"{DELIVERIES}{log.pk}/change/", "table.bc-lines"),
            "alarm": ("/admin/tenants/tenant/trouble/", ".bc-alarm"),
        },
    )
    assert not wrong, wrong


def test_set_up_by_hand(page: Page, receiver: Receiver) -> None:
    """From the empty page to a receiver that took a test, its secret copied on the way."""
    receiver.secrets = ()
    page.set_viewport_size(WINDOWS["phone"])
    page.goto(f"{ENDPOINTS}add/")
    page.locator("input[name=name]").fill("Наша CRM")
    page.locator("input[name=key]").fill("crm")
    page.locator("[name=url]").fill(receiver.hook)
    page.get_by_role("button", name="Сохранить", exact=True).first.click()
    secret = page.locator("#webhook-secret").inner_text()
    keep(page, "webhooks-secret-phone")
    receiver.secrets = (secret,)
    page.get_by_role("link", name="Готово").click()
    page.goto(f"{ENDPOINTS}{WebhookEndpoint.objects.get().pk}/test/")
    page.get_by_role("button", name="Отправить проверку").click()
    expect(page.locator("#test-result")).to_contain_text("Получатель принял: 204")
    keep(page, "webhooks-test-phone")
    assert not wider_than_its_window(page)
    page.goto(ENDPOINTS)
    expect(page.locator("body")).not_to_contain_text(secret)
