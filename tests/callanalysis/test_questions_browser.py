"""Stages and columns written in a real browser: added, moved, removed, tried; wide and on a phone."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page, ViewportSize, expect
from pytest_django.live_server_helper import LiveServer

from apps.callanalysis.models import Checklist, Table
from apps.callanalysis.publishing import draft_of, in_force, save_draft
from apps.tenants.models import Member, Tenant
from tests.appeals.test_accessibility import faults
from tests.callanalysis.judges import GREETING, PRICE, Judge, Talked, make_checklist, make_table, verdict
from tests.chromium import chromium
from tests.screens import overlapping, raw_values
from tests.work import drain

pytestmark = pytest.mark.django_db(transaction=True)
WIDE: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 375, "height": 812}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser, live_server: LiveServer, head: Member) -> Iterator[Page]:
    client = Client()
    client.force_login(head.user)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    context = browser.new_context(viewport=WIDE, locale="ru-RU")
    context.set_default_timeout(15_000)
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    assert errors == []
    context.close()


def look(page: Page, name: str) -> None:
    """Pictures of both widths, light and dark, for whoever wants to look; nothing sticks out or overlaps."""
    folder = os.environ.get("PICTURES")
    for width, size in (("1280", WIDE), ("375", PHONE)):
        page.set_viewport_size(size)
        for theme in ("light", "dark") if folder else ():
            page.evaluate("dark => document.documentElement.classList.toggle('dark', dark)", theme == "dark")
            page.wait_for_timeout(150)
            page.screenshot(path=Path(str(folder)) / f"{name}-{width}-{theme}.png", full_page=True)
        assert overlapping(page) == []
    for dark in (False, True):
        page.evaluate("dark => document.documentElement.classList.toggle('dark', dark)", dark)
        # Django's own field that looks offices up has no name for its search.
        assert [one for one in faults(page) if "select2" not in one] == []
    page.evaluate("document.documentElement.classList.remove('dark')")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.set_viewport_size(WIDE)


def test_a_checklist_from_its_title_to_its_first_version(page: Page, live_server: LiveServer) -> None:
    page.goto(f"{live_server.url}/admin/callanalysis/checklist/add/")
    look(page, "checklist-add")
    page.locator("#id_name").fill("Первичный звонок")
    page.locator("button[name=_save]").click()
    expect(page.locator("#questions")).to_be_visible()
    row = page.locator("[data-row]")
    expect(row).to_have_count(1)
    row.nth(0).locator("[name$=-name]").fill("Приветствие")
    page.locator("#add-row").click()
    expect(row.nth(1).locator("[name$=-name]")).to_be_focused()
    row.nth(1).locator("[name$=-name]").fill("Цена")
    row.nth(1).locator("[name$=-criterion]").fill("Назвал цену и срок ремонта")
    row.nth(1).locator("[name$=-critical]").check()
    page.locator("#add-row").click()
    row.nth(2).locator("[name$=-name]").fill("Лишний")
    look(page, "questions")
    row.nth(2).locator("[data-act=remove]").click()
    row.nth(1).locator("[data-act=up]").click()
    expect(row.nth(0).locator(".ck-number")).to_have_text("1")
    page.get_by_role("button", name="Опубликовать").click()
    expect(page.locator("#versions")).to_contain_text("Назвал цену и срок ремонта")
    look(page, "checklist")
    # Fields of the API, by which an administrator knows them.
    assert set(raw_values(page)) == {"deal_stage_id", "stage_id"}
    items = in_force(Checklist.objects.get()).items
    assert [(one["name"], one["critical"]) for one in items] == [("Цена", True), ("Приветствие", False)]


def test_only_a_column_of_several_has_options(page: Page, live_server: LiveServer, tenant_a: Tenant) -> None:
    table = make_table(tenant_a)
    page.goto(f"{live_server.url}/admin/callanalysis/table/{table.pk}/questions/")
    row = page.locator("[data-row]")
    expect(row).to_have_count(3)
    expect(row.nth(0).locator("[name$=-options]")).to_be_hidden()
    row.nth(0).locator("[name$=-type]").select_option("choice")
    row.nth(0).locator("[name$=-options]").fill("Apple\nSamsung")
    look(page, "columns")
    page.get_by_role("button", name="Сохранить черновик").click()
    expect(page.get_by_role("button", name="Отменить черновик")).to_be_visible()
    assert draft_of(Table.objects.get()).items[0]["options"] == ["Apple", "Samsung"]
    page.goto(f"{live_server.url}/admin/callanalysis/table/{table.pk}/change/")
    look(page, "table")
    page.goto(f"{live_server.url}/admin/callanalysis/table/{table.pk}/later/")
    page.get_by_role("button", name="Показать звонки и цену").click()
    expect(page.locator("#later")).to_contain_text("Таких звонков нет")
    look(page, "later")


def test_a_trial_shows_who_would_move(
    page: Page, live_server: LiveServer, tenant_a: Tenant, talked: Talked, judge: Judge
) -> None:
    checklist = make_checklist(tenant_a)
    for manager in ("Лена", "Олег"):
        talked(manager=manager)
    drain()
    save_draft(owner=checklist, items=[{**GREETING, "criterion": "Назвал имя"}, PRICE], user=None)
    judge.will_say(verdict("greeting", "no"))
    page.goto(f"{live_server.url}/admin/callanalysis/checklist/{checklist.pk}/trial/")
    look(page, "trial-before")
    page.get_by_role("button", name="Начать пробу").click()
    drain()
    page.reload()
    expect(page.locator("#moves")).to_contain_text("Олег")
    look(page, "trial")
