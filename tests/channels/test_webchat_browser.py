"""The chat in a real browser: what a visitor types arrives once, whatever the network does."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from apps.channels.delivery import queue_delivery
from apps.channels.models import Channel, ChatLine, ChatVisitor, Delivery, InboundEvent
from tests.channels.outbox import make_webchat, work
from tests.chromium import chromium

pytestmark = pytest.mark.django_db(transaction=True)

PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def browser():
    with chromium("--test-third-party-cookie-phaseout") as browser:
        yield browser


@pytest.fixture
def context(browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport=PHONE, locale="ru-RU")
    context.set_default_timeout(10_000)
    yield context
    context.close()


@pytest.fixture
def channel() -> Channel:
    return make_webchat(config={"title": "Ремонт телефонов"})


@pytest.fixture
def address(live_server, channel) -> str:
    return f"{live_server.url}/chat/{channel.public_id}/"


@pytest.fixture
def page(context, address) -> Iterator[Page]:
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(address)
    yield page
    assert errors == []


def write(page: Page, text: str) -> None:
    page.locator("#text").fill(text)
    page.locator("#send").click()


def stored(page: Page, text: str) -> None:
    expect(page.locator(".line.mine[data-id]", has_text=text)).to_have_count(1)


def answer(channel: Channel, text: str) -> Delivery:
    visitor = ChatVisitor.objects.get()
    return work(
        queue_delivery(
            channel=channel,
            external_chat_id=visitor.external_id,
            external_user_id=visitor.external_id,
            text=text,
        )
    )


def reached(page: Page, delivery: Delivery, how: str) -> None:
    for _ in range(100):
        delivery.refresh_from_db()
        if delivery.reached == how:
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"{delivery.reached}, not {how}")


def test_a_visitor_writes_and_reads_the_answer_and_we_know_it_was_read(page, channel):
    write(page, "Можно заменить батарею?")
    stored(page, "Можно заменить батарею?")
    delivery = answer(channel, "Да, 4 500 ₽")

    expect(page.locator(".line:not(.mine)", has_text="4 500 ₽")).to_be_visible()
    reached(page, delivery, "read")


def test_who_is_faster_than_the_script_loses_nothing(context, address):
    page, held = context.new_page(), list[Route]()
    page.route("**/static/chat/*.js", lambda route: held.append(route))
    page.goto(address, wait_until="commit")
    page.locator("#text").fill("Почините телефон")
    send = page.locator("#send")
    buttons = [send, page.locator("#clip"), page.locator("#mic")]
    for button in buttons:
        expect(button).to_be_disabled()
        button.click(force=True)
    for route in held:
        route.continue_()
    for button in buttons:
        expect(button).to_be_enabled()
    expect(page.locator("#text")).to_have_value("Почините телефон")
    send.click()
    stored(page, "Почините телефон")


def test_after_a_reload_the_conversation_goes_on(page, channel):
    write(page, "раз")
    stored(page, "раз")
    answer(channel, "два")
    page.reload()

    expect(page.locator(".line[data-id]")).to_have_count(2)
    write(page, "три")
    stored(page, "три")
    assert ChatVisitor.objects.count() == 1


def test_a_message_whose_answer_is_lost_is_sent_again_and_stored_once(page):
    lost: list[object] = []

    def lose(route: Route) -> None:
        if route.request.method == "POST" and len(lost) < 2:
            lost.append(route.fetch())
            route.abort()
        else:
            route.continue_()

    page.route("**/messages*", lose)
    write(page, "Один раз")

    stored(page, "Один раз")
    assert len(lost) == 2
    assert (ChatLine.objects.count(), InboundEvent.objects.count(), ChatVisitor.objects.count()) == (1, 1, 1)


def test_what_is_typed_without_a_connection_is_said_so_kept_and_sent_in_order(page, context):
    write(page, "до")
    stored(page, "до")
    context.set_offline(True)
    write(page, "первое")
    write(page, "второе")
    expect(page.locator("#banner")).to_be_visible()
    expect(page.locator(".line.waiting")).to_have_count(2)

    context.set_offline(False)

    stored(page, "второе")
    expect(page.locator("#banner")).to_be_hidden()
    assert list(ChatLine.objects.values_list("text", flat=True)) == ["до", "первое", "второе"]


def test_a_page_that_was_closed_before_sending_sends_when_it_is_opened_again(page, context, address):
    page.route("**/messages*", lambda route: route.abort())
    write(page, "не успело")
    page.locator("#text").fill("и это ещё пишу")
    page.close()

    again = context.new_page()
    again.goto(address)

    stored(again, "не успело")
    expect(again.locator("#text")).to_have_value("и это ещё пишу")
    assert ChatLine.objects.count() == 1


def test_a_refused_message_says_why_and_can_be_tried_again_or_edited(page, channel):
    write(page, "раз")
    stored(page, "раз")
    # The page asks no more, so that it does not learn of the switch before it writes.
    page.evaluate(
        """() => {
            const talk = Chat.talk;
            Chat.talk = (url, how) => (how.body ? talk(url, how) : new Promise(() => {}));
        }"""
    )
    page.wait_for_timeout(1500)
    Channel.objects.update(is_active=False)
    write(page, "два")
    failed = page.locator(".line.failed")
    expect(failed).to_contain_text("два")

    Channel.objects.update(is_active=True)
    failed.locator("button").first.click()
    stored(page, "два")

    Channel.objects.update(is_active=False)
    write(page, "три")
    failed.locator("button").last.click()
    expect(page.locator("#text")).to_have_value("три")
    expect(failed).to_have_count(0)


def test_a_chat_that_is_switched_off_shows_its_words_instead_of_the_field(page, channel):
    write(page, "раз")
    stored(page, "раз")
    Channel.objects.update(is_active=False)

    expect(page.locator("#off")).to_be_visible()
    expect(page.locator("#composer")).to_be_hidden()


def test_a_token_nobody_knows_begins_a_new_conversation(page):
    page.evaluate("id => localStorage.setItem(`chat:${id}:token`, 'f'.repeat(64))", page.url.split("/")[-2])
    page.reload()
    write(page, "Я снова здесь")

    stored(page, "Я снова здесь")
    assert ChatVisitor.objects.count() == 1


def test_what_is_typed_before_the_page_is_ready_stays(context, address):
    page = context.new_page()
    held: list[Route] = []
    page.route("**/static/chat/chat.js", lambda route: held.append(route))
    page.goto(address, wait_until="commit")
    page.locator("#text").fill("Быстрее скрипта")
    while not held:
        page.wait_for_timeout(50)
    held[0].continue_()

    expect(page.locator("#send")).to_be_enabled()
    expect(page.locator("#text")).to_have_value("Быстрее скрипта")


def test_two_tabs_are_one_visitor(page, context, address):
    write(page, "первая вкладка")
    stored(page, "первая вкладка")
    other = context.new_page()
    other.goto(address)
    write(other, "вторая вкладка")
    stored(other, "вторая вкладка")

    stored(page, "вторая вкладка")
    assert ChatVisitor.objects.count() == 1


def test_words_stay_words_and_only_addresses_become_links(page, channel):
    write(page, "<img src=x onerror=alert(1)> см. https://example.com/a?b=1&c=2. javascript:alert(1)")
    stored(page, "javascript:alert(1)")
    line = page.locator(".line.mine .bubble")

    expect(line).to_contain_text("<img src=x onerror=alert(1)>")
    assert page.locator(".bubble img").count() == 0
    link = line.locator("a")
    expect(link).to_have_count(1)
    expect(link).to_have_attribute("href", "https://example.com/a?b=1&c=2")
    expect(link).to_have_attribute("rel", "noopener noreferrer nofollow")


def test_long_words_do_not_break_a_phone_screen(page, channel):
    write(page, "ж" * 600)
    stored(page, "ж" * 600)
    answer(channel, "https://example.com/" + "a" * 400)
    expect(page.locator(".line:not(.mine)[data-id]")).to_have_count(1)

    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.evaluate("(log => log.scrollWidth <= log.clientWidth)(document.getElementById('log'))")


def test_an_answer_below_the_fold_is_announced_and_read_only_when_looked_at(page, channel):
    write(page, "\n".join("строка" for _ in range(120)))
    expect(page.locator(".line.mine[data-id]")).to_have_count(1)
    page.locator("#log").evaluate("log => { log.scrollTop = 0; }")
    delivery = answer(channel, "Готово")

    expect(page.locator("#newer")).to_be_visible()
    reached(page, delivery, "delivered")
    page.locator("#newer").click()
    reached(page, delivery, "read")
    expect(page.locator("#newer")).to_be_hidden()


def test_too_long_a_text_is_told_before_it_is_sent(page):
    page.locator("#text").fill("я" * 4001)

    expect(page.locator("#send")).to_be_disabled()
    expect(page.locator("#trouble")).not_to_be_empty()


def test_enter_sends_and_shift_enter_makes_a_line(page):
    page.locator("#text").press_sequentially("раз")
    page.locator("#text").press("Shift+Enter")
    page.locator("#text").press_sequentially("два")
    page.locator("#text").press("Enter")

    stored(page, "раз")
    assert ChatLine.objects.get().text == "раз\nдва"


@pytest.fixture
def other_site(live_server, channel) -> Iterator[str]:
    """Somebody's shop on another site, with styles that must not get at the chat.

    Ports alone do not make a site another one; a name does, and browsers look this one up by themselves.
    """
    script = f"{live_server.url}/chat/{channel.public_id}/widget.js"
    html = f"""<!doctype html><meta charset=utf-8><title>Shop</title>
