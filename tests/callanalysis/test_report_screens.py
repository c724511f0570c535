"""The report in a browser: finished to look at, light, dark and English, and fit for a screen reader."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import product
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Page, ViewportSize, expect

from apps.callanalysis.demo_calls import Size, fill
from apps.callanalysis.models import Call, Mark, SalesManager
from tests.callanalysis.figured import add_up_days
from tests.chromium import chromium
from tests.screens import foreign_words, keep, overlapping, raw_values, wider_than_its_window

pytestmark = pytest.mark.django_db(transaction=True)

REPORT = "/admin/callanalysis/call/report/"
WINDOWS: dict[str, ViewportSize] = {
    "wide": {"width": 1280, "height": 900},
    "phone": {"width": 375, "height": 740},
}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
NAMES = frozenset({"BatteryCRM", "CRM", "API", "CSV", "XLSX"})
GIVEN = frozenset({"Key", "Alpha", "Phones", "Boris", "Anna"})
SERIOUS = ("serious", "critical")
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"],
    "resultTypes": ["violations"],
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser, live_server, boss) -> Iterator[Page]:
    client = Client()
    client.force_login(boss.user)
    context = browser.new_context(locale="ru-RU", base_url=live_server.url, reduced_motion="reduce")
    context.set_default_timeout(15_000)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    yield page
    context.close()
    assert errors == []


@pytest.fixture
def filled(tenant_a) -> None:
    fill(tenant=tenant_a, size=Size(calls=1500, managers=9))


def faults(page: Page) -> list[str]:
    found = Axe().run(page, options=RULES).response["violations"]
    return [
        f"{one['id']}: {node['target']} {' '.join(node['failureSummary'].split())}"
        for one in found
        if one["impact"] in SERIOUS
        for node in one["nodes"]
    ]


def seen(page: Page, name: str, *, is_russian: bool = True) -> dict[str, Any]:
    page.evaluate("document.querySelector('#report').scrollIntoView()")
    keep(page, name)
    page.screenshot(path=f"var/screens/{name}-whole.png", full_page=True, animations="disabled")
    found = {
        "over each other": overlapping(page),
        "raw": raw_values(page),
        "not Russian": foreign_words(page, besides=NAMES | GIVEN) if is_russian else set(),
        "too wide": wider_than_its_window(page),
        "for a screen reader": faults(page),
    }
    return {what: these for what, these in found.items() if these}


def quarter() -> str:
    """Days that certainly have calls, whatever day it is."""
    today = timezone.localdate()
    return f"?period=custom&since={today - timedelta(days=40)}&until={today}"


def test_the_report_is_finished_to_look_at_and_to_listen_to(page: Page, filled: None) -> None:
    wrong: dict[str, Any] = {}
    for window, scheme in product(WINDOWS, SCHEMES):
        page.set_viewport_size(WINDOWS[window])
        page.emulate_media(color_scheme=scheme)
        page.goto(REPORT + quarter())
        expect(page.locator(".ca-heat a").first).to_be_visible()
        wrong[f"{window}, {scheme}"] = seen(page, f"report-{window}-{scheme}")
    english = {"name": settings.LANGUAGE_COOKIE_NAME, "value": "en", "url": page.url.split("/admin")[0]}
    page.context.add_cookies([english])  # type: ignore[list-item]
    page.set_viewport_size(WINDOWS["wide"])
    page.goto(REPORT + quarter())
    expect(page.get_by_text("Missed most often")).to_be_visible()
    wrong["English"] = seen(page, "report-english", is_russian=False)
    assert not any(wrong.values()), wrong


def test_a_figure_is_chosen_narrowed_and_opened(page: Page, filled: None) -> None:
    page.goto(REPORT + quarter())
    name = str(SalesManager.objects.filter(calls__isnull=False).order_by("surname", "name").first())
    page.locator("select[name=manager]").select_option(label=name)
    page.locator(".ca-filters button").click()
    # What is not chosen does not stand in the address, the days stay.
    expect(page.locator("#managers-title")).to_be_visible()
    assert "manager=" in page.url
    assert "since=" in page.url
    assert "office" not in page.url
    expect(page.locator("[aria-labelledby=managers-title] tbody tr")).to_have_count(1)
    judged = page.locator("#tile-judged b").inner_text()
    page.locator("#tile-judged a").click()
    expect(page.locator("#result_list")).to_be_visible()
    expect(page.get_by_text(f"Всего: {judged}").first).to_be_visible()
    page.go_back()
    page.get_by_role("link", name="Этот месяц").click()
    assert "manager=" in page.url
    # The rest of a long table is there on request.
    page.goto(REPORT + quarter())
    expect(page.locator("#rest")).to_be_hidden()
    page.get_by_role("button", name="Все критерии").click()
    expect(page.locator("#rest tr").first).to_be_visible()


def test_days_without_calls_and_calls_without_marks_are_kindly_empty(page: Page, tenant_a) -> None:
    page.goto(REPORT)
    expect(page.get_by_text("Звонков пока нет")).to_be_visible()
    wrong = {"none": seen(page, "report-empty")}
    fill(tenant=tenant_a, size=Size(calls=20, managers=2))
    Mark.objects.all().delete()
    Call.objects.update(outcome="skipped")
    add_up_days(tenant_a)
    page.goto(REPORT + quarter())
    expect(page.get_by_text("не оценён ни один критерий")).to_be_visible()
    wrong["no marks"] = seen(page, "report-no-marks")
    page.goto(REPORT + "?period=custom&since=2001-01-01&until=2001-01-07")
    expect(page.get_by_text("За эти дни звонков не было")).to_be_visible()
    wrong["no calls"] = seen(page, "report-no-calls")
    assert not any(wrong.values()), wrong
