"""What a newcomer does in the first five minutes, in two browsers: a client's and an operator's."""

import re
import time
from urllib.request import urlopen

from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.live import Live, wait_until
from tests.system import processes

SECOND = 1000  # milliseconds
# How fast it is, the benchmarks say; a busy machine must not fail a test.
PATIENCE = 20 * SECOND


def test_a_clients_words_become_one_appeal_that_an_operator_answers(browser: Browser, live: Live) -> None:
    client = browser.new_context(viewport={"width": 420, "height": 800}, locale="ru-RU").new_page()
    context = browser.new_context(viewport={"width": 1360, "height": 850})
    operator = sign_in(context, live, "operator", live.operator_password)
    hosts = watch_hosts(context)
    row = operator.locator(".desk-row", has_text="Можно заменить батарею")
    expect(row).to_have_count(0)

    client.goto(live.chat_url)
    write(client, "Здравствуйте! Можно заменить батарею на iPhone 14?")
    first_written = time.monotonic()

    expect(row).to_have_count(1, timeout=PATIENCE)
    expect(row.locator("[data-countdown]")).to_have_text(re.compile(r"0:\d\d"))
    row.click()
    write(client, "И сколько это стоит?")
    expect(operator.locator("#batch [data-countdown]")).to_have_text(re.compile(r"0:\d\d"))
    expect(operator.locator(".bubble.is-client")).to_have_count(2, timeout=PATIENCE)

    heading = operator.locator("#panel h2").first
    expect(heading).to_contain_text("№", timeout=30 * SECOND + PATIENCE)
    assert time.monotonic() - first_written > 28
    expect(operator.locator("#batch")).to_have_count(0)

    operator.locator("#composer textarea").fill("Здравствуйте! Да, 3500 рублей, можно сегодня.")
    operator.keyboard.press("Control+Enter")
    expect(client.get_by_text("3500 рублей")).to_be_visible(timeout=PATIENCE)
    expect(operator.locator(".bubble.is-operator [data-reached]")).to_have_attribute(
        "data-reached", re.compile("delivered|read"), timeout=PATIENCE
    )

    expect(operator.locator("#history .history li")).to_have_count(1)
    operator.goto(f"{live.url}/admin/appeals/appeal/")
    expect(operator.locator("#result_list tbody tr").first).to_be_visible()
    assert hosts == {"127.0.0.1"}


def test_without_an_ai_the_page_says_what_one_would_add_and_where(browser: Browser, live: Live) -> None:
    client = browser.new_context().new_page()
    client.goto(live.chat_url)
    write(client, "Есть кто-нибудь?")
    admin = sign_in(browser.new_context(), live, "admin", live.admin_password)
    admin.locator(".desk-row", has_text="Есть кто-нибудь?").click()
    admin.locator("#batch button").click()

    note = admin.locator(".panel-note")
    expect(note).to_be_visible(timeout=PATIENCE)
    note.get_by_role("link").click()
    expect(admin).to_have_url(re.compile("/integrations/connection/"))


def test_an_operator_finds_nothing_of_the_settings(browser: Browser, live: Live) -> None:
    operator = sign_in(browser.new_context(), live, "operator", live.operator_password)

    expect(operator.locator("#nav-sidebar")).not_to_contain_text(
        re.compile("Интеграции|Ключи API|Сотрудники")
    )
    for address in (
        "integrations/connection/",
        "tenants/apikey/",
        "tenants/member/",
        "channels/inboundevent/",
    ):
        answer = operator.goto(f"{live.url}/admin/{address}")
        assert answer is not None
        assert answer.status in (403, 404)


def test_what_was_typed_survives_a_reload(browser: Browser, live: Live) -> None:
    client = browser.new_context().new_page()
    client.goto(live.chat_url)
    write(client, "Вопрос про экран")
    operator = sign_in(browser.new_context(), live, "operator", live.operator_password)
    operator.locator(".desk-row", has_text="Вопрос про экран").click()
    operator.locator("#composer textarea").fill("Недописанный отв")
    operator.reload()

    expect(operator.locator("#composer textarea")).to_have_value("Недописанный отв")


def test_an_open_page_outlives_a_restart_of_the_server(browser: Browser, live: Live) -> None:
    client = browser.new_context().new_page()
    client.goto(live.chat_url)
    write(client, "До перезапуска")
    operator = sign_in(browser.new_context(), live, "operator", live.operator_password)
    operator.locator(".desk-row", has_text="До перезапуска").click()
    expect(operator.locator(".bubble.is-client")).to_have_count(1)
    operator.locator("#composer textarea").fill("Начатый ответ")
    operator.evaluate("document.body.dataset.sameness = 'this very page'")

    web = processes.commands(live.process.pid, "web")[0]
    processes.kill_group(web)
    wait_until(
        lambda: web not in processes.descendants(live.process.pid), seconds=20, what="the server is gone"
    )
    wait_until(lambda: answers(live), seconds=60, what="the server is there again")
    write(client, "После перезапуска")

    expect(operator.locator(".bubble.is-client")).to_have_count(2, timeout=PATIENCE)
    expect(operator.locator("body")).to_have_attribute("data-sameness", "this very page")
    expect(operator.locator("#composer textarea")).to_have_value("Начатый ответ")
    operator.keyboard.press("Control+Enter")
    expect(operator.locator("#feed")).to_contain_text("Начатый ответ", timeout=PATIENCE)
    expect(client.get_by_text("Начатый ответ")).to_be_visible(timeout=PATIENCE)


def sign_in(context: BrowserContext, live: Live, username: str, password: str) -> Page:
    page = context.new_page()
    page.goto(f"{live.url}/admin/desk/")
    page.fill("input[name=username]", username)
    page.fill("input[name=password]", password)
    page.click("button[type=submit]")
    expect(page.locator(".desk-list")).to_be_visible()
    return page


def write(page: Page, text: str) -> None:
    page.locator("#text").fill(text)
    page.keyboard.press("Enter")
    expect(page.locator("#text")).to_have_value("")


def watch_hosts(context: BrowserContext) -> set[str]:
    """Whoever the pages ask: nobody but ourselves."""
    hosts: set[str] = set()
    context.on("request", lambda request: hosts.add(request.url.split("/")[2].split(":")[0]))
    return hosts


def answers(live: Live) -> bool:
    try:
        with urlopen(f"{live.url}/healthz", timeout=5) as answer:  # noqa: S310 - this machine's own
            return bool(answer.status == 200)
    except OSError:
        return False
