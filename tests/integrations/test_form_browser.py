"""The settings form in a real browser: it asks for what the choice made needs, and for nothing else."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from apps.integrations.models import Connection
from tests.chromium import chromium

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser, live_server: LiveServer, boss: Client) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="ru-RU")
    context.set_default_timeout(20_000)
    cookie = boss.cookies[settings.SESSION_COOKIE_NAME]
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{live_server.url}{reverse('admin:integrations_connect', args=['whatsapp'])}")
    yield page
    assert errors == []
    context.close()


def test_another_provider_is_asked_for_its_own_settings_and_refused_beside_them(page: Page) -> None:
    cloud, twilio, green = (
        page.locator(f"[name={name}]") for name in ("app_secret", "twilio_auth_token", "green_api_token")
    )
    expect(cloud).to_be_visible()
    expect(twilio).to_be_hidden()

    page.locator("[name=provider]").select_option("twilio")
    expect(twilio).to_be_visible()
    expect(cloud).to_be_hidden()
    expect(green).to_be_hidden()

    page.locator("[name=twilio_number]").fill("+14155238886")
    page.locator("form:has([name=provider]) button[type=submit]").first.click()
    expect(page.locator(".errors:has([name=twilio_auth_token])")).to_be_visible()
    expect(page.locator(".errors:has([name=app_secret])")).to_have_count(0)
    expect(page.locator("[name=app_secret]")).to_be_hidden()
    expect(page.locator("[name=twilio_number]")).to_have_value("+14155238886")
    assert not Connection.objects.exists()


@pytest.mark.parametrize("connector", ["livesklad", "remonline", "fcm"])
def test_while_it_is_found_out_which_api_answers_all_may_be_given(
    page: Page, live_server: LiveServer, connector: str
) -> None:
    """One of them has to be: none is hidden until somebody has chosen."""
    page.goto(f"{live_server.url}{reverse('admin:integrations_connect', args=[connector])}")
    for fold in page.locator("form:has([name=api]) details").all():
        fold.evaluate("one => { one.open = true; }")
    dependent = page.locator("[data-only-for]")
    assert dependent.count() > 0
    for field in dependent.all():
        expect(field).to_be_visible()
    page.locator("[name=api]").select_option("spec")
    expect(page.locator("[data-only-for*=vendor]").first).to_be_hidden()
