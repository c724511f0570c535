"""Files in the chat's page: seen before they go, refused in words, never lost."""

from io import BytesIO
from pathlib import Path

import pytest
from playwright.sync_api import Route, expect

from apps.channels.connectors import webchat
from apps.channels.contract import Limits, MediaKind, OutgoingFile
from apps.channels.delivery import queue_delivery
from apps.channels.gate import file_refusal
from apps.channels.models import Channel, ChatLine, ChatVisitor, InboundEvent
from apps.core.files.storing import store
from tests.channels.chat_pages import (
    PICTURE,
    SCREEN,
    _files,
    browser,
    channel,
    choose,
    context,
    lying,
    named,
    page,
    stored,
    width_of,
)
from tests.channels.outbox import work
from tests.sounds import sound

pytestmark = pytest.mark.django_db(transaction=True)

__all__ = ["_files", "browser", "channel", "context", "page"]


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
