"""Files, voice and contacts in a real browser: seen before they go, refused in words, never lost."""

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from playwright.sync_api import BrowserContext, Page, Route, expect

from apps.channels.connectors import webchat
from apps.channels.contract import Limits, MediaKind, OutgoingFile
from apps.channels.delivery import queue_delivery
from apps.channels.gate import file_refusal
from apps.channels.models import Channel, ChatLine, ChatVisitor, InboundEvent
from apps.core.files.storing import store
from config.storage import backend
from tests.channels.outbox import make_tenant, make_webchat, work
from tests.chromium import FAKE_MEDIA, chromium
from tests.sounds import sound

pytestmark = pytest.mark.django_db(transaction=True)

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


def test_a_picture_is_seen_before_it_goes_and_after_and_after_a_reload(page):
    choose(page, PICTURE)
    assert width_of(page, "#tray img") > 0
    page.locator("#text").fill("Вот экран")
    page.locator("#send").click()
    stored(page, 1)

    expect(page.locator("#tray")).to_be_hidden()
    expect(page.locator(".line.mine .words")).to_have_text("Вот экран")
    line = ChatLine.objects.get()
    assert lying(line) == PICTURE.read_bytes()
    page.reload()
    assert width_of(page, ".line.mine .file img") > 0


def test_several_files_and_their_words_go_in_order_and_one_can_be_taken_out(page):
    choose(page, named("смета.pdf", b"%PDF-1.7 a", "application/pdf"), SCREEN)
    choose(page, named("лишний.pdf", b"%PDF-1.7 b", "application/pdf"))
    page.locator("#tray li", has_text="лишний.pdf").locator("button").click()
    page.locator("#text").fill("Слова")
    page.locator("#send").click()
    stored(page, 2)

    lines = list(ChatLine.objects.order_by("pk").values_list("text", "file__name"))
    assert lines == [("Слова", "смета.pdf"), ("", "screen.png")]
    expect(page.locator(".line.mine a.download")).to_contain_text("смета.pdf")


def test_a_document_is_downloaded_never_opened(page):
    html = b"<!doctype html><script>document.title = 'run'</script>"
    choose(page, named("page.html", html, "text/html"))
    page.locator("#send").click()
    stored(page, 1)
    with page.expect_download() as download:
        page.locator("a.download").click()

    assert download.value.suggested_filename == "page.html"
    assert Path(download.value.path()).read_bytes() == html


DROP = """([name, type, text, event]) => {
    const box = new DataTransfer();
    box.items.add(new File([text], name, {type}));
    const place = document.getElementById(event === "paste" ? "text" : "log");
    place.dispatchEvent(event === "paste"
        ? new ClipboardEvent("paste", {clipboardData: box, bubbles: true, cancelable: true})
        : new DragEvent("drop", {dataTransfer: box, bubbles: true, cancelable: true}));
}"""


@pytest.mark.parametrize("event", ["drop", "paste"])
def test_a_file_is_dropped_or_pasted(page, event):
    page.evaluate(DROP, ["смета.pdf", "application/pdf", "%PDF-1.7", event])
    page.locator("#send").click()
    stored(page, 1)

    assert ChatLine.objects.get().file["content_type"] == "application/pdf"


def test_a_file_that_is_too_large_is_refused_before_it_is_sent(page):
    # Of this size without its bytes travelling from the test into the browser.
    page.evaluate(
        """size => {
            const box = new DataTransfer();
            box.items.add(new File([new Uint8Array(size)], "кино.mp4", {type: "video/mp4"}));
            document.dispatchEvent(new DragEvent("drop", {dataTransfer: box, cancelable: true}));
        }""",
        webchat.LIMITS.file_bytes + 1,
    )

    expect(page.locator("#trouble")).to_contain_text("«кино.mp4» больше 20 МБ")
    expect(page.locator("#send")).to_be_hidden()


def test_what_the_server_refuses_stands_under_the_file(page, monkeypatch):
    choose(page, named("фото.jpg", b"MZ\x90\x00" + bytes(60), "image/jpeg"))
    page.locator("#send").click()

    expect(page.locator(".line.failed .about")).to_contain_text("Программы сюда отправлять нельзя")
    assert InboundEvent.objects.count() == 0


def test_a_file_whose_answer_is_lost_is_sent_again_and_stored_once(page):
    lost: list[object] = []

    def lose(route: Route) -> None:
        if route.request.method == "POST" and len(lost) < 2:
            lost.append(route.fetch())
            route.abort()
        else:
            route.continue_()

    page.route("**/messages*", lose)
    choose(page, PICTURE)
    page.locator("#send").click()
    stored(page, 1)

    assert len(lost) == 2
    assert (ChatLine.objects.count(), InboundEvent.objects.count(), ChatVisitor.objects.count()) == (1, 1, 1)


def test_a_page_that_was_closed_before_the_file_was_out_sends_it_when_opened_again(page, context):
    page.route("**/messages*", lambda route: route.abort())
    choose(page, PICTURE)
    page.locator("#text").fill("не успело")
    page.locator("#send").click()
    expect(page.locator(".line.waiting img")).to_be_visible()
    address = page.url
    page.close()

    again = context.new_page()
    again.goto(address)
    stored(again, 1)
    line = ChatLine.objects.get()
    assert (line.text, lying(line)) == ("не успело", PICTURE.read_bytes())


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


