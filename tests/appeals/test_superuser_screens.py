"""What somebody sees at the desk who administers the whole installation and is no one's employee."""

from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from apps.appeals.models import Conversation
from apps.tenants.models import Tenant
from tests.chromium import chromium
from tests.screens import foreign_words, keep, overlapping, raw_values, wider_than_its_window

pytestmark = pytest.mark.django_db(transaction=True)

NAMES = frozenset(
    {"BatteryCRM", "CSV", "XLSX", "SLA", "API", "Ctrl", "Enter", "root", "example", "com", "shop", "other"}
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser, live_server: LiveServer) -> Iterator[Page]:
    client = Client()
    client.force_login(User.objects.create_superuser("root", "root@example.com", "pass-word-1"))
    context = browser.new_context(locale="ru-RU", viewport={"width": 1280, "height": 800})
    context.set_default_timeout(15_000)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []


def looks_finished(page: Page, name: str) -> None:
    expect(page.locator("h1, h2").first).to_be_visible()
    keep(page, name)
    wrong = {
        "overlapping": overlapping(page),
        "foreign": foreign_words(page, besides=NAMES),
        "raw": raw_values(page),
        "wide": wider_than_its_window(page),
    }
    assert not any(wrong.values()), wrong


def test_the_desk_of_all_organisations_says_whose_it_is_and_what_to_do(
    page: Page, live_server: LiveServer, routed: Callable[..., Conversation]
) -> None:
    talk = routed("Здравствуйте! Сколько стоит батарея?")
    Tenant.objects.create(slug="other", name="Другая мастерская")
    page.goto(f"{live_server.url}/admin/desk/")
    expect(page.locator("#everybodys")).to_contain_text("Здесь разговоры всех организаций")
    expect(page.locator("#everybodys").get_by_role("link")).to_have_attribute(
        "href", "/admin/tenants/member/add/"
    )
    expect(page.locator(f"#c{talk.pk}")).to_be_visible()
    looks_finished(page, "superuser-list")
    page.goto(f"{live_server.url}/admin/desk/{talk.pk}/")
    expect(page.locator(".bubble")).to_have_count(1)
    looks_finished(page, "superuser-conversation")
    page.goto(f"{live_server.url}/admin/appeals/appeal/targets/")
    expect(page.get_by_role("link", name="Другая мастерская")).to_be_visible()
    looks_finished(page, "superuser-choose")


def test_without_any_organisation_it_says_what_comes_first(page: Page, live_server: LiveServer) -> None:
    page.goto(f"{live_server.url}/admin/desk/")
    looks_finished(page, "superuser-list-empty")
    page.goto(f"{live_server.url}/admin/appeals/appeal/targets/")
    looks_finished(page, "superuser-choose-empty")
    expect(page.get_by_role("link", name="Добавить организацию", exact=True)).to_have_attribute(
        "href", "/admin/tenants/tenant/add/"
    )
