"""Pages of calls in a browser: finished to look at, fit for a screen reader; the player follows."""

import re
from collections.abc import Iterator
from itertools import product
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page, ViewportSize, expect

from apps.appeals.models import Access
from apps.callanalysis.journal import note_request
from apps.callanalysis.models import AnalysisSettings, Call, CallOutcome, Transcript
from apps.tenants.keys import issue_key
from tests.callanalysis.talks import ended_appeal, judged, judged_chat, talked
from tests.chromium import chromium
from tests.screens import foreign_words, keep, overlapping, raw_values, wider_than_its_window

pytestmark = pytest.mark.django_db(transaction=True)

CALL = "/admin/callanalysis/call/{pk}/change/"
# Each, and what is there when it has been drawn.
SCREENS = {
    "call": (CALL, "#wave svg"),
    "call-failed": ("/admin/callanalysis/call/{failed}/change/", ".ca-danger"),
    "calls": ("/admin/callanalysis/call/", "#result_list"),
    "chat": ("/admin/desk/{conversation}/appeals/{appeal}/marks/", ".ca-marks"),
    "chat-desk": ("/admin/desk/{conversation}/", "#marks"),
    "connecting": ("/admin/callanalysis/analysissettings/connecting/", "#try"),
}
WINDOWS: dict[str, ViewportSize] = {
    "wide": {"width": 1280, "height": 900},
    "phone": {"width": 375, "height": 740},
}
# Names of things and people, and of fields of the API, which are so in any language.
NAMES = frozenset(
    {
        *("BatteryCRM", "CRM", "API", "ID", "OpenAPI", "CSV", "XLSX", "HTTP", "WhatsApp"),
        *("Shift", "Ctrl", "Enter", "YOUR", "KEY"),
    }
)
GIVEN = frozenset({"Key", "Alpha", "Phones", "Boris", "call", "deal"})
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
SERIOUS = ("serious", "critical")
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"],
    "resultTypes": ["violations"],
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium("--autoplay-policy=no-user-gesture-required") as browser:
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
def calls(tenant_a, boss) -> dict[str, int]:
    AnalysisSettings.objects.create(tenant=tenant_a, deal_url="https://crm.example.com/d/{deal_id}")
    call, failed = talked(tenant_a, 1, stage_id="f1", stage_name="Продажи"), talked(tenant_a, 2)
    judged(call, by=boss)
    Call.objects.filter(pk=failed.pk).update(
        outcome=CallOutcome.FAILED,
        state="failed",
        error_code="http_410",
        reason="Файл удалён.",
        file="",
    )
    issue_key(tenant=tenant_a, name="Битрикс", user=None)
    taken = {"status": "success", "message": "Звонок принят в обработку"}
    refused = {
        "status": "error",
        "code": "invalid",
        "message": "Ошибка в полях.",
        "errors": {"duration": ["Число."]},
    }
    for status, answer in ((200, taken), (400, refused)):
        note_request(
            tenant_id=tenant_a.pk,
            key_name="Битрикс",
            route="POST /calls",
            status=status,
            answer=answer,
            milliseconds=12,
            call_id="call_1",
        )
    appeal = ended_appeal(tenant_a)
    judged_chat(appeal, by=boss)
    return {
        "pk": call.pk,
        "failed": failed.pk,
        "conversation": appeal.conversation_id,
        "appeal": appeal.pk,
    }


def faults(page: Page) -> list[str]:
    found = Axe().run(page, options=RULES).response["violations"]
    return [
        f"{one['id']}: {node['target']} {' '.join(node['failureSummary'].split())}"
        for one in found
        if one["impact"] in SERIOUS
        for node in one["nodes"]
    ]


def test_the_screens_are_finished_to_look_at_and_to_listen_to(page: Page, calls: dict[str, int]) -> None:
    wrong: dict[str, Any] = {}
    for name, window, scheme in product(SCREENS, WINDOWS, SCHEMES):
        path, sign = SCREENS[name]
        page.set_viewport_size(WINDOWS[window])
        page.emulate_media(color_scheme=scheme)
        page.goto(path.format(**calls))
        expect(page.locator(sign).first).to_be_visible()
        assert page.locator("html.dark").count() == (scheme == "dark")
        keep(page, f"{name}-{window}-{scheme}")
        found = {
            "over each other": overlapping(page),
            "raw": raw_values(page),
            "not Russian": foreign_words(page, besides=NAMES | GIVEN),
            "too wide": wider_than_its_window(page),
            "for a screen reader": faults(page),
        }
        if any(found.values()):
            wrong[f"{name}, {window}, {scheme}"] = {what: these for what, these in found.items() if these}
    assert not wrong, wrong