def test_answers_with_files_are_shown(page, channel):
    page.locator("#text").fill("Здравствуйте")
    page.locator("#send").click()
    stored(page, 1)
    for kind, content_type, content in (
        (MediaKind.IMAGE, "image/png", PICTURE.read_bytes()),
        (MediaKind.VOICE, "audio/ogg", sound("ogg")),
        (MediaKind.DOCUMENT, "application/pdf", b"%PDF-1.7"),
    ):
        answer_with(channel, kind, content_type, content)

    theirs = page.locator(".line:not(.mine)[data-id]")
    expect(theirs).to_have_count(3)
    assert width_of(page, ".line:not(.mine) .file img") > 0
    expect(theirs.locator("audio")).to_have_count(1)
    expect(theirs.locator("a.download")).to_contain_text("чек")


def answer_with(channel: Channel, kind: MediaKind, content_type: str, content: bytes) -> None:
    path = store(f"tenants/{channel.tenant_id}/sent/{kind}", BytesIO(content))
    visitor = ChatVisitor.objects.get()
    file = OutgoingFile(kind=kind, name="чек", content_type=content_type, size=len(content), path=path)
    work(
        queue_delivery(
            channel=channel,
            external_chat_id=visitor.external_id,
            external_user_id=visitor.external_id,
            text="",
            file=file,
        )
    )


def test_what_a_channel_does_not_take_is_not_offered_to_the_operator_either(channel, monkeypatch):
    file = OutgoingFile(kind=MediaKind.VIDEO, name="a.mp4", content_type="video/mp4", size=10**8, path="")
    assert file_refusal(channel, file)
    monkeypatch.setattr(webchat, "LIMITS", Limits(file_bytes=10**9))
    assert file_refusal(channel, file) is None


@pytest.fixture
def away(channel) -> None:
    """Nobody answers, whatever the time is."""
    channel.connection.config = {"is_away": True}
    channel.connection.save()


def test_when_nobody_answers_contacts_are_asked_for_and_become_a_message(away, page):
    expect(page.locator("#away")).to_be_visible()
    form = page.locator("#contact")
    expect(form).to_be_visible()
    expect(page.locator("#composer")).to_be_hidden()
    form.get_by_role("button", name="Отправить").click()
    expect(page.locator("#contact-trouble")).to_contain_text("телефон или адрес почты")
    expect(form.locator("[name=reach]")).to_be_focused()
    form.locator("[name=name]").fill("Иван")
    form.locator("[name=reach]").fill("8 900 123-45-67")
    form.locator("[name=matter]").fill("Разбит экран")
    form.get_by_role("button", name="Отправить").click()
    expect(page.locator("#contact-trouble")).to_contain_text("согласие")
    form.locator("[name=consent]").check()
    form.get_by_role("button", name="Отправить").click()
    stored(page, 1)

    expect(form).to_be_hidden()
    expect(page.locator("#composer")).to_be_visible()
    expect(page.locator(".note")).to_contain_text("мы свяжемся")
    assert ChatLine.objects.get().text == "Разбит экран\n\nИван, +79001234567"
    page.reload()
    expect(page.locator(".line.mine[data-id]")).to_have_count(1)
    expect(form).to_be_hidden()


def test_who_would_rather_write_is_not_asked_again(away, page):
    page.locator("#contact-off").click()
    expect(page.locator("#text")).to_be_focused()
    page.reload()
    expect(page.locator("#composer")).to_be_visible()
    expect(page.locator("#contact")).to_be_hidden()
    expect(page.locator("#away")).to_be_visible()


def test_contacts_can_be_left_while_we_are_here_and_corrected_when_refused(page):
    page.locator("#leave").click()
    page.locator("[name=reach]").fill("a@b.c")  # fits the page, not the server
    page.locator("[name=consent]").check()
    page.locator("#contact").get_by_role("button", name="Отправить").click()
    failed = page.locator(".line.failed")
    expect(failed).to_contain_text("name@example.com")
    failed.get_by_role("button", name="Изменить").click()
    expect(page.locator("[name=reach]")).to_have_value("a@b.c")
    page.locator("[name=reach]").fill("ivan@example.com")
    page.locator("#contact").get_by_role("button", name="Отправить").click()
    stored(page, 1)

    assert ChatLine.objects.get().text == "ivan@example.com"


def test_everything_is_reached_with_the_keyboard_and_named(page):
    page.locator("#text").focus()
    page.keyboard.press("Tab")
    expect(page.locator("#mic")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    expect(page.locator("#clip")).to_be_focused()
    page.locator("#mic").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#stop")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#mic")).to_be_focused()
    unnamed = page.evaluate(
        """() => [...document.querySelectorAll("button, a, input:not(#picker), textarea, audio")]
            .filter(one => !one.textContent.trim() && !one.getAttribute("aria-label"))
            .filter(one => !(one.labels && one.labels.length)).map(one => one.outerHTML)"""
    )
    assert unnamed == []


@pytest.mark.parametrize("language", ["ru", "en"])
def test_on_a_phone_nothing_is_cut_off(browser, live_server, language):
    channel = make_webchat(tenant=make_tenant(), config={"is_away": True})
    type(channel.tenant).objects.update(language=language)
    context = browser.new_context(viewport={"width": 360, "height": 640}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(f"{live_server.url}/chat/{channel.public_id}/")
    expect(page.locator("#contact")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.locator("#contact-off").click()
    choose(page, named("очень длинное имя файла " * 6 + ".pdf", b"%PDF-1.7", "application/pdf"))
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.locator("#send").click()
    stored(page, 1)
    assert page.evaluate("(log => log.scrollWidth <= log.clientWidth)(document.getElementById('log'))")
    context.close()
