"""The chat's page on a phone with a microphone that beeps, for tests in a real browser."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from playwright.sync_api import BrowserContext, Page, expect

from apps.channels.models import Channel, ChatLine
from config.storage import backend
from tests.channels.outbox import make_webchat
from tests.chromium import FAKE_MEDIA, chromium

PHONE = {"width": 390, "height": 844}


PICTURE = Path(__file__).parent / "fixtures" / "webchat" / "screen.png"


@pytest.fixture(scope="module")
def browser():
    with chromium(*FAKE_MEDIA) as browser:
        yield browser


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    settings.STORAGES = {**settings.STORAGES, "default": backend("", tmp_path)}


@pytest.fixture
def context(browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport=PHONE, locale="ru-RU", permissions=["microphone"])
    context.set_default_timeout(10_000)
    yield context
    context.close()


@pytest.fixture
def channel() -> Channel:
    return make_webchat(config={"title": "Ремонт телефонов"})


@pytest.fixture
def page(context, live_server, channel) -> Iterator[Page]:
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on(
        "console", lambda said: errors.append(said.text) if "Content Security Policy" in said.text else None
    )
    page.goto(f"{live_server.url}/chat/{channel.public_id}/")
    yield page
    assert errors == []


def named(name: str, content: bytes, kind: str) -> Any:
    return {"name": name, "mimeType": kind, "buffer": content}


SCREEN = named("screen.png", PICTURE.read_bytes(), "image/png")


def choose(page: Page, *files: Any) -> None:
    with page.expect_file_chooser() as chooser:
        page.locator("#clip").click()
    chooser.value.set_files(list(files))


def stored(page: Page, count: int) -> None:
    expect(page.locator(".line.mine[data-id]")).to_have_count(count)


def width_of(page: Page, selector: str) -> int:
    """Of the picture itself, once it has been fetched and understood."""
    image = page.locator(selector).first
    return int(image.evaluate("image => image.decode().then(() => image.naturalWidth)"))


def lying(line: ChatLine) -> bytes:
    with default_storage.open(line.file["path"]) as content:
        return bytes(content.read())