def second(page: Page) -> float:
    return float(page.evaluate("document.getElementById('audio').currentTime"))


def wait_for(page: Page, condition: str) -> None:
    page.wait_for_function(f"() => {{ const audio = document.getElementById('audio'); return {condition}; }}")


def test_a_press_on_a_line_plays_from_there_and_the_line_is_marked(page: Page, calls: dict[str, int]) -> None:
    page.goto(CALL.format(**calls))
    expect(page.locator(".ca-line")).to_have_count(4)
    page.locator("#lines [data-second='8.00']").click()
    wait_for(page, "!audio.paused && audio.currentTime >= 8")
    expect(page.locator(".ca-line.is-now")).to_contain_text("Замена стоит")
    expect(page.locator("#play")).to_have_attribute("aria-label", "Пауза")
    # On to the next one by itself.
    expect(page.locator(".ca-line.is-now")).to_contain_text("подойду к шести")
    page.locator("#play").click()
    wait_for(page, "audio.paused")
    # The words themselves are as good as the clock beside them.
    page.locator(".ca-line p").nth(1).click()
    wait_for(page, "audio.currentTime >= 4 && audio.currentTime < 8")


def test_all_of_it_is_done_with_keys_alone(page: Page, calls: dict[str, int]) -> None:
    page.goto(CALL.format(**calls))
    page.keyboard.press("ArrowRight")
    expect(page.locator("#now")).to_have_text("0:05")
    page.keyboard.press("Shift+ArrowRight")
    expect(page.locator("#now")).to_have_text("0:08")
    page.keyboard.press("Shift+ArrowLeft")
    expect(page.locator("#now")).to_have_text("0:04")
    page.keyboard.press("BracketRight")
    expect(page.locator("#speed")).to_have_value("1.25")
    page.keyboard.press("Space")
    wait_for(page, "!audio.paused && audio.playbackRate === 1.25 && audio.currentTime >= 4")
    page.keyboard.press("Space")
    wait_for(page, "audio.paused")
    # The speed is kept for the next call.
    page.reload()
    expect(page.locator("#speed")).to_have_value("1.25")
    page.locator("#place").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#now")).to_have_text("0:05")


def test_silence_is_skipped_where_that_is_wanted(page: Page, calls: dict[str, int]) -> None:
    transcript = Transcript.objects.get(call=calls["pk"])
    transcript.segments = [transcript.segments[0] | {"end": 1}, transcript.segments[3]]
    transcript.save()
    page.goto(CALL.format(**calls))
    page.locator("#skip").check()
    page.locator("#play").click()
    wait_for(page, "audio.currentTime > 11.5 && audio.currentTime < 13")


def test_an_address_leads_to_a_second_and_hearing_alone_is_noted(page: Page, calls: dict[str, int]) -> None:
    page.goto(CALL.format(**calls) + "#t=13.5")
    expect(page.locator("#now")).to_have_text("0:13")
    expect(page.locator(".ca-line.is-now")).to_contain_text("подойду к шести")
    assert not Access.objects.exists()
    page.locator("#play").click()
    wait_for(page, "audio.readyState > 1 && audio.currentTime > 13.5")
    assert Access.objects.count() == 1


def test_a_recording_that_is_gone_says_so(page: Page, calls: dict[str, int]) -> None:
    page.goto(CALL.format(**calls))
    # A browser would write its own error for a 404, which no page of ours may have.
    empty = {"status": 200, "body": b"", "content_type": "audio/mpeg"}
    page.route(re.compile("/recording/$"), lambda route: route.fulfill(**empty))
    page.locator("#play").click()
    expect(page.locator("#no-sound")).to_be_visible()


def test_the_description_is_shown_with_nothing_from_elsewhere(page: Page, calls: dict[str, int]) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/api/v1/docs/")
    expect(page.get_by_text("Отправить звонок на анализ").first).to_be_visible()
    page.get_by_text("/tables/call-ready").first.click()
    expect(page.get_by_text("Поля таблицы, когда они готовы").first).to_be_visible()
    here = ("http://localhost", "http://127.0.0.1", "data:")
    assert not [url for url in asked if not url.startswith(here)]
