"""«History» on a channel's page in a real browser: it moves by itself, stops and goes on."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from apps.channels.models import Backfill, Channel
from apps.tenants.membership import add_member
from apps.tenants.models import Role, Tenant
from tests.appeals.histories import finish, one_step, say, three_chats
from tests.channels.test_avito_send import make_account
from tests.chromium import chromium
from tests.peers.avito import AvitoPeer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def avito(settings: Any, tmp_path: Path) -> Iterator[AvitoPeer]:
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    settings.MEDIA_ROOT = tmp_path
    with AvitoPeer() as peer:
        yield peer


@pytest.fixture
def channel(shop: Tenant, avito: AvitoPeer) -> Channel:
    return make_account(avito, tenant=shop)


@pytest.fixture
def page(browser: Browser, live_server: LiveServer, shop: Tenant, channel: Channel) -> Iterator[Page]:
    boss = Client()
    boss.force_login(add_member(tenant=shop, username="boss", role=Role.ADMIN, name="Борис").user)
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="ru-RU")
    context.set_default_timeout(20_000)
    cookie = boss.cookies[django_settings.SESSION_COOKIE_NAME]
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(live_server.url + reverse("admin:channels_channel_change", args=[channel.pk]))
    yield page
    assert errors == []
    context.close()


def test_it_is_started_watched_stopped_and_gone_on_with(page: Page, avito: AvitoPeer) -> None:
    three_chats(avito)
    say(avito, 9, ago=timedelta(days=8), chat="u2i-0")
    card = page.locator("#history-brought")
    card.get_by_role("button", name="Догрузить историю").click()
    expect(card.locator(".hb-state")).to_have_text("Догружается")
    expect(card.locator("[name=since]")).to_have_count(0)

    row = Backfill.objects.get()
    one_step(row)
    expect(card.locator("dd").nth(1)).to_have_text("2")  # without a reload
    card.get_by_role("button", name="Остановить").click()
    expect(card.locator(".hb-state")).to_have_text("Остановится после текущей страницы")
    one_step(row)
    expect(card.locator(".hb-state")).to_have_text("Остановлено")

    card.get_by_role("button", name="Продолжить").click()
    expect(card.locator(".hb-state")).to_have_text("Догружается")
    finish(row)
    expect(card.locator(".hb-state")).to_have_text("Готово")
    expect(card).to_contain_text("Нашлось 4 недостающих сообщения")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
