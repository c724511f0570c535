"""Voice messages in the chat's page: recorded, heard, sent or thrown away."""

import re

import pytest
from playwright.sync_api import Page, expect

from apps.channels.models import ChatLine
from tests.channels.chat_pages import _files, browser, channel, context, page, stored

pytestmark = pytest.mark.django_db(transaction=True)

__all__ = ["_files", "browser", "channel", "context", "page"]


# Settles once it is really playing.
PLAY = """audio => new Promise((done, failed) => {
    audio.addEventListener("timeupdate", () => { if (audio.currentTime > 0) done(); });
    audio.muted = true;
    audio.play().catch(failed);
})"""


def record(page: Page) -> None:
    page.locator("#mic").click()
    expect(page.locator("#stop")).to_be_focused()
    expect(page.locator("#clock")).to_contain_text(re.compile("0:0[1-9]"))
    page.locator("#stop").click()
    expect(page.locator("#voice-send")).to_be_focused()


def test_a_voice_message_is_recorded_heard_sent_and_played(page):
    record(page)
    page.locator("#heard").evaluate(PLAY)
    page.locator("#voice-send").click()
    stored(page, 1)

    line = ChatLine.objects.get()
    assert (line.file["kind"], line.file["content_type"]) == ("voice", "audio/webm")
    assert 1 <= line.file["seconds"] <= 9
    expect(page.locator("#recorder")).to_be_hidden()
    page.reload()
    page.locator(".line.mine audio").evaluate(PLAY)
    expect(page.locator(".line.mine .length")).to_have_text(re.compile("0:0[1-9]"))


@pytest.mark.parametrize("when", ["recording", "recorded"])
def test_a_recording_that_is_thrown_away_goes_nowhere(page, when):
    if when == "recorded":
        record(page)
    else:
        page.locator("#mic").click()
        expect(page.locator("#stop")).to_be_focused()
    page.locator("#voice-off").click()

    expect(page.locator("#recorder")).to_be_hidden()
    expect(page.locator("#mic")).to_be_focused()
    expect(page.locator("#text")).to_be_visible()
    assert ChatLine.objects.count() == 0


def test_a_recording_ends_by_itself_at_its_longest(context, live_server, channel, monkeypatch):
    monkeypatch.setattr("apps.channels.chat.pages.LONGEST_RECORDING", 2)
    page = context.new_page()
    page.goto(f"{live_server.url}/chat/{channel.public_id}/")
    page.locator("#mic").click()
    expect(page.locator("#voice-send")).to_be_focused()
    page.locator("#voice-send").click()
    stored(page, 1)

    assert ChatLine.objects.get().file["seconds"] == 2


@pytest.mark.parametrize(
    ("refusal", "words"),
    [
        ("NotAllowedError", "Разрешите его"),
        ("NotFoundError", "Микрофон не найден"),
        ("NotReadableError", "другая программа"),
    ],
)
def test_without_a_microphone_the_page_says_what_to_do(page, refusal, words):
    page.evaluate(
        "name => { navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', name)); }",
        refusal,
    )
    page.locator("#mic").click()

    expect(page.locator("#trouble")).to_contain_text(words)
    expect(page.locator("#recorder")).to_be_hidden()
    page.locator("#text").fill("Напишу")
    expect(page.locator("#trouble")).to_be_empty()
