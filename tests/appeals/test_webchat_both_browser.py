"""A client's page and an operator's, side by side: typing, ticks and files pass from one to the other."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from apps.appeals.models import Attachment, Conversation
from apps.channels.models import Channel, ChatVisitor
from apps.core.models import State
from config.storage import backend
from tests.appeals.test_desk_browser import sign_in
from tests.chromium import FAKE_MEDIA, chromium
from tests.work import drain

pytestmark = pytest.mark.django_db(transaction=True)

SCREEN = Path(__file__).parent.parent / "channels" / "fixtures" / "webchat" / "screen.png"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium(*FAKE_MEDIA) as browser:
        yield browser


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    settings.STORAGES = {**settings.STORAGES, "default": backend("", tmp_path)}


@pytest.fixture
def context(browser: Browser, live_server: LiveServer, desk: Client) -> Iterator[BrowserContext]:
    context = browser.new_context(locale="ru-RU", permissions=["microphone"])
    context.set_default_timeout(15_000)
    sign_in(context, live_server, desk)
    yield context
    context.close()


@pytest.fixture
def client_page(context: BrowserContext, live_server: LiveServer, chat: Channel) -> Page:
    page = context.new_page()
    page.goto(f"{live_server.url}/chat/{chat.public_id}/")
    page.locator("#text").fill("Сколько стоит батарея?")
    page.locator("#send").click()
    expect(page.locator(".line.mine[data-id]")).to_have_count(1)
    drain()
    return page


@pytest.fixture
def operator_page(context: BrowserContext, live_server: LiveServer, client_page: Page) -> Page:
    page = context.new_page()
    page.goto(f"{live_server.url}/admin/desk/{Conversation.objects.get().pk}/")
    return page


def test_each_side_sees_the_other_typing_until_it_is_said(client_page: Page, operator_page: Page) -> None:
    revision = Conversation.objects.get().revision
    client_page.locator("#text").press_sequentially("И сколь")
    expect(operator_page.locator("#client-types")).to_be_visible()
    operator_page.locator("#composer textarea").press_sequentially("3500")
    expect(client_page.locator("#types")).to_be_visible()
    assert Conversation.objects.get().revision == revision

    operator_page.keyboard.press("Control+Enter")
    expect(operator_page.locator(".bubble.is-operator")).to_have_count(1)
    drain()
    expect(client_page.locator(".line:not(.mine)", has_text="3500")).to_be_visible()
    expect(client_page.locator("#types")).to_be_hidden()
    client_page.locator("#send").click()
    expect(operator_page.locator("#client-types")).to_be_hidden(timeout=15_000)


def test_the_client_sees_that_an_operator_has_read(
    context: BrowserContext, live_server: LiveServer, client_page: Page
) -> None:
    tick = client_page.locator(".line.mine .ticks")
    expect(tick).to_have_text("✓")
    page = context.new_page()
    page.goto(f"{live_server.url}/admin/desk/{Conversation.objects.get().pk}/")
    expect(tick).to_have_text("✓✓")

    client_page.locator("#text").fill("Ещё вопрос")
    client_page.locator("#send").click()
    expect(client_page.locator(".line.mine[data-id]")).to_have_count(2)
    drain()
    expect(client_page.locator(".line.mine .ticks.read")).to_have_count(2)


def test_what_comes_while_the_operator_looks_elsewhere_is_read_when_they_are_back(
    client_page: Page, operator_page: Page
) -> None:
    expect(client_page.locator(".line.mine .ticks.read")).to_have_count(1)
    hide(operator_page, True)
    client_page.locator("#text").fill("Вы тут?")
    client_page.locator("#send").click()
    expect(client_page.locator(".line.mine[data-id]")).to_have_count(2)
    drain()
    client_page.wait_for_timeout(1500)  # a look of the client's page at the least
    # A hidden page is brought up to date when it is seen again.
    expect(operator_page.locator(".bubble.is-client")).to_have_count(1)
    expect(client_page.locator(".line.mine .ticks.read")).to_have_count(1)

    hide(operator_page, False)
    expect(client_page.locator(".line.mine .ticks.read")).to_have_count(2)


def hide(page: Page, hidden: bool) -> None:
    page.evaluate(
        """hidden => {
            Object.defineProperty(document, "hidden", {configurable: true, get: () => hidden});
            document.dispatchEvent(new Event("visibilitychange"));
        }""",
        hidden,
    )


def test_an_answer_is_read_only_when_the_clients_tab_is_looked_at(
    client_page: Page, operator_page: Page
) -> None:
    hide(client_page, True)
    operator_page.locator("#composer textarea").fill("3500")
    operator_page.keyboard.press("Control+Enter")
    expect(operator_page.locator(".bubble.is-operator")).to_have_count(1)
    drain()
    reached = operator_page.locator(".bubble.is-operator [data-reached]")
    # A page that nobody looks at asks every five seconds.
    expect(reached).to_have_attribute("data-reached", "delivered", timeout=20_000)

    hide(client_page, False)
    expect(reached).to_have_attribute("data-reached", "read", timeout=20_000)


def test_files_and_voice_pass_both_ways(client_page: Page, operator_page: Page) -> None:
    with client_page.expect_file_chooser() as chooser:
        client_page.locator("#clip").click()
    chooser.value.set_files(SCREEN)
    client_page.locator("#send").click()
    expect(client_page.locator(".line.mine[data-id]")).to_have_count(2)
    client_page.locator("#mic").click()
    expect(client_page.locator("#clock")).to_contain_text(re.compile("0:0[1-9]"))
    client_page.locator("#stop").click()
    client_page.locator("#voice-send").click()
    expect(client_page.locator(".line.mine[data-id]")).to_have_count(3)
    drain()

    expect(operator_page.locator(".bubble.is-client img")).to_have_count(1)
    expect(operator_page.locator(".bubble.is-client audio")).to_have_count(1)
    kinds = Attachment.objects.order_by("message__sent_at").values_list("kind", "state", "content_type")
    assert list(kinds) == [
        ("image", State.DONE, "image/png"),
        ("voice", State.DONE, "audio/webm"),
    ]
    operator_page.locator("#composer input[type=file]").set_input_files(SCREEN)
    operator_page.locator("#composer button[type=submit]").click()
    expect(operator_page.locator(".bubble.is-operator")).to_have_count(1)
    drain()
    width = client_page.locator(".line:not(.mine) .file img").evaluate(
        "image => image.decode().then(() => image.naturalWidth)"
    )
    assert width == 320


def test_typing_costs_the_operators_look_no_query(routed: Any, desk: Client) -> None:
    conversation = routed("Здравствуйте")
    address = f"/admin/desk/{conversation.pk}/live/"
    stamp = desk.get(address).json()["stamp"]

    def look(**query: str) -> tuple[int, int]:
        with CaptureQueriesContext(database) as asked:
            answer = desk.get(address, {"stamp": stamp, "looking": "1", **query})
        return answer.status_code, len(asked)

    look()  # notes that somebody is there
    status, quiet = look()
    assert status == 204
    assert look(typing="1") == (204, quiet + 1)
    ChatVisitor.objects.update(writes_at=timezone.now())
    assert look() == (200, quiet)
    assert look(client_types="1") == (204, quiet)
