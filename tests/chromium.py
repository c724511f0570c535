"""The system's Chromium for tests of screens; absent, they are skipped, or fail with REQUIRE_BROWSER=1."""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, Route, sync_playwright

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# A microphone that beeps, and nobody who has to allow it.
FAKE_MEDIA = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]


@contextmanager
def chromium(*more: str) -> Iterator[Browser]:
    with _playing() as (playwright, path):
        browser = playwright.chromium.launch(executable_path=path, args=[*ARGUMENTS, *more])
        yield browser
        browser.close()


@contextmanager
def chromium_keeping(profile: Path, **options: Any) -> Iterator[BrowserContext]:
    """With a profile of its own, where settings that no argument sets can be written before it starts."""
    with _playing() as (playwright, path):
        context = playwright.chromium.launch_persistent_context(
            profile, executable_path=path, args=[*ARGUMENTS, *FAKE_MEDIA], **options
        )
        context.set_default_timeout(10_000)
        yield context
        context.close()


def lose_confirmation(page: Page, path: str) -> None:
    """The first request to what `path` (an expression) finds reaches the server, and its answer never comes.

    The route stays after it: taken away while the page asks something else, Chromium may leave that hanging.
    """
    lost: list[str] = []

    def lose(route: Route) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.request.url)
        route.fetch()
        route.abort()

    page.route(re.compile(path), lose)


@contextmanager
def _playing() -> Iterator[tuple[Playwright, str]]:
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not path:
        if os.environ.get("REQUIRE_BROWSER"):
            pytest.fail("Chromium is not installed, and REQUIRE_BROWSER asks for it.")
        pytest.skip("Chromium is not installed")
    # Playwright's loop runs in this thread until the end of the block, and Django would refuse its database
    # here. So no fixture that outlives its module may hold this open: later tests would have no database.
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        try:
            yield playwright, path
        finally:
            # While the loop runs these are other connections than without it, and nobody else would end them.
            connections.close_all()