<style>* {{ font-size: 40px !important }}
button, iframe {{ display: none !important; width: 3px !important }}</style>
<h1>Shop</h1><script src="{script}" async data-prefilled='{{"model": "iPhone 14"}}'></script>""".encode()

    class Shop(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(html)))
            self.end_headers()
            self.wfile.write(html)

        def log_message(self, format: str, *args: object) -> None:
            """Silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Shop) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://shop.localhost:{server.server_port}/?utm_source=yandex&utm_campaign=battery"
        server.shutdown()
        thread.join()


def test_the_widget_brings_the_chat_to_another_site(context, other_site, channel):
    page = context.new_page()
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(other_site)
    button = page.locator("button")
    expect(button).to_be_visible()
    assert page.locator("iframe").count() == 0

    button.click()
    chat = page.frame_locator("iframe")
    chat.locator("#text").fill("С сайта")
    chat.locator("#send").click()
    expect(chat.locator(".line.mine[data-id]")).to_have_count(1)
    event = bytes(InboundEvent.objects.get().body).decode()
    assert '"ad_channel": "yandex"' in event
    assert '"model": "iPhone 14"' in event

    chat.locator("#close").click()
    expect(page.locator("iframe")).to_be_hidden()
    delivery = answer(channel, "Ответ")
    expect(button.locator("span")).to_have_text("1", timeout=20_000)
    reached(page, delivery, "delivered")

    button.click()
    expect(chat.locator(".line:not(.mine)", has_text="Ответ")).to_be_visible()
    reached(page, delivery, "read")
    expect(button.locator("span")).to_be_hidden()


def test_the_next_page_of_the_site_knows_the_conversation(context, other_site, channel):
    page = context.new_page()
    page.goto(other_site)
    page.locator("button").click()
    page.frame_locator("iframe").locator("#text").fill("С сайта")
    page.frame_locator("iframe").locator("#send").click()
    expect(page.frame_locator("iframe").locator(".line.mine[data-id]")).to_have_count(1)
    # Closed first: an open chat might read the answer before its page is left.
    page.frame_locator("iframe").locator("#close").click()
    answer(channel, "Ответ")

    page.goto(other_site + "&p=2")

    expect(page.locator("button span")).to_have_text("1", timeout=20_000)


def test_a_site_that_is_not_on_the_list_shows_nothing(context, other_site, channel):
    channel.connection.config = {"allowed_sites": ["https://example.com"]}
    channel.connection.save()
    page = context.new_page()
    page.goto(other_site)
    page.locator("button").click()

    expect(page.frame_locator("iframe").locator("#text")).to_have_count(0)
