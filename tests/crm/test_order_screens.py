"""The pages of orders in light and dark, wide and on a phone: finished to look at, kept as pictures."""

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any, Literal

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page, ViewportSize, expect
from pytest_django.live_server_helper import LiveServer

from apps.appeals.extracted import correct
from apps.appeals.models import Appeal
from apps.crm.models import Conflict, OrderRules, OrderSync, Proposal, StatusMapping
from apps.integrations.models import Connection
from apps.tenants.models import Member
from tests.chromium import chromium
from tests.crm.conftest import Agree
from tests.crm.steps import go, look, settle
from tests.peers.livesklad import LiveSkladOwnPeer, LiveSkladPeer
from tests.screens import keep, overlapping, raw_values, wider_than_its_window

pytestmark = pytest.mark.django_db(transaction=True)

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
WINDOWS: dict[str, ViewportSize] = {
    "wide": {"width": 1280, "height": 900},
    "phone": {"width": 375, "height": 740},
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser, live_server: LiveServer, boss: Member) -> Iterator[Page]:
    client = Client()
    client.force_login(boss.user)
    context = browser.new_context(locale="ru-RU")
    context.set_default_timeout(10_000)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    yield page
    context.close()
    assert not errors


@pytest.fixture
def storied(agree: Agree, ls_own: Connection, own: LiveSkladOwnPeer) -> Callable[[], Appeal]:
    """An order that is ready, with a message proposed and a field changed on both sides; another that lacks
    its device.
    """
    StatusMapping.objects.create(
        tenant=ls_own.tenant, connection=ls_own, remote="Готов", status="ready", message="{name}, приезжайте!"
    )
    appeal: Appeal = agree()
    sync = settle()
    look()
    correct(row=appeal.devices.get(), values={"model": "iPhone 15"}, member=None)
    own.move(sync.external_order_id, "Готов", "finish", model="iPhone 13")
    settle()
    look()
    go()
    agree(name="Мария", model="")
    settle()
    return lambda: appeal


def test_the_pages_of_orders(page: Page, live_server: LiveServer, storied: Callable[[], Appeal]) -> None:
    appeal = storied()
    lacking = Appeal.objects.latest("pk")
    pages = {
        "order-desk": f"/admin/desk/{appeal.conversation_id}/",
        "order-lacking": f"/admin/desk/{lacking.conversation_id}/",
        "order-rules": f"/admin/crm/orderrules/{OrderRules.objects.get().pk}/change/?appeal={lacking.pk}",
        "order-conflict": f"/admin/crm/conflict/{Conflict.objects.get().pk}/change/",
        "order-list": "/admin/crm/ordersync/",
        "order-one": f"/admin/crm/ordersync/{OrderSync.objects.earliest('pk').pk}/change/",
        "order-card": "/admin/integrations/connection/#livesklad",
    }
    found: dict[str, Any] = {}
    for scheme, (window, size) in product(SCHEMES, WINDOWS.items()):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size(size)
        for name, address in pages.items():
            page.goto(live_server.url + address)
            if "desk" in address:
                for one in page.locator(".order details").all():
                    one.evaluate("one => { one.open = true; }")
                page.locator(".order").last.scroll_into_view_if_needed()
            wrong = [*overlapping(page)]
            if "desk" in address:  # of the others only what is ours
                wrong += raw_values(page)
            if wider_than_its_window(page):
                wrong.append("wider than its window")
            keep(page, f"{name}-{scheme}-{window}")
            if wrong:
                found[f"{name}-{scheme}-{window}"] = wrong
    assert not found


def test_an_operator_sends_an_order_and_a_proposal_with_the_mouse(
    page: Page, live_server: LiveServer, appeal_of: Agree, ls: Connection, plain: LiveSkladPeer
) -> None:
    appeal = appeal_of()
    page.goto(f"{live_server.url}/admin/desk/{appeal.conversation_id}/")
    page.get_by_text("Что будет отправлено").click()
    expect(page.locator(".order-preview").get_by_text("123456789012345")).to_be_visible()
    page.get_by_role("button", name="Отправить заказ").click()
    expect(page.locator(".order")).to_contain_text("Отправляется в CRM")
    go()
    page.reload()
    expect(page.locator(".order")).to_contain_text("LS-12345")
    StatusMapping.objects.create(
        tenant=ls.tenant, connection=ls, remote="ready", status="ready", message="Готово"
    )
    plain.move("LS-12345", "ready", "")
    look()
    page.reload()
    page.locator(".order textarea").fill("Готово, ждём вас.")
    page.get_by_role("button", name="Отправить клиенту").click()
    expect(page.locator("#feed")).to_contain_text("Готово, ждём вас.")
    assert Proposal.objects.get().fate == "sent"
