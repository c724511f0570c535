"""Sound and pictures at the desk in a real browser: a voice is recorded, listened to, sent; players seek."""

from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from apps.appeals.models import Attachment, Conversation
from apps.channels.models import Delivery
from tests.channels.outbox import let_pass
from tests.chromium import chromium
from tests.peers.telegram import TelegramPeer
from tests.sounds import picture, sound
from tests.work import drain

Arrive = Callable[..., None]

pytestmark = pytest.mark.django_db(transaction=True)

VOICE = "voice/AwACAgIAAxkBAAIxxx..."
PHOTO = "photos/large"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream") as browser:
        yield browser


@pytest.fixture
def open_desk(browser: Browser, live_server: LiveServer, desk: Client) -> Iterator[Callable[..., Page]]:
    contexts, errors = [], []

    def go(*, width: int = 1280, height: int = 800) -> Page:
        context = browser.new_context(viewport={"width": width, "height": height}, locale="ru-RU")
        contexts.append(context)
        context.set_default_timeout(15_000)
        cookie = desk.cookies[settings.SESSION_COOKIE_NAME]
        context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"{live_server.url}/admin/desk/{Conversation.objects.get().pk}/")
        return page

    yield go
    for context in contexts:
        context.close()
    assert errors == []


def record(page: Page) -> None:
    page.locator("#record").click()
    expect(page.locator(".composer-recording b")).to_have_text("0:01")


def test_a_voice_is_recorded_listened_to_and_delivered(
    open_desk: Callable[..., Page], arrive: Arrive, bot_peer: TelegramPeer
) -> None:
    arrive("text")
    page = open_desk()
    record(page)
    page.locator("[data-record-stop]").click()
    preview = page.locator(".composer-preview")
    expect(preview).to_be_visible()
    assert preview.evaluate(
        "async (sound) => { sound.muted = true; await sound.play(); return !sound.error; }"
    )
    expect(page.locator(".composer-file")).to_contain_text("Голосовое сообщение")

    page.locator("#composer button[type=submit]").click()
    expect(page.locator(".bubble.is-operator")).to_have_count(1)
    expect(preview).to_be_hidden()
    drain()
    voice = bot_peer.sent[0]["voice"]
    assert (voice.filename, voice.content[:4], b"OpusHead" in voice.content) == ("voice.ogg", b"OggS", True)
    expect(page.locator(".bubble.is-operator [data-reached=sent]")).to_be_visible()
    expect(page.locator(".bubble.is-operator audio source")).to_have_count(2)


def test_send_ends_the_recording_and_sends_it_with_what_was_typed(
    open_desk: Callable[..., Page], arrive: Arrive, bot_peer: TelegramPeer
) -> None:
    arrive("text")
    page = open_desk()
    record(page)
    page.locator("#composer textarea").fill("И адрес: Лесная, 5")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".bubble.is-operator")).to_have_count(2)
    for _message in range(2):
        drain()
        let_pass(1.1)  # one message a second goes into one chat
    assert ["voice" in one or one["text"] for one in bot_peer.sent] == [True, "И адрес: Лесная, 5"]


def test_a_discarded_recording_goes_nowhere(open_desk: Callable[..., Page], arrive: Arrive) -> None:
    arrive("text")
    page = open_desk()
    record(page)
    page.locator("[data-record-cancel]").click()
    expect(page.locator("#record")).to_be_visible()
    expect(page.locator(".composer-preview")).to_be_hidden()
    page.locator("#composer button[type=submit]").click()
    assert not Delivery.objects.exists()


def test_a_player_seeks_in_a_voice_message(
    open_desk: Callable[..., Page], arrive: Arrive, bot_peer: TelegramPeer
) -> None:
    bot_peer.files[VOICE] = sound("ogg", 8.0)
    arrive("voice")
    page = open_desk()
    for source in page.locator(".bubble audio source").all():
        address = source.get_attribute("src")
        seek = """async (address) => {
            const player = new Audio(address);
            player.muted = true;
            await player.play();
            player.currentTime = 6;
            await new Promise((done) => player.addEventListener("seeked", done, {once: true}));
            return [player.currentTime >= 6, Math.round(player.duration)];
        }"""
        assert page.evaluate(seek, address) == [True, 8]


def test_the_speed_is_chosen_once_for_all_voices_and_kept(
    open_desk: Callable[..., Page], arrive: Arrive, bot_peer: TelegramPeer
) -> None:
    bot_peer.files[VOICE] = sound("ogg", 8.0)
    arrive("voice")
    page = open_desk()
    button = page.locator(".bubble [data-speed]")
    expect(button).to_have_text("1×")
    button.click()
    expect(button).to_have_text("1,25×")
    button.click()

    arrive("voice", message_id=777)
    speeds = page.locator(".bubble [data-speed]")
    expect(speeds).to_have_text(["1,5×", "1,5×"])
    page.reload()
    expect(speeds).to_have_text(["1,5×", "1,5×"])
    play = """async (player) => {
        player.muted = true;
        await player.play();
        return player.playbackRate;
    }"""
    assert page.locator(".bubble audio").first.evaluate(play) == 1.5


def test_a_photo_keeps_its_place_before_it_is_there(
    open_desk: Callable[..., Page], arrive: Arrive, bot_peer: TelegramPeer
) -> None:
    bot_peer.files[PHOTO] = picture(size=(3000, 1500))
    arrive("photo")
    page = open_desk(width=390, height=800)
    shown = page.locator(".bubble img")
    before = shown.evaluate(
        "(img) => { img.removeAttribute('src'); img.alt = ''; return img.getBoundingClientRect().height; }"
    )
    page.reload()
    expect(shown).to_be_visible()
    page.wait_for_function("document.querySelector('.bubble img').complete")
    after = shown.bounding_box()
    assert after is not None
    assert after["height"] == pytest.approx(before, abs=1)
    assert after["width"] / after["height"] == pytest.approx(2, rel=0.02)
    link = shown.locator("xpath=..").get_attribute("href")
    assert link == f"/admin/desk/file/{Attachment.objects.get().pk}/"
