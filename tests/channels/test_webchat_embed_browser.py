"""The chat inside another site in a browser that gives third parties neither cookies nor storage."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from apps.channels.models import Channel, ChatLine, ChatVisitor
from tests.channels.outbox import make_webchat
from tests.channels.test_webchat_browser import other_site
from tests.chromium import chromium_keeping

__all__ = ["other_site"]

pytestmark = pytest.mark.django_db(transaction=True)

# chrome://settings/cookies, «Block third-party cookies»: what takes the storage away from a frame, too.
BLOCKED = {"profile": {"block_third_party_cookies": True, "cookie_controls_mode": 1}}
ALLOWED = {"profile": {"block_third_party_cookies": False, "cookie_controls_mode": 0}}


@pytest.fixture(scope="module", params=["blocked", "partitioned"])
def storage(request: Any) -> str:
    """What the browser gives a frame of another site."""
    return str(request.param)


@pytest.fixture
def context(storage: str, tmp_path: Path) -> Iterator[BrowserContext]:
    profile = tmp_path / "profile"
    profile.mkdir()
    (profile / "Default").mkdir()
    settings = BLOCKED if storage == "blocked" else ALLOWED
    (profile / "Default" / "Preferences").write_text(json.dumps(settings))
    with chromium_keeping(profile, viewport={"width": 1280, "height": 800}, locale="ru-RU") as context:
        yield context


@pytest.fixture
def channel() -> Channel:
    return make_webchat(config={"title": "Ремонт телефонов"})


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    page = context.new_page()
    yield page
    page.close()


def write(page: Page, text: str, count: int) -> None:
    chat = page.frame_locator("iframe")
    chat.locator("#text").fill(text)
    chat.locator("#send").click()
    expect(chat.locator(".line.mine[data-id]")).to_have_count(count)


def has_storage(page: Page) -> bool:
    frame = page.frames[-1]
    return bool(
        frame.evaluate("() => { try { return Boolean(window.localStorage); } catch { return false; } }")
    )


def keeps_cookies(page: Page) -> bool:
    """Of the frame's own server, set as third parties have to."""
    wanted = "probe=1; SameSite=None; Secure"
    return bool(
        page.frames[-1].evaluate(f"() => {{ document.cookie = '{wanted}'; return document.cookie; }}")
    )


def test_a_conversation_goes_on_on_the_sites_next_page(page, storage, other_site, channel):
    page.goto(other_site)
    page.locator("button").click()
    write(page, "С сайта", 1)
    assert (has_storage(page), keeps_cookies(page)) == (
        (False, False) if storage == "blocked" else (True, True)
    )
    page.frame_locator("iframe").locator("#text").fill("ещё не отправлено")

    page.goto(other_site + "&p=2")
    page.locator("button").click()
    chat = page.frame_locator("iframe")
    expect(chat.locator(".line.mine[data-id]", has_text="С сайта")).to_have_count(1)
    expect(chat.locator("#text")).to_have_value("ещё не отправлено")
    write(page, "Снова я", 2)
    assert ChatVisitor.objects.count() == 1


def test_a_file_goes_out_of_such_a_frame(page, other_site, channel):
    page.goto(other_site)
    page.locator("button").click()
    chat = page.frame_locator("iframe")
    with page.expect_file_chooser() as chooser:
        chat.locator("#clip").click()
    chooser.value.set_files(Path(__file__).parent / "fixtures" / "webchat" / "screen.png")
    chat.locator("#send").click()
    expect(chat.locator(".line.mine[data-id] img")).to_have_count(1)

    assert ChatLine.objects.get().file["content_type"] == "image/png"


def test_a_voice_message_is_recorded_in_the_frame(page, context, other_site, live_server, channel):
    for origin in (other_site.partition("/?")[0], live_server.url):
        context.grant_permissions(["microphone"], origin=origin)
    page.goto(other_site)
    page.locator("button").click()
    chat = page.frame_locator("iframe")
    chat.locator("#mic").click()
    expect(chat.locator("#clock")).to_contain_text("0:01")
    chat.locator("#stop").click()
    chat.locator("#voice-send").click()
    expect(chat.locator(".line.mine[data-id] audio")).to_have_count(1)

    assert ChatLine.objects.get().file["kind"] == "voice"


def test_a_site_on_the_list_remembers_the_visitor_for_a_browser_that_forgot(page, other_site, channel):
    channel.connection.config = {"allowed_sites": [other_site.partition("/?")[0]]}
    channel.connection.save()
    page.goto(other_site)
    page.locator("button").click()
    write(page, "С сайта", 1)
    # What Safari does to a frame of another site when it is closed.
    page.frames[-1].evaluate("() => { try { localStorage.clear(); } catch { return; } }")

    page.goto(other_site)
    page.locator("button").click()
    expect(page.frame_locator("iframe").locator(".line.mine[data-id]")).to_have_count(1)
    assert ChatVisitor.objects.count() == 1


def test_a_site_that_is_on_no_list_is_not_told_who_the_visitor_is(page, storage, other_site, channel):
    page.goto(other_site)
    page.locator("button").click()
    write(page, "С сайта", 1)
    kept = page.evaluate(f"localStorage.getItem('chat:{channel.public_id}:token')")

    # Unless it alone can keep it: then the browser lets nothing of this frame be read elsewhere.
    assert (kept is None) is (storage == "partitioned")
